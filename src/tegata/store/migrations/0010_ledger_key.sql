-- Under which key the ledger knows its people: a mark of it, from which the key cannot be told.

CREATE TABLE ledger_key (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    mark TEXT NOT NULL
) STRICT;
