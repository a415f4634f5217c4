-- name: list_time_stamps
SELECT authority, size, stamped_at, due_at, attempts, why FROM log_time_stamps ORDER BY authority

-- name: put_time_stamp
INSERT INTO log_time_stamps (authority, size, stamped_at, due_at, attempts, why) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (authority) DO UPDATE SET size = excluded.size, stamped_at = excluded.stamped_at, due_at = excluded.due_at,
attempts = excluded.attempts, why = excluded.why
