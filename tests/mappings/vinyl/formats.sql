SELECT asked.id AS album_id, 1 AS package_id, 17 AS format_id, 'Vinyl rip' AS package_description
FROM JSON_TABLE('[:album_ids]', '$[*]' COLUMNS (id BIGINT PATH '$')) AS asked
