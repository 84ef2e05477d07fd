-- The accounts of the region's database, each with what its process does there and nothing else. `crossfade provision`
-- fills in what stands in angle brackets and runs this after the schema: a right on a table needs the table.

-- The persister stores documents; it applies schema files itself, which only add.
CREATE USER IF NOT EXISTS 'crossfade_persister'@'<hosts>' IDENTIFIED BY '<password of crossfade_persister>';
ALTER USER 'crossfade_persister'@'<hosts>' IDENTIFIED BY '<password of crossfade_persister>';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON `<database>`.* TO 'crossfade_persister'@'<hosts>';

-- Metadata looks up what documents say in every territory.
CREATE USER IF NOT EXISTS 'crossfade_metadata'@'<hosts>' IDENTIFIED BY '<password of crossfade_metadata>';
ALTER USER 'crossfade_metadata'@'<hosts>' IDENTIFIED BY '<password of crossfade_metadata>';
GRANT SELECT ON `<database>`.generation TO 'crossfade_metadata'@'<hosts>';
GRANT SELECT ON `<database>`.track_metadata TO 'crossfade_metadata'@'<hosts>';
GRANT SELECT ON `<database>`.album_metadata TO 'crossfade_metadata'@'<hosts>';
GRANT SELECT ON `<database>`.artist TO 'crossfade_metadata'@'<hosts>';

-- Availability looks up rights and prices.
CREATE USER IF NOT EXISTS 'crossfade_availability'@'<hosts>' IDENTIFIED BY '<password of crossfade_availability>';
ALTER USER 'crossfade_availability'@'<hosts>' IDENTIFIED BY '<password of crossfade_availability>';
GRANT SELECT ON `<database>`.generation TO 'crossfade_availability'@'<hosts>';
GRANT SELECT ON `<database>`.track_availability TO 'crossfade_availability'@'<hosts>';
GRANT SELECT ON `<database>`.album_availability TO 'crossfade_availability'@'<hosts>';

-- The gateway knows API clients and counts their daily limits.
CREATE USER IF NOT EXISTS 'crossfade_gateway'@'<hosts>' IDENTIFIED BY '<password of crossfade_gateway>';
ALTER USER 'crossfade_gateway'@'<hosts>' IDENTIFIED BY '<password of crossfade_gateway>';
GRANT SELECT ON `<database>`.client TO 'crossfade_gateway'@'<hosts>';
GRANT SELECT, INSERT, UPDATE, DELETE ON `<database>`.quota_day TO 'crossfade_gateway'@'<hosts>';
GRANT SELECT, INSERT, UPDATE, DELETE ON `<database>`.quota_lease TO 'crossfade_gateway'@'<hosts>';

-- `crossfade compare` asks which tracks there are, when they are licensed, and what shops a consumer key knows.
CREATE USER IF NOT EXISTS 'crossfade_compare'@'<hosts>' IDENTIFIED BY '<password of crossfade_compare>';
ALTER USER 'crossfade_compare'@'<hosts>' IDENTIFIED BY '<password of crossfade_compare>';
GRANT SELECT ON `<database>`.track_metadata TO 'crossfade_compare'@'<hosts>';
GRANT SELECT ON `<database>`.track_availability TO 'crossfade_compare'@'<hosts>';
GRANT SELECT ON `<database>`.client TO 'crossfade_compare'@'<hosts>';

-- `crossfade status` says how far the region is, and which documents it serves in an older version.
CREATE USER IF NOT EXISTS 'crossfade_status'@'<hosts>' IDENTIFIED BY '<password of crossfade_status>';
ALTER USER 'crossfade_status'@'<hosts>' IDENTIFIED BY '<password of crossfade_status>';
GRANT SELECT ON `<database>`.next_offset TO 'crossfade_status'@'<hosts>';
GRANT SELECT ON `<database>`.parked TO 'crossfade_status'@'<hosts>';
GRANT SELECT (album_id, version) ON `<database>`.album TO 'crossfade_status'@'<hosts>';
GRANT SELECT (artist_id, version) ON `<database>`.artist TO 'crossfade_status'@'<hosts>';
GRANT SELECT (client_id, version) ON `<database>`.client TO 'crossfade_status'@'<hosts>';
