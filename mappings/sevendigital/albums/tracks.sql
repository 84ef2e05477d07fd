SELECT t.release_id           AS album_id,
       t.track_id,
       t.title,
       t.version,
       t.type,
       t.isrc,
       t.p_line,
       t.explicit_content     AS explicit,
       t.duration,
       t.disc_number,
       t.number,
       t.artist_id,
       a.name                 AS artist_name,
       t.appears_as           AS artist_appears_as,
       a.slug                 AS artist_slug,
       a.is_placeholder_image AS artist_is_placeholder_image
FROM track t FORCE INDEX (release_id)
LEFT JOIN artist a ON a.artist_id = t.artist_id
WHERE t.release_id IN (:album_ids)
