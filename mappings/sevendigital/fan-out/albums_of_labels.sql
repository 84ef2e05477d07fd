SELECT release_id AS id
FROM `release`
WHERE label_id IN (:values)
