SELECT cs.client_id, s.shop_id, s.territory
FROM client_shop cs
JOIN shop s ON s.shop_id = cs.shop_id
WHERE cs.client_id IN (:client_ids)
