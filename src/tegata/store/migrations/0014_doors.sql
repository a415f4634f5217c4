-- Doors: other forms of a release, and who opened what in which window of time.

CREATE TABLE renditions (
    transfer TEXT NOT NULL REFERENCES releases (transfer),
    form     TEXT NOT NULL,             -- csv-bom, parquet ...
    payload  BLOB NOT NULL,
    PRIMARY KEY (transfer, form)
) STRICT;

CREATE TABLE door_uses (
    agreement TEXT NOT NULL,
    version   TEXT NOT NULL,            -- digest of the release
    file      TEXT NOT NULL,
    since     INTEGER NOT NULL,         -- where the window begins
    at        INTEGER NOT NULL,         -- the first use in it
    PRIMARY KEY (agreement, version, file, since)
) STRICT;
