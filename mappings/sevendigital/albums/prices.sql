SELECT release_id AS album_id, package_id, territory, currency, price, recommended
FROM release_price
WHERE release_id IN (:album_ids)
