SELECT asked.id                        AS album_id,
       t.reel * 100 + t.take_no        AS track_id,
       t.take_name                     AS title,
       TIME_TO_SEC(t.minutes)          AS duration,
       (ASCII(t.side) - 63) DIV 2      AS disc_number,
       t.groove                        AS number
FROM JSON_TABLE('[:album_ids]', '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked
JOIN take t ON t.on_lp = CONVERT(CONCAT('LP', LPAD(asked.id, 7, '0')) USING latin1)
