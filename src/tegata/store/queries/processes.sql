-- name: insert_process
INSERT INTO processes (id, kind, role, peer, peer_pid, state, version, payload) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: get_process
SELECT payload FROM processes WHERE id = $1 AND kind = $2

-- name: process_by_peer
SELECT payload FROM processes WHERE peer = $1 AND peer_pid = $2 AND role = $3 AND kind = $4 AND peer_pid <> ''

-- name: update_process
UPDATE processes SET peer_pid = $1, state = $2, version = $3, payload = $4
WHERE id = $5 AND kind = $6 AND version = $3 - 1
RETURNING version

-- name: page_processes_in_state
SELECT payload FROM processes WHERE kind = $1 AND state = $2 AND id > $3 ORDER BY id LIMIT $4

-- name: insert_agreement
INSERT INTO agreements (id, negotiation, payload) VALUES ($1, $2, $3)

-- name: get_agreement
SELECT payload FROM agreements WHERE id = $1

-- name: agreement_of_negotiation
SELECT payload FROM agreements WHERE negotiation = $1

-- name: negotiation_of_agreement
SELECT negotiation FROM agreements WHERE id = $1

-- name: put_release
INSERT INTO releases (transfer, token_hash, payload) VALUES ($1, $2, $3)
ON CONFLICT (transfer) DO UPDATE SET token_hash = excluded.token_hash, payload = excluded.payload

-- name: get_release
SELECT payload FROM releases WHERE transfer = $1

-- name: release_by_token
SELECT payload FROM releases WHERE token_hash = $1
