-- name: put_consent_act
INSERT INTO consent_acts (source, epoch, payload, subjects) VALUES ($1, $2, $3, $4)

-- name: consent_acts
SELECT payload FROM consent_acts WHERE source = $1 ORDER BY epoch

-- name: consent_subjects
SELECT subjects FROM consent_acts WHERE source = $1 AND epoch = $2

-- name: consent_epoch
SELECT MAX(epoch) FROM consent_acts WHERE source = $1

-- name: put_consent_release
INSERT INTO consent_releases (transfer, source, epoch) VALUES ($1, $2, $3)

-- name: consent_releases
SELECT transfer FROM consent_releases WHERE source = $1 AND epoch < $2 ORDER BY epoch

-- name: forget_consent_release
DELETE FROM consent_releases WHERE transfer = $1
