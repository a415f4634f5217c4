-- name: get_witnessed
SELECT note FROM log_witnessed WHERE origin = $1

-- name: put_witnessed
INSERT INTO log_witnessed (origin, note) VALUES ($1, $2) ON CONFLICT (origin) DO UPDATE SET note = excluded.note

-- name: expect_cosigner
INSERT INTO log_cosigners (peer, size, due_at, attempts) VALUES ($1, 0, 0, 0)
ON CONFLICT (peer) DO UPDATE SET due_at = 0, attempts = 0

-- name: due_cosigners
SELECT peer, size, attempts, why FROM log_cosigners WHERE due_at <= $1 AND size < $2 ORDER BY due_at, peer LIMIT $3

-- name: put_cosigner
UPDATE log_cosigners SET size = $1, due_at = $2, attempts = $3, why = $4 WHERE peer = $5

-- name: list_cosigners
SELECT peer, size, attempts, why FROM log_cosigners ORDER BY peer

-- name: put_fork
INSERT INTO log_forks (digest, origin, payload) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING RETURNING digest

-- name: list_forks
SELECT payload FROM log_forks ORDER BY origin, digest

-- name: put_endorsement
INSERT INTO key_endorsements (digest, name, signer, note) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING digest

-- name: get_endorsement
SELECT note FROM key_endorsements WHERE name = $1 AND signer = $2

-- name: endorsement_of_digest
SELECT note FROM key_endorsements WHERE digest = $1

-- name: put_roll
INSERT INTO key_rolls (name, number, digest, note) VALUES ($1, $2, $3, $4)

-- name: rolls_of
SELECT note FROM key_rolls WHERE name = $1 ORDER BY number

-- name: roll_of_digest
SELECT note FROM key_rolls WHERE digest = $1

-- name: next_cosigner_due
SELECT min(due_at) FROM log_cosigners WHERE size < $1
