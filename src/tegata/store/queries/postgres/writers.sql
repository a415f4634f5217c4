-- Who writes. What the shared queries know nothing of: on SQLite there is one writer, and a folder's lock to make sure of it.

-- name: server
SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), current_setting('fsync'),
       current_setting('synchronous_commit'), current_schema()

-- name: alone_while_opening
SELECT pg_advisory_xact_lock(hashtextextended('tegata ' || current_schema(), 0))

-- Each opening of the store has a row with the number of its last commit: after a lost connection it tells what became of it.
-- name: create_writers
CREATE TABLE IF NOT EXISTS writers (id TEXT PRIMARY KEY, turn BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now())

-- name: forget_writers
DELETE FROM writers WHERE at < now() - interval '7 days'

-- name: sessions
SELECT application_name FROM pg_stat_activity WHERE datname = current_database()

-- name: take_turn
INSERT INTO writers (id, turn) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET turn = excluded.turn, at = excluded.at
RETURNING (SELECT max(version) FROM schema_version)

-- name: last_turn
SELECT turn FROM writers WHERE id = $1
