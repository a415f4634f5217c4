-- One file for one data set. Whoever has the file without its key sees how many values there are of which kind, when
-- they were first seen, and what was done.
CREATE TABLE vault (
    version INTEGER NOT NULL,
    name    TEXT NOT NULL,          -- of the data set
    made_at TEXT NOT NULL,
    proof   BLOB NOT NULL           -- a known text, sealed: tells the right key
) STRICT;

CREATE TABLE domains (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE       -- kind of value
) STRICT;

CREATE TABLE releases (
    id     INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    source TEXT NOT NULL,           -- name of the table
    digest TEXT NOT NULL DEFAULT '' -- of what left; empty: nothing has
) STRICT;

CREATE TABLE entries (
    id      INTEGER PRIMARY KEY AUTOINCREMENT, -- the token is this number under the key; none is given twice
    place   BLOB NOT NULL UNIQUE,   -- MAC of the value under a key of its domain
    sealed  BLOB NOT NULL,          -- the value, bound to number and place
    domain  INTEGER NOT NULL REFERENCES domains (id),
    release INTEGER NOT NULL REFERENCES releases (id) -- the first that asked
) STRICT;

CREATE TABLE acts (
    id     INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    act    TEXT NOT NULL,
    reason TEXT NOT NULL,
    told   TEXT NOT NULL,           -- JSON: tokens and numbers, never a value
    chain  TEXT NOT NULL            -- digest of this act and the chain before it
) STRICT;
