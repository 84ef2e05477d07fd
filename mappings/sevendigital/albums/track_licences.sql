-- From the tracks on, by index: a fresh server's statistics would have it read all licences for every few albums.
-- The zero date is none, and a licence without a start is no right to anything.
SELECT l.track_id, l.usage_type, l.territory, l.valid_from, l.valid_until
FROM track t FORCE INDEX (release_id)
JOIN licence l FORCE INDEX (track_id) ON l.track_id = t.track_id
WHERE t.release_id IN (:album_ids) AND YEAR(l.valid_from) > 0
