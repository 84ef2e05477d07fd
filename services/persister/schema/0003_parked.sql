-- Documents that have dead letters, each with the newest of them. Such a document is behind while the region holds no
-- record of that version or a newer one; where it does, the letter is healed and the row says nothing any more.
CREATE TABLE IF NOT EXISTS parked (
    type    VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    id      BIGINT NOT NULL,
    version BIGINT NOT NULL,
    reason  VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    place   VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (type, id)
);
