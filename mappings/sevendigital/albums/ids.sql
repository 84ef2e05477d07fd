SELECT release_id AS id
FROM `release`
WHERE release_id > :after
ORDER BY release_id
LIMIT :limit
