-- What has left under each agreement: counted once per transfer, however often it was asked for.

CREATE TABLE volumes (
    transfer  TEXT PRIMARY KEY REFERENCES processes (id),
    agreement TEXT NOT NULL,
    bytes     INTEGER NOT NULL,
    records   INTEGER NOT NULL
) STRICT;
CREATE INDEX volumes_by_agreement ON volumes (agreement);
