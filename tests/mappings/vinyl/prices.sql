SELECT asked.id AS album_id, 1 AS package_id, 'GB' AS territory, 'GBP' AS currency, lp.pence / 100 AS price
FROM JSON_TABLE('[:album_ids]', '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked
JOIN lp ON lp.cat_no = CONVERT(CONCAT('LP', LPAD(asked.id, 7, '0')) USING latin1)
WHERE lp.pence IS NOT NULL
