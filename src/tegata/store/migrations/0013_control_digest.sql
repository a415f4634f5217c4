-- What tells one version of common control from another that got its number after the first was undone.

ALTER TABLE control ADD COLUMN digest TEXT NOT NULL DEFAULT '';
