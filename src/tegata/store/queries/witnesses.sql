-- name: get_witnessed
SELECT note FROM log_witnessed WHERE origin = $1

-- name: put_witnessed
INSERT INTO log_witnessed (origin, note) VALUES ($1, $2) ON CONFLICT (origin) DO UPDATE SET note = excluded.note

-- name: expect_cosigner
INSERT INTO log_cosigners (peer, size, due_at, attempts) VALUES ($1, 0, 0, 0)
ON CONFLICT (peer) DO UPDATE SET due_at = 0, attempts = 0

-- name: due_cosigners
SELECT peer, size, attempts FROM log_cosigners WHERE due_at <= $1 AND size < $2 ORDER BY due_at, peer LIMIT $3

-- name: put_cosigner
UPDATE log_cosigners SET size = $1, due_at = $2, attempts = $3 WHERE peer = $4

-- name: list_cosigners
SELECT peer, size, attempts FROM log_cosigners ORDER BY peer

-- name: put_fork
INSERT INTO log_forks (digest, origin, payload) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING RETURNING digest

-- name: list_forks
SELECT payload FROM log_forks ORDER BY origin, digest

-- name: put_endorsement
INSERT INTO log_endorsements (digest, name, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING digest

-- name: get_endorsement
SELECT note FROM log_endorsements WHERE name = $1

-- name: endorsement_of_digest
SELECT note FROM log_endorsements WHERE digest = $1

-- name: next_cosigner_due
SELECT min(due_at) FROM log_cosigners WHERE size < $1
