SELECT tf.track_id,
       tf.package_id,
       tf.format_id,
       p.description AS package_description,
       f.description AS format_description
FROM track_format tf
LEFT JOIN package p ON p.package_id = tf.package_id
LEFT JOIN format f ON f.format_id = tf.format_id
WHERE tf.track_id IN (:track_ids)
