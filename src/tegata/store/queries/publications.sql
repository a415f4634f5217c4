-- name: get_publication
SELECT size, published_at, attempts, why FROM log_publications WHERE place = $1

-- name: put_publication
INSERT INTO log_publications (place, size, published_at, attempts, why) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (place) DO UPDATE SET size = excluded.size, published_at = excluded.published_at,
attempts = excluded.attempts, why = excluded.why
