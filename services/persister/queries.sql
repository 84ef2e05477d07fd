-- Every statement of the persister, by name. Those that put or remove are run for many rows at once.
-- A guarded upsert assigns `version` last: servers assign from left to right, and the guards before it compare with the
-- version that the row had. VALUES() is the one notation that both MySQL and MariaDB understand.

-- name: lock_albums
-- What is stored of the albums of a batch, locked until its rows are written.
SELECT album_id, version, track_ids FROM album WHERE album_id IN ({ids}) ORDER BY album_id FOR UPDATE

-- name: lock_artists
SELECT artist_id, version FROM artist WHERE artist_id IN ({ids}) ORDER BY artist_id FOR UPDATE

-- name: lock_clients
SELECT client_id, version FROM client WHERE client_id IN ({ids}) ORDER BY client_id FOR UPDATE

-- name: put_albums
INSERT INTO album (album_id, deleted, digest, track_ids, version)
VALUES (%s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE
    deleted = IF(VALUES(version) > version, VALUES(deleted), deleted),
    digest = IF(VALUES(version) > version, VALUES(digest), digest),
    track_ids = IF(VALUES(version) > version, VALUES(track_ids), track_ids),
    version = GREATEST(version, VALUES(version))

-- name: put_album_metadata
INSERT INTO album_metadata (album_id, document, version)
VALUES (%s, %s, %s)
ON DUPLICATE KEY UPDATE
    document = IF(VALUES(version) > version, VALUES(document), document),
    version = GREATEST(version, VALUES(version))

-- name: put_album_availability
INSERT INTO album_availability (album_id, document, version)
VALUES (%s, %s, %s)
ON DUPLICATE KEY UPDATE
    document = IF(VALUES(version) > version, VALUES(document), document),
    version = GREATEST(version, VALUES(version))

-- name: put_track_metadata
-- Two albums can claim a track in two partitions at once; the newer claim holds the row, whoever writes last.
INSERT INTO track_metadata (track_id, album_id, document, version)
VALUES (%s, %s, %s, %s)
ON DUPLICATE KEY UPDATE
    album_id = IF(VALUES(version) > version, VALUES(album_id), album_id),
    document = IF(VALUES(version) > version, VALUES(document), document),
    version = GREATEST(version, VALUES(version))

-- name: put_track_availability
INSERT INTO track_availability (track_id, album_id, document, version)
VALUES (%s, %s, %s, %s)
ON DUPLICATE KEY UPDATE
    album_id = IF(VALUES(version) > version, VALUES(album_id), album_id),
    document = IF(VALUES(version) > version, VALUES(document), document),
    version = GREATEST(version, VALUES(version))

-- name: put_artists
INSERT INTO artist (artist_id, deleted, digest, document, version)
VALUES (%s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE
    deleted = IF(VALUES(version) > version, VALUES(deleted), deleted),
    digest = IF(VALUES(version) > version, VALUES(digest), digest),
    document = IF(VALUES(version) > version, VALUES(document), document),
    version = GREATEST(version, VALUES(version))

-- name: put_clients
INSERT INTO client (client_id, deleted, digest, consumer_key, daily_limit, document, version)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE
    deleted = IF(VALUES(version) > version, VALUES(deleted), deleted),
    digest = IF(VALUES(version) > version, VALUES(digest), digest),
    consumer_key = IF(VALUES(version) > version, VALUES(consumer_key), consumer_key),
    daily_limit = IF(VALUES(version) > version, VALUES(daily_limit), daily_limit),
    document = IF(VALUES(version) > version, VALUES(document), document),
    version = GREATEST(version, VALUES(version))

-- name: put_parked
-- Of a document's dead letters the newest stays.
INSERT INTO parked (type, id, reason, place, version)
VALUES (%s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE
    reason = IF(VALUES(version) > version, VALUES(reason), reason),
    place = IF(VALUES(version) > version, VALUES(place), place),
    version = GREATEST(version, VALUES(version))

-- name: remove_track_metadata
-- An album takes away only the rows that are still its own.
DELETE FROM track_metadata WHERE track_id = %s AND album_id = %s

-- name: remove_track_availability
DELETE FROM track_availability WHERE track_id = %s AND album_id = %s

-- name: remove_album_metadata
DELETE FROM album_metadata WHERE album_id = %s

-- name: remove_album_availability
DELETE FROM album_availability WHERE album_id = %s

-- name: read_offsets
SELECT topic, partition_id, cluster_id, topic_id, next_offset FROM next_offset

-- name: put_offset
-- A partition seen for the first time, or of another cluster or topic than before: it starts at 0.
INSERT INTO next_offset (topic, partition_id, cluster_id, topic_id, next_offset)
VALUES (%s, %s, %s, %s, 0)
ON DUPLICATE KEY UPDATE
    cluster_id = VALUES(cluster_id), topic_id = VALUES(topic_id), next_offset = 0, marker_position = 0, marker_time = ''

-- name: advance_offset
-- Compare-and-set: a stale owner of the partition, who still holds an older offset, changes no row.
UPDATE next_offset SET next_offset = %s
WHERE topic = %s AND partition_id = %s AND cluster_id = %s AND topic_id = %s
    AND next_offset = %s

-- name: advance_marker
UPDATE next_offset SET marker_position = %s, marker_time = %s
WHERE topic = %s AND partition_id = %s
