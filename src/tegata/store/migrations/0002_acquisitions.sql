-- What this node fetches for itself: a negotiation that it began as consumer, and the transfer that came of it.

CREATE TABLE acquisitions (
    negotiation TEXT PRIMARY KEY REFERENCES processes (id),
    transfer    TEXT UNIQUE REFERENCES processes (id),              -- NULL until the agreement is final
    payload     BLOB NOT NULL
) STRICT;
