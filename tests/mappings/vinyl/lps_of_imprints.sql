SELECT CAST(SUBSTRING(cat_no, 3) AS UNSIGNED) AS id
FROM lp
WHERE imprint IN (:values)
