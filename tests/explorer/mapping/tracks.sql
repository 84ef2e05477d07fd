SELECT album_id, track_id, title FROM track JOIN song USING (track_id) WHERE album_id IN (:album_ids)
