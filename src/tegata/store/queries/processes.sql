-- name: insert_process
INSERT INTO processes (id, kind, role, peer, peer_pid, state, version, payload, due_at, owner)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: get_process
SELECT payload FROM processes WHERE id = $1 AND kind = $2

-- name: process_by_peer
SELECT payload FROM processes WHERE peer = $1 AND peer_pid = $2 AND role = $3 AND kind = $4 AND peer_pid <> ''

-- name: update_process
UPDATE processes SET peer_pid = $1, state = $2, version = $3, payload = $4, due_at = $5, owner = $6
WHERE id = $7 AND kind = $8 AND version = $3 - 1
RETURNING version

-- name: page_processes
SELECT payload FROM processes WHERE id > $1 AND kind = $2 ORDER BY id LIMIT $3

-- name: page_processes_in_state
SELECT payload FROM processes WHERE id > $1 AND kind = $2 AND state = $3 ORDER BY id LIMIT $4

-- name: count_offers
SELECT count(*) FROM processes WHERE peer = $1 AND kind = 'negotiation' AND role = 'consumer' AND state = 'OFFERED'

-- name: claim_processes
UPDATE processes SET owner = $1, due_at = $2
WHERE id IN (SELECT id FROM processes WHERE due_at <= $3 ORDER BY due_at LIMIT $4)
RETURNING id

-- name: renew_process
UPDATE processes SET due_at = $1 WHERE id = $2 AND owner = $3 AND due_at IS NOT NULL

-- name: postpone_process
UPDATE processes SET due_at = $1, owner = '' WHERE id = $2 AND owner = $3 AND due_at IS NOT NULL

-- name: done_with_process
UPDATE processes SET due_at = NULL, owner = '' WHERE id = $1 AND version = $2

-- name: next_due_process
SELECT due_at FROM processes WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1

-- name: owners
SELECT owner FROM processes WHERE due_at IS NOT NULL AND owner <> '' UNION SELECT owner FROM outbox WHERE owner <> ''

-- name: end_leases_of_processes
UPDATE processes SET due_at = 0, owner = '' WHERE owner = $1 AND due_at IS NOT NULL

-- name: end_leases_in_outbox
UPDATE outbox SET due_at = 0, owner = '' WHERE owner = $1

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

-- name: put_push_address
INSERT INTO push_addresses (transfer, address) VALUES ($1, $2)

-- name: get_push_address
SELECT address FROM push_addresses WHERE transfer = $1

-- name: forget_push_address
DELETE FROM push_addresses WHERE transfer = $1
