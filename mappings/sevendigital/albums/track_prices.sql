SELECT tp.track_id, tp.package_id, tp.territory, tp.currency, tp.price, tp.recommended
FROM track t FORCE INDEX (release_id)
JOIN track_price tp FORCE INDEX (PRIMARY) ON tp.track_id = t.track_id
WHERE t.release_id IN (:album_ids)
