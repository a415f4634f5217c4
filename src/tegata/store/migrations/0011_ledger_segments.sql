-- An account lies in segments, so that to add a few people writes a few. Whoever stands in several was seen last at the latest of their times.

CREATE TABLE ledger_segments (
    participant TEXT NOT NULL,
    pack        TEXT NOT NULL,
    category    TEXT NOT NULL,
    number      INTEGER NOT NULL,                                   -- of this account, in the order in which they were added
    dropped_at  INTEGER NOT NULL,                                   -- when the last of those for whom there is no room was seen, or -1
    above_at    INTEGER NOT NULL,                                   -- when subjects were last counted from above, or -1
    tokens      BLOB NOT NULL,
    times       BLOB NOT NULL,
    PRIMARY KEY (participant, pack, category, number)
) STRICT;

INSERT INTO ledger_segments (participant, pack, category, number, dropped_at, above_at, tokens, times)
SELECT participant, pack, category, 1, dropped_at, above_at, tokens, times FROM ledger_accounts;

DROP TABLE ledger_accounts;
