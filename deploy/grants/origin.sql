-- The account of the demo's origin, which answers questions straight from London's tables. `crossfade compare` asks
-- them as the same which tracks there are.
CREATE USER IF NOT EXISTS 'crossfade_origin'@'<hosts>' IDENTIFIED BY '<password of crossfade_origin>';
ALTER USER 'crossfade_origin'@'<hosts>' IDENTIFIED BY '<password of crossfade_origin>';
GRANT SELECT ON `<database>`.* TO 'crossfade_origin'@'<hosts>';
