SELECT asked.id     AS album_id,
       lp.lp_name   AS title,
       i.imprint_no AS label_id,
       i.trade_name AS label_name
FROM JSON_TABLE('[:album_ids]', '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked
JOIN lp ON lp.cat_no = CONVERT(CONCAT('LP', LPAD(asked.id, 7, '0')) USING latin1)
LEFT JOIN imprint i ON i.imprint_no = lp.imprint
