-- name: put_dataset
INSERT INTO datasets (id, version, payload)
SELECT $1, coalesce(max(version), 0) + 1, $2 FROM datasets WHERE id = $1
RETURNING version

-- name: get_dataset
SELECT payload FROM datasets WHERE id = $1 ORDER BY version DESC LIMIT 1

-- name: leave_catalogue
DELETE FROM catalogue WHERE id = $1 RETURNING seq

-- name: forget_words
DELETE FROM catalogue_text WHERE rowid = $1

-- name: enter_catalogue
INSERT INTO catalogue (id, version, modified)
SELECT $1, $2, CASE WHEN last > $3 THEN last ELSE $3 END
FROM (SELECT coalesce((SELECT modified FROM catalogue ORDER BY seq DESC LIMIT 1), 0) AS last) AS latest
RETURNING seq

-- name: keep_words
INSERT INTO catalogue_text (rowid, tokens) VALUES ($1, $2)

-- name: first_modified_since
SELECT seq FROM catalogue WHERE modified >= $1 ORDER BY modified, seq LIMIT 1

-- name: page_after
SELECT seq, payload FROM catalogue AS c JOIN datasets AS d ON d.id = c.id AND d.version = c.version
WHERE seq > $1 AND seq < $2 ORDER BY seq LIMIT $3

-- name: page_before
SELECT seq, payload FROM catalogue AS c JOIN datasets AS d ON d.id = c.id AND d.version = c.version
WHERE seq > $1 AND seq < $2 ORDER BY seq DESC LIMIT $3

-- name: found_after
SELECT seq, payload FROM catalogue_text($1) AS t
JOIN catalogue AS c ON c.seq = t.rowid JOIN datasets AS d ON d.id = c.id AND d.version = c.version
WHERE t.rowid > $2 AND t.rowid < $3 ORDER BY t.rowid LIMIT $4

-- name: found_before
SELECT seq, payload FROM catalogue_text($1) AS t
JOIN catalogue AS c ON c.seq = t.rowid JOIN datasets AS d ON d.id = c.id AND d.version = c.version
WHERE t.rowid > $2 AND t.rowid < $3 ORDER BY t.rowid DESC LIMIT $4

-- name: put_decision
INSERT INTO decisions (digest, payload) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING

-- name: get_decision
SELECT payload FROM decisions WHERE digest = $1
