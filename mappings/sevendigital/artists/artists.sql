SELECT artist_id, name, slug, is_placeholder_image
FROM artist
WHERE artist_id IN (:artist_ids)
