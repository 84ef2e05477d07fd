SELECT DISTINCT release_id AS id
FROM track
WHERE track_id IN (:values)
