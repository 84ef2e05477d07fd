-- London's schema as the demo has it: the tables of a music company's catalogue, its API clients and its shops.
-- Crossfade never writes here and does not own these tables; mappings/sevendigital reads them.

CREATE TABLE artist (
    artist_id            INT UNSIGNED NOT NULL PRIMARY KEY,
    name                 VARCHAR(500) NOT NULL,
    slug                 VARCHAR(255) NOT NULL,
    is_placeholder_image BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE TABLE label (
    label_id INT UNSIGNED NOT NULL PRIMARY KEY,
    name     VARCHAR(255) NOT NULL
);

CREATE TABLE licensor (
    licensor_id INT UNSIGNED NOT NULL PRIMARY KEY,
    name        VARCHAR(255) NOT NULL
);

CREATE TABLE package (
    package_id  INT UNSIGNED NOT NULL PRIMARY KEY,
    description VARCHAR(255) NOT NULL
);

CREATE TABLE format (
    format_id   INT UNSIGNED NOT NULL PRIMARY KEY,
    description VARCHAR(255) NOT NULL
);

CREATE TABLE `release` (
    release_id       INT UNSIGNED NOT NULL PRIMARY KEY,
    title            VARCHAR(500) NOT NULL,
    version          VARCHAR(255) NULL,
    type             VARCHAR(20) NOT NULL,
    barcode          VARCHAR(20) NULL,
    year             SMALLINT UNSIGNED NULL,
    explicit_content BOOLEAN NOT NULL DEFAULT FALSE,
    artist_id        INT UNSIGNED NOT NULL,
    appears_as       VARCHAR(500) NULL,
    slug             VARCHAR(255) NOT NULL,
    label_id         INT UNSIGNED NULL,
    licensor_id      INT UNSIGNED NULL,
    c_line           VARCHAR(500) NULL,
    p_line           VARCHAR(500) NULL,
    popularity       DECIMAL(3, 2) NOT NULL DEFAULT 0,
    duration         INT UNSIGNED NULL,
    track_count      INT UNSIGNED NULL,
    -- Set where the row was made up from a track, because no line of a feed described the release.
    is_made_up       BOOLEAN NOT NULL DEFAULT FALSE,
    KEY (artist_id),
    KEY (label_id),
    KEY (licensor_id)
);

CREATE TABLE track (
    track_id         INT UNSIGNED NOT NULL PRIMARY KEY,
    release_id       INT UNSIGNED NOT NULL,
    title            VARCHAR(500) NOT NULL,
    version          VARCHAR(255) NULL,
    type             VARCHAR(20) NOT NULL,
    isrc             VARCHAR(20) NULL,
    explicit_content BOOLEAN NOT NULL DEFAULT FALSE,
    p_line           VARCHAR(500) NULL,
    duration         INT UNSIGNED NULL,
    disc_number      SMALLINT UNSIGNED NOT NULL DEFAULT 1,
    number           SMALLINT UNSIGNED NOT NULL,
    artist_id        INT UNSIGNED NOT NULL,
    appears_as       VARCHAR(500) NULL,
    KEY (release_id),
    KEY (artist_id)
);

-- One right: this track, for this usage, in this territory, from valid_from until just before valid_until (UTC).
CREATE TABLE licence (
    licence_id  BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    track_id    INT UNSIGNED NOT NULL,
    usage_type  VARCHAR(30) NOT NULL,
    territory   CHAR(2) NOT NULL,
    valid_from  DATETIME NOT NULL,
    valid_until DATETIME NULL,
    KEY (track_id)
);

-- Which packages a track or a release is sold in, and the formats of each.
CREATE TABLE track_format (
    track_id   INT UNSIGNED NOT NULL,
    package_id INT UNSIGNED NOT NULL,
    format_id  INT UNSIGNED NOT NULL,
    PRIMARY KEY (track_id, package_id, format_id)
);

CREATE TABLE release_format (
    release_id INT UNSIGNED NOT NULL,
    package_id INT UNSIGNED NOT NULL,
    format_id  INT UNSIGNED NOT NULL,
    PRIMARY KEY (release_id, package_id, format_id)
);

-- Prices; NULL where the track is listed and not sold on its own.
CREATE TABLE track_price (
    track_id    INT UNSIGNED NOT NULL,
    package_id  INT UNSIGNED NOT NULL,
    territory   CHAR(2) NOT NULL,
    currency    CHAR(3) NOT NULL,
    price       DECIMAL(8, 2) NULL,
    recommended DECIMAL(8, 2) NULL,
    PRIMARY KEY (track_id, package_id, territory)
);

CREATE TABLE release_price (
    release_id  INT UNSIGNED NOT NULL,
    package_id  INT UNSIGNED NOT NULL,
    territory   CHAR(2) NOT NULL,
    currency    CHAR(3) NOT NULL,
    price       DECIMAL(8, 2) NULL,
    recommended DECIMAL(8, 2) NULL,
    PRIMARY KEY (release_id, package_id, territory)
);

-- A partner store sells in one territory.
CREATE TABLE shop (
    shop_id   INT UNSIGNED NOT NULL PRIMARY KEY,
    territory CHAR(2) NOT NULL,
    name      VARCHAR(255) NOT NULL
);

CREATE TABLE client (
    client_id         INT UNSIGNED NOT NULL PRIMARY KEY,
    consumer_key      VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL UNIQUE,
    consumer_secret   VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    name              VARCHAR(255) NOT NULL,
    partner_id        INT UNSIGNED NULL,
    default_territory CHAR(2) NULL,
    -- Requests a UTC day; NULL is no limit.
    daily_limit       INT UNSIGNED NULL DEFAULT 4000
);

CREATE TABLE client_endpoint (
    client_id INT UNSIGNED NOT NULL,
    endpoint  VARCHAR(100) NOT NULL,
    PRIMARY KEY (client_id, endpoint)
);

CREATE TABLE client_shop (
    client_id INT UNSIGNED NOT NULL,
    shop_id   INT UNSIGNED NOT NULL,
    PRIMARY KEY (client_id, shop_id)
);
