-- Witnesses: whose logs this node watches, who watches its own, and logs that were found to be two.

CREATE TABLE log_witnessed (
    origin TEXT PRIMARY KEY,
    note   TEXT NOT NULL                -- the largest checkpoint that was found consistent
) STRICT;

CREATE TABLE log_cosigners (
    peer     TEXT PRIMARY KEY,
    size     INTEGER NOT NULL,          -- of the largest checkpoint of ours that the peer has cosigned
    due_at   INTEGER NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;

CREATE TABLE log_forks (
    digest  TEXT PRIMARY KEY,
    origin  TEXT NOT NULL,
    payload BLOB NOT NULL
) STRICT;
