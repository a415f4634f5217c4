-- name: append_log_entry
INSERT INTO log_entries (idx, kind, subject, data)
SELECT coalesce(max(idx) + 1, 0), $1, $2, $3 FROM log_entries
RETURNING idx

-- name: log_size
SELECT coalesce(max(idx) + 1, 0) FROM log_entries

-- name: get_log_entry
SELECT data FROM log_entries WHERE idx = $1

-- name: page_log_entries
SELECT idx, data FROM log_entries WHERE idx >= $1 AND idx < $1 + $2 ORDER BY idx

-- name: replace_log_entry
UPDATE log_entries SET data = $1, subject = '' WHERE idx = $2 RETURNING idx

-- name: log_entries_of_subject
SELECT idx, data FROM log_entries WHERE subject = $1 ORDER BY idx

-- name: put_log_node
INSERT INTO log_nodes (level, idx, hash) VALUES ($1, $2, $3)

-- name: get_log_node
SELECT hash FROM log_nodes WHERE level = $1 AND idx = $2

-- name: log_node_count
SELECT coalesce(max(idx) + 1, 0) FROM log_nodes WHERE level = 0

-- name: page_log_nodes
SELECT idx, hash FROM log_nodes WHERE level = $1 AND idx >= $2 AND idx < $2 + $3 ORDER BY idx

-- name: put_checkpoint
INSERT INTO log_checkpoints (size, note) VALUES ($1, $2) ON CONFLICT (size) DO UPDATE SET note = excluded.note

-- name: get_checkpoint
SELECT note FROM log_checkpoints WHERE size = $1

-- name: count_checkpoints_above
SELECT count(*) FROM log_checkpoints WHERE size > $1

-- name: latest_checkpoint
SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1
