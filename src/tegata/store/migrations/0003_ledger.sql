-- People counted over transfers. Subjects are keyed tokens of 64 bits; columns `tokens` and `times` hold as many of them, little-endian.

CREATE TABLE ledger_subjects (                                      -- whom a source concerns, told by its scan
    source   TEXT NOT NULL,                                         -- digest of its bytes
    pack     TEXT NOT NULL,                                         -- the rule pack that counts
    category TEXT NOT NULL,
    above    INTEGER NOT NULL,                                      -- how many of them are counted from above
    tokens   BLOB NOT NULL,
    PRIMARY KEY (source, pack, category)
) STRICT;

CREATE TABLE ledger_accounts (                                      -- who went to a participant, the last seen of them
    participant TEXT NOT NULL,
    pack        TEXT NOT NULL,
    category    TEXT NOT NULL,
    dropped_at  INTEGER NOT NULL,                                   -- when the last of those for whom there is no room was seen, or -1
    above_at    INTEGER NOT NULL,                                   -- when subjects were last counted from above, or -1
    tokens      BLOB NOT NULL,
    times       BLOB NOT NULL,
    PRIMARY KEY (participant, pack, category)
) STRICT;

CREATE TABLE ledger_reservations (                                  -- who is on the way in a transfer that has not ended
    transfer    TEXT NOT NULL REFERENCES processes (id),
    participant TEXT NOT NULL,
    pack        TEXT NOT NULL,
    category    TEXT NOT NULL,
    handed_out  INTEGER NOT NULL,                                   -- 1 from before the first byte leaves
    above       INTEGER NOT NULL,
    tokens      BLOB NOT NULL,
    PRIMARY KEY (transfer, pack, category)
) STRICT;
CREATE INDEX ledger_reservations_by_participant ON ledger_reservations (participant, pack, category);
