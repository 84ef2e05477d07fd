SELECT release_id AS id FROM `release` WHERE artist_id IN (:values)
UNION
SELECT release_id AS id FROM track WHERE artist_id IN (:values)
