-- Endorsements: which further key speaks for a log, as the key that names it has signed.

CREATE TABLE log_endorsements (
    digest TEXT PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE,           -- did:key of the log or witness
    note   TEXT NOT NULL
) STRICT;
