SELECT client_id AS id
FROM client
WHERE client_id > :after
ORDER BY client_id
LIMIT :limit
