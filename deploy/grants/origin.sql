-- The account of the demo's origin, which answers questions straight from London's tables.
CREATE USER IF NOT EXISTS 'crossfade_origin'@'<hosts>' IDENTIFIED BY '<password of crossfade_origin>';
ALTER USER 'crossfade_origin'@'<hosts>' IDENTIFIED BY '<password of crossfade_origin>';
GRANT SELECT ON `<database>`.* TO 'crossfade_origin'@'<hosts>';
