-- name: create_schema_version
CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL)

-- name: applied_migrations
SELECT version, digest FROM schema_version ORDER BY version

-- name: note_migration
INSERT INTO schema_version (version, name, digest) VALUES ($1, $2, $3)
