-- name: put_volume
INSERT INTO volumes (transfer, agreement, bytes, records) VALUES ($1, $2, $3, $4)
ON CONFLICT (transfer) DO NOTHING

-- name: volume_but
SELECT COUNT(*), COALESCE(SUM(bytes), 0), COALESCE(SUM(records), 0) FROM volumes
WHERE agreement = $1 AND transfer <> $2
