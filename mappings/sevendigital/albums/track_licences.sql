SELECT track_id, usage_type, territory, valid_from, valid_until
FROM licence
WHERE track_id IN (:track_ids)
