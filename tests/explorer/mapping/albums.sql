SELECT album_id, title FROM album WHERE album_id IN (:album_ids)
