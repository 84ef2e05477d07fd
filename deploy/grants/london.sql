-- The account of London's database. `crossfade provision` fills in what stands in angle brackets and runs this.

-- The producer reads the catalogue and follows the binlog as a replica does; it never writes. REPLICATION CLIENT shows
-- which binlogs there are and where they end; MariaDB knows it as BINLOG MONITOR.
CREATE USER IF NOT EXISTS 'crossfade_producer'@'<hosts>' IDENTIFIED BY '<password of crossfade_producer>';
ALTER USER 'crossfade_producer'@'<hosts>' IDENTIFIED BY '<password of crossfade_producer>';
GRANT SELECT ON `<database>`.* TO 'crossfade_producer'@'<hosts>';
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'crossfade_producer'@'<hosts>';
