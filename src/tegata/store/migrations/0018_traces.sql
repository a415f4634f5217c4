-- What releases told, as keyed hashes, so that later ones can be measured beside them; and to whom each went.

CREATE TABLE traces (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    source  TEXT NOT NULL,                                           -- a data set's: who publishes it anew changes nothing
    digest  TEXT NOT NULL,                                           -- of its bytes and plan: the same tell the same
    told    BLOB,                                                    -- NULL: it was too much to be kept
    UNIQUE (source, digest)
) STRICT;
CREATE INDEX traces_by_source ON traces (source, number);

CREATE TABLE traced (
    transfer  TEXT PRIMARY KEY REFERENCES processes (id),
    trace     INTEGER NOT NULL REFERENCES traces (number),
    recipient TEXT NOT NULL
) STRICT;
CREATE INDEX traced_by_trace ON traced (trace, recipient);
