SELECT tf.track_id,
       tf.package_id,
       tf.format_id,
       p.description AS package_description,
       f.description AS format_description
FROM track t FORCE INDEX (release_id)
JOIN track_format tf FORCE INDEX (PRIMARY) ON tf.track_id = t.track_id
LEFT JOIN package p ON p.package_id = tf.package_id
LEFT JOIN format f ON f.format_id = tf.format_id
WHERE t.release_id IN (:album_ids)
