-- Who is under common control with whom, as ownership files told. The newest holds; earlier ones stay, so that what the log says of them can be looked up.

CREATE TABLE control (
    version INTEGER PRIMARY KEY,
    payload BLOB NOT NULL
) STRICT;
