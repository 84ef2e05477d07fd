-- What the region serves: one row per document and read path, each with the version of the record that wrote it.
-- Only primary keys are unique: the guarded upsert must match a row by its own id and nothing else.
-- Works on MySQL 8.0 and later and on MariaDB 10.11 and later. A step that was cut short is taken again from its start.

-- Which build of the region the rows below are; `rebuild` swaps in a new one together with all of them.
CREATE TABLE IF NOT EXISTS generation (
    generation INT NOT NULL PRIMARY KEY
);

INSERT IGNORE INTO generation VALUES (1);

-- One row per album ever seen. A deletion keeps its row and version, so that an older record stays stale for ever.
-- `track_ids` (a JSON array) says which track rows this album wrote, hence which to take away with its next record.
CREATE TABLE IF NOT EXISTS album (
    album_id  BIGINT NOT NULL PRIMARY KEY,
    version   BIGINT NOT NULL,
    deleted   BOOLEAN NOT NULL,
    digest    BINARY(32) NULL,
    track_ids MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL
);

CREATE TABLE IF NOT EXISTS album_metadata (
    album_id BIGINT NOT NULL PRIMARY KEY,
    version  BIGINT NOT NULL,
    document MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
);

CREATE TABLE IF NOT EXISTS album_availability (
    album_id BIGINT NOT NULL PRIMARY KEY,
    version  BIGINT NOT NULL,
    document MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
);

-- A track may move between albums: the newer version holds the row, and an album takes away only rows still its own.
CREATE TABLE IF NOT EXISTS track_metadata (
    track_id BIGINT NOT NULL PRIMARY KEY,
    album_id BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    document MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
);

CREATE TABLE IF NOT EXISTS track_availability (
    track_id BIGINT NOT NULL PRIMARY KEY,
    album_id BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    document MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
);

CREATE TABLE IF NOT EXISTS artist (
    artist_id BIGINT NOT NULL PRIMARY KEY,
    version   BIGINT NOT NULL,
    deleted   BOOLEAN NOT NULL,
    digest    BINARY(32) NULL,
    document  MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL
);

-- Where each partition of the log goes on. Another cluster or topic of the same name starts at 0 again, which versions
-- make safe. `marker_position` and `marker_time`: all of London up to there, by London's clock, is stored.
CREATE TABLE IF NOT EXISTS next_offset (
    topic           VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    partition_id    INT NOT NULL,
    cluster_id      VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    topic_id        VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    next_offset     BIGINT NOT NULL,
    marker_position BIGINT NOT NULL DEFAULT 0,
    marker_time     VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
    PRIMARY KEY (topic, partition_id)
);
