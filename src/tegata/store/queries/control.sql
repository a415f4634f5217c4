-- name: put_control
INSERT INTO control (version, digest, payload) SELECT coalesce(max(version), 0) + 1, $1, $2 FROM control
RETURNING version

-- name: newest_control
SELECT version, digest FROM control ORDER BY version DESC LIMIT 1

-- name: get_control
SELECT payload FROM control WHERE version = $1
