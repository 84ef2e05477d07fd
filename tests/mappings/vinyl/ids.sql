SELECT CAST(SUBSTRING(cat_no, 3) AS UNSIGNED) AS id
FROM lp
WHERE cat_no > CONVERT(CONCAT('LP', LPAD(:after, 7, '0')) USING latin1)
ORDER BY cat_no
LIMIT :limit
