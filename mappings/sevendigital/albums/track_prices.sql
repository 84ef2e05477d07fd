SELECT track_id, package_id, territory, currency, price, recommended
FROM track_price
WHERE track_id IN (:track_ids)
