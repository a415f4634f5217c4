-- name: put_participant
INSERT INTO participants (id, origin, payload) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET origin = excluded.origin, payload = excluded.payload

-- name: get_participant
SELECT payload FROM participants WHERE id = $1

-- name: list_participants
SELECT payload FROM participants ORDER BY id

-- name: participants_at_origin
SELECT payload FROM participants WHERE origin = $1 ORDER BY id
