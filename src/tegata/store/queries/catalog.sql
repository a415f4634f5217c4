-- name: put_dataset
INSERT INTO datasets (id, version, payload)
SELECT $1, coalesce(max(version), 0) + 1, $2 FROM datasets WHERE id = $1
RETURNING version

-- name: get_dataset
SELECT payload FROM datasets WHERE id = $1 ORDER BY version DESC LIMIT 1

-- name: page_datasets
SELECT payload FROM datasets AS d
WHERE id > $1 AND version = (SELECT max(version) FROM datasets WHERE id = d.id)
ORDER BY id LIMIT $2

-- name: page_datasets_before
SELECT payload FROM datasets AS d
WHERE id < $1 AND version = (SELECT max(version) FROM datasets WHERE id = d.id)
ORDER BY id DESC LIMIT $2

-- name: put_decision
INSERT INTO decisions (digest, payload) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING

-- name: get_decision
SELECT payload FROM decisions WHERE digest = $1
