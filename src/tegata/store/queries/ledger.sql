-- name: put_ledger_subjects
INSERT INTO ledger_subjects (source, pack, category, above, tokens) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source, pack, category) DO UPDATE SET above = excluded.above, tokens = excluded.tokens

-- name: ledger_subjects_of_source
SELECT category, above, tokens FROM ledger_subjects WHERE source = $1 AND pack = $2

-- name: put_ledger_segment
INSERT INTO ledger_segments (participant, pack, category, number, dropped_at, above_at, tokens, times)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (participant, pack, category, number) DO UPDATE
SET dropped_at = excluded.dropped_at, above_at = excluded.above_at, tokens = excluded.tokens, times = excluded.times

-- name: ledger_segments_of_participant
SELECT category, dropped_at, above_at, tokens, times FROM ledger_segments
WHERE participant = $1 AND pack = $2 ORDER BY category, number

-- name: ledger_segment_sizes
SELECT number, length(tokens) / 8 FROM ledger_segments
WHERE participant = $1 AND pack = $2 AND category = $3 ORDER BY number

-- name: take_ledger_segment
DELETE FROM ledger_segments WHERE participant = $1 AND pack = $2 AND category = $3 AND number = $4
RETURNING dropped_at, above_at, tokens, times

-- name: insert_ledger_reservation
INSERT INTO ledger_reservations (transfer, participant, pack, category, handed_out, above, tokens)
VALUES ($1, $2, $3, $4, 0, $5, $6)

-- name: ledger_reservations_of_participant
SELECT category, above, tokens FROM ledger_reservations WHERE participant = $1 AND pack = $2

-- name: ledger_reservations_of_transfer
SELECT participant, pack, category, handed_out, above, tokens FROM ledger_reservations
WHERE transfer = $1 ORDER BY pack, category

-- name: hand_out_ledger_reservations
UPDATE ledger_reservations SET handed_out = 1 WHERE transfer = $1

-- name: delete_ledger_reservations
DELETE FROM ledger_reservations WHERE transfer = $1

-- name: ledger_key
SELECT mark FROM ledger_key WHERE one = 1

-- name: put_ledger_key
INSERT INTO ledger_key (one, mark) VALUES (1, $1)
ON CONFLICT (one) DO UPDATE SET mark = excluded.mark

-- name: count_ledger_subjects_from_above
UPDATE ledger_subjects SET above = length(tokens) / 8

-- name: count_ledger_reservations_from_above
UPDATE ledger_reservations SET above = length(tokens) / 8

-- name: keys_of_ledger_segments
SELECT participant, pack, category, number FROM ledger_segments
