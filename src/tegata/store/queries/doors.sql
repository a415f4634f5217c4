-- name: put_rendition
INSERT INTO renditions (transfer, form, payload) VALUES ($1, $2, $3)
ON CONFLICT (transfer, form) DO UPDATE SET payload = excluded.payload

-- name: get_rendition
SELECT payload FROM renditions WHERE transfer = $1 AND form = $2

-- name: insert_door_use
INSERT INTO door_uses (agreement, version, file, since, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (agreement, version, file, since) DO NOTHING
RETURNING at

-- name: page_door_uses
SELECT version, file, since, at FROM door_uses WHERE agreement = $1 AND (version, file, since) > ($2, $3, $4)
ORDER BY version, file, since LIMIT $5

-- name: next_door_version
SELECT coalesce(max(number) + 1, 0) FROM door_versions WHERE agreement = $1

-- name: insert_door_version
INSERT INTO door_versions (agreement, number, transfer, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (transfer) DO NOTHING

-- name: door_versions
SELECT number, transfer, at FROM door_versions WHERE agreement = $1 ORDER BY number

-- name: count_door_question
INSERT INTO door_questions (agreement, since, questions, answered) VALUES ($1, $2, 1, $3)
ON CONFLICT (agreement, since) DO UPDATE
SET questions = door_questions.questions + 1, answered = door_questions.answered + excluded.answered

-- name: door_questions
SELECT questions, answered FROM door_questions WHERE agreement = $1 AND since = $2
