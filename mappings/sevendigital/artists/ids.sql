SELECT artist_id AS id
FROM artist
WHERE artist_id > :after
ORDER BY artist_id
LIMIT :limit
