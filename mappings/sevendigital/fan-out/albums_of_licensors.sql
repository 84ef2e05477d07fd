SELECT release_id AS id
FROM `release`
WHERE licensor_id IN (:values)
