SELECT client_id AS id
FROM client_shop
WHERE shop_id IN (:values)
