-- The account of London's database. `crossfade provision` fills in what stands in angle brackets and runs this.

-- The producer reads the catalogue and follows the binlog as a replica does; it never writes. REPLICATION CLIENT (which
-- MariaDB also calls BINLOG MONITOR) shows where the binlog is. Only MariaDB reads what stands in /*M! */, and wants it
-- for showing whether London is a replica itself.
CREATE USER IF NOT EXISTS 'crossfade_producer'@'<hosts>' IDENTIFIED BY '<password of crossfade_producer>';
ALTER USER 'crossfade_producer'@'<hosts>' IDENTIFIED BY '<password of crossfade_producer>';
GRANT SELECT ON `<database>`.* TO 'crossfade_producer'@'<hosts>';
GRANT REPLICATION SLAVE, REPLICATION CLIENT /*M! , SLAVE MONITOR */ ON *.* TO 'crossfade_producer'@'<hosts>';
