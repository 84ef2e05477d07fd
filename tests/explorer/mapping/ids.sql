SELECT album_id FROM album WHERE album_id > :after ORDER BY album_id LIMIT :limit
