SELECT t.reel * 100 + t.take_no AS track_id, 'download' AS usage_type, 'GB,IE' AS territory, lp.on_sale AS valid_from
FROM JSON_TABLE('[:album_ids]', '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked
JOIN lp ON lp.cat_no = CONVERT(CONCAT('LP', LPAD(asked.id, 7, '0')) USING latin1)
JOIN take t ON t.on_lp = lp.cat_no
