SELECT album_id FROM track WHERE track_id IN (:values)
