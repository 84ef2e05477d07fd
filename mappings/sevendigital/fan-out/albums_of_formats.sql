SELECT release_id AS id FROM release_format WHERE format_id IN (:values)
UNION
SELECT t.release_id AS id FROM track_format tf JOIN track t ON t.track_id = tf.track_id WHERE tf.format_id IN (:values)
