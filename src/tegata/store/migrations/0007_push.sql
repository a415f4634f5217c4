-- Where a consumer wants its data pushed to, with the secret that opens it there; until the transfer ends.

CREATE TABLE push_addresses (
    transfer TEXT PRIMARY KEY REFERENCES processes (id),
    address  BLOB NOT NULL                                          -- the data address as it came
) STRICT;
