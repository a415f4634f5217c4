-- Publishing: how far the copy of this node's log is known to lie at each place where it is published.

CREATE TABLE log_publications (
    place        TEXT PRIMARY KEY,
    size         INTEGER NOT NULL,          -- of the largest checkpoint that was published there
    published_at INTEGER NOT NULL,          -- 0 before the first
    attempts     INTEGER NOT NULL,          -- in vain since
    why          TEXT NOT NULL              -- the last of them failed
) STRICT;
