SELECT client_id, consumer_key, consumer_secret, name, partner_id, default_territory, daily_limit
FROM client
WHERE client_id IN (:client_ids)
