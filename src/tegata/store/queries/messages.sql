-- Only the oldest message of each process is held or due: the next waits until that one is answered.
-- name: add_to_outbox
INSERT INTO outbox (id, process, attempts, payload, due_at, owner)
SELECT $1, $2, $3, $4, $5, CASE WHEN EXISTS (SELECT 1 FROM outbox WHERE process = $2) THEN '' ELSE $6 END
RETURNING owner

-- name: claim_in_outbox
UPDATE outbox SET owner = $1, due_at = $2
WHERE id IN (
    SELECT id FROM outbox AS m
    WHERE due_at <= $3 AND NOT EXISTS (SELECT 1 FROM outbox AS older WHERE older.process = m.process AND older.seq < m.seq)
    ORDER BY due_at, seq LIMIT $4
)
RETURNING payload, attempts, seq

-- name: unanswered_of_process
SELECT 1 FROM outbox WHERE process = $1 LIMIT 1

-- name: claim_next_of_process
UPDATE outbox SET owner = $1, due_at = $2
WHERE seq = (SELECT min(seq) FROM outbox WHERE process = $3)
RETURNING payload, attempts, seq

-- name: renew_in_outbox
UPDATE outbox SET due_at = $1 WHERE id = $2 AND owner = $3

-- name: delete_from_outbox
DELETE FROM outbox WHERE id = $1 AND owner = $2 RETURNING id

-- name: postpone_in_outbox
UPDATE outbox SET due_at = $1, attempts = $2, owner = '' WHERE id = $3 AND owner = $4

-- name: next_due_in_outbox
SELECT due_at FROM outbox AS m
WHERE NOT EXISTS (SELECT 1 FROM outbox AS older WHERE older.process = m.process AND older.seq < m.seq)
ORDER BY due_at LIMIT 1

-- name: admit_token
INSERT INTO replay (issuer, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT (issuer, jti) DO NOTHING RETURNING jti

-- name: purge_tokens
DELETE FROM replay
WHERE (issuer, jti) IN (SELECT issuer, jti FROM replay WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
RETURNING 1

-- name: get_reply
SELECT status, body FROM received WHERE peer = $1 AND process = $2 AND type = $3 AND digest = $4

-- name: keep_reply
INSERT INTO received (peer, process, type, digest, status, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (peer, process, type, digest) DO UPDATE SET status = excluded.status, body = excluded.body, at = excluded.at

-- name: purge_replies
DELETE FROM received
WHERE (peer, process, type, digest) IN (
    SELECT peer, process, type, digest FROM received WHERE at > 0 AND at <= $1 ORDER BY at LIMIT $2
)
RETURNING 1
