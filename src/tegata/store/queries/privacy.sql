-- name: put_privacy_spend
INSERT INTO privacy_spends (transfer, dataset, recipient, loss) VALUES ($1, $2, $3, $4)

-- name: privacy_spent
SELECT COALESCE(SUM(loss), 0) FROM privacy_spends WHERE dataset = $1 AND recipient = $2
