-- name: put_acquisition
INSERT INTO acquisitions (negotiation, transfer, payload) VALUES ($1, $2, $3)
ON CONFLICT (negotiation) DO UPDATE SET transfer = excluded.transfer, payload = excluded.payload

-- name: get_acquisition
SELECT payload FROM acquisitions WHERE negotiation = $1

-- name: acquisition_of_transfer
SELECT payload FROM acquisitions WHERE transfer = $1
