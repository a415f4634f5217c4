-- Versions of a table behind doors: what was delivered under one agreement, in turn.

CREATE TABLE door_versions (
    agreement TEXT NOT NULL,
    number    INTEGER NOT NULL,         -- 0, 1, 2 ...
    transfer  TEXT NOT NULL UNIQUE REFERENCES releases (transfer),
    at        INTEGER NOT NULL,         -- when its doors opened
    PRIMARY KEY (agreement, number)
) STRICT;
