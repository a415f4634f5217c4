-- name: add_to_outbox
INSERT INTO outbox (id, process, due_at, attempts, payload) VALUES ($1, $2, $3, $4, $5)

-- Only the oldest message of each process can be due: the next waits until that one is answered.
-- name: due_in_outbox
SELECT payload, due_at, attempts FROM outbox AS m
WHERE due_at <= $1 AND NOT EXISTS (SELECT 1 FROM outbox AS older WHERE older.process = m.process AND older.seq < m.seq)
ORDER BY due_at, seq LIMIT $2

-- name: delete_from_outbox
DELETE FROM outbox WHERE id = $1

-- name: postpone_in_outbox
UPDATE outbox SET due_at = $1, attempts = $2 WHERE id = $3

-- name: next_due_in_outbox
SELECT due_at FROM outbox AS m
WHERE NOT EXISTS (SELECT 1 FROM outbox AS older WHERE older.process = m.process AND older.seq < m.seq)
ORDER BY due_at LIMIT 1

-- name: admit_token
INSERT INTO replay (issuer, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT (issuer, jti) DO NOTHING RETURNING jti

-- name: purge_tokens
DELETE FROM replay WHERE expires_at <= $1

-- name: get_reply
SELECT status, body FROM received WHERE peer = $1 AND process = $2 AND type = $3 AND digest = $4

-- name: keep_reply
INSERT INTO received (peer, process, type, digest, status, body) VALUES ($1, $2, $3, $4, $5, $6)
