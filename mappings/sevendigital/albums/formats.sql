SELECT rf.release_id   AS album_id,
       rf.package_id,
       rf.format_id,
       p.description AS package_description,
       f.description AS format_description
FROM release_format rf
LEFT JOIN package p ON p.package_id = rf.package_id
LEFT JOIN format f ON f.format_id = rf.format_id
WHERE rf.release_id IN (:album_ids)
