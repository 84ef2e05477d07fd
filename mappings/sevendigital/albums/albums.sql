SELECT r.release_id           AS album_id,
       r.title,
       r.version,
       r.type,
       r.barcode,
       r.year,
       r.explicit_content     AS explicit,
       r.slug,
       r.c_line,
       r.p_line,
       r.label_id,
       b.name                 AS label_name,
       r.licensor_id,
       s.name                 AS licensor_name,
       r.popularity,
       r.duration,
       r.track_count,
       r.artist_id,
       a.name                 AS artist_name,
       r.appears_as           AS artist_appears_as,
       a.slug                 AS artist_slug,
       a.is_placeholder_image AS artist_is_placeholder_image
FROM `release` r
LEFT JOIN artist a ON a.artist_id = r.artist_id
LEFT JOIN label b ON b.label_id = r.label_id
LEFT JOIN licensor s ON s.licensor_id = r.licensor_id
WHERE r.release_id IN (:album_ids)
