SELECT client_id, endpoint
FROM client_endpoint
WHERE client_id IN (:client_ids)
