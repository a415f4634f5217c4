-- name: put_trace
INSERT INTO traces (source, digest, told) VALUES ($1, $2, $3)
ON CONFLICT (source, digest) DO NOTHING

-- name: put_traced
INSERT INTO traced_tables (transfer, source, trace, recipient)
SELECT $1, source, number, $2 FROM traces WHERE source = $3 AND digest = $4

-- name: traces_of
SELECT number, digest, EXISTS (SELECT 1 FROM traced_tables WHERE trace = number AND recipient = $1)
FROM traces WHERE source = $2 AND number > $3 ORDER BY number

-- name: told_by_trace
SELECT told FROM traces WHERE number = $1
