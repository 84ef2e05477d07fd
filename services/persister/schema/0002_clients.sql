-- API clients and what they have used of their daily limits; these stay where they are when a region is rebuilt.

CREATE TABLE IF NOT EXISTS client (
    client_id    BIGINT NOT NULL PRIMARY KEY,
    version      BIGINT NOT NULL,
    deleted      BOOLEAN NOT NULL,
    digest       BINARY(32) NULL,
    consumer_key VARBINARY(400) NULL,
    daily_limit  BIGINT NULL,
    document     MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    KEY (consumer_key)
);

-- Requests granted to instances today, all leases together; `full_since` is when an exchange first found no room.
CREATE TABLE IF NOT EXISTS quota_day (
    client_id  BIGINT NOT NULL,
    day        DATE NOT NULL,
    granted    BIGINT NOT NULL,
    full_since DATETIME(3) NULL,
    PRIMARY KEY (client_id, day)
);

-- What one gateway process holds: `granted` and `used` are cumulative over the day, `seq` counts its exchanges.
CREATE TABLE IF NOT EXISTS quota_lease (
    client_id BIGINT NOT NULL,
    day       DATE NOT NULL,
    instance  BINARY(16) NOT NULL,
    seq       BIGINT NOT NULL,
    granted   BIGINT NOT NULL,
    used      BIGINT NOT NULL,
    PRIMARY KEY (client_id, day, instance)
);
