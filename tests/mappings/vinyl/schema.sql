CREATE TABLE imprint (
    imprint_no TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    trade_name VARCHAR(80) NOT NULL
);

CREATE TABLE lp (
    cat_no  CHAR(9) CHARACTER SET latin1 NOT NULL PRIMARY KEY,
    lp_name VARCHAR(200) NOT NULL,
    imprint TINYINT UNSIGNED NULL,
    pence   INT UNSIGNED NULL,
    on_sale DATE NOT NULL,
    KEY (imprint)
);

CREATE TABLE take (
    reel      SMALLINT UNSIGNED NOT NULL,
    take_no   TINYINT UNSIGNED NOT NULL,
    on_lp     CHAR(9) CHARACTER SET latin1 NOT NULL,
    side      CHAR(1) NOT NULL,
    groove    TINYINT UNSIGNED NOT NULL,
    take_name VARCHAR(200) NOT NULL,
    minutes   TIME NULL,
    PRIMARY KEY (reel, take_no),
    FOREIGN KEY (on_lp) REFERENCES lp (cat_no) ON DELETE CASCADE ON UPDATE CASCADE
);
