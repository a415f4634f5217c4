-- A release of several tables has a trace for each: to whom what each of them told went.

CREATE TABLE traced_tables (
    transfer  TEXT NOT NULL REFERENCES processes (id),
    source    TEXT NOT NULL,
    trace     INTEGER NOT NULL REFERENCES traces (number),
    recipient TEXT NOT NULL,
    PRIMARY KEY (transfer, source)
) STRICT;
INSERT INTO traced_tables (transfer, source, trace, recipient)
SELECT transfer, source, trace, recipient FROM traced JOIN traces ON trace = number;
DROP TABLE traced;
CREATE INDEX traced_tables_by_trace ON traced_tables (trace, recipient);
