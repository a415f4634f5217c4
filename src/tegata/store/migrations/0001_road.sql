-- Everything that the road needs: who, what, on which terms, the two processes, what is to be sent, what was seen, what is proven.
-- Payload columns hold the JSON of a noun of `tegata.model`; the columns beside them are there to be searched by.
-- Times are microseconds since 1970-01-01T00:00:00Z. No constraint is DEFERRABLE: it would break at COMMIT, and so for a whole group.

CREATE TABLE participants (
    id      TEXT PRIMARY KEY,
    origin  TEXT NOT NULL,              -- scheme://host[:port] of its address, '' when it has none
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX participants_by_origin ON participants (origin, id);

CREATE TABLE datasets (
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,           -- counts from 1; the highest is the one on offer
    payload BLOB NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;

CREATE TABLE decisions (
    digest  TEXT PRIMARY KEY,
    payload BLOB NOT NULL               -- the very bytes that `digest` was taken of
) STRICT;

CREATE TABLE processes (
    id       TEXT PRIMARY KEY,
    kind     TEXT NOT NULL CHECK (kind IN ('negotiation', 'transfer')),
    role     TEXT NOT NULL CHECK (role IN ('provider', 'consumer')),
    peer     TEXT NOT NULL,
    peer_pid TEXT NOT NULL,             -- '' until the peer has told it
    state    TEXT NOT NULL,
    version  INTEGER NOT NULL,
    payload  BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX processes_by_peer ON processes (peer, peer_pid, role, kind) WHERE peer_pid <> '';
CREATE INDEX processes_by_state ON processes (kind, state, id);

CREATE TABLE agreements (
    id          TEXT PRIMARY KEY,
    negotiation TEXT NOT NULL UNIQUE REFERENCES processes (id),     -- at most one agreement comes of a negotiation
    payload     BLOB NOT NULL
) STRICT;

CREATE TABLE releases (
    transfer   TEXT PRIMARY KEY REFERENCES processes (id),
    token_hash TEXT NOT NULL UNIQUE,
    payload    BLOB NOT NULL
) STRICT;

CREATE TABLE outbox (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,                     -- order of writing
    id       TEXT NOT NULL UNIQUE,
    process  TEXT NOT NULL REFERENCES processes (id),
    due_at   INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    payload  BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_by_due ON outbox (due_at, seq);
CREATE INDEX outbox_by_process ON outbox (process, seq);

CREATE TABLE replay (
    issuer     TEXT NOT NULL,
    jti        TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX replay_by_expiry ON replay (expires_at);

CREATE TABLE received (
    peer    TEXT NOT NULL,
    process TEXT NOT NULL,
    type    TEXT NOT NULL,
    digest  TEXT NOT NULL,
    status  INTEGER NOT NULL,
    body    BLOB NOT NULL,
    PRIMARY KEY (peer, process, type, digest)
) STRICT;

CREATE TABLE log_entries (
    idx     INTEGER PRIMARY KEY,        -- counts from 0 without a gap
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    data    BLOB NOT NULL
) STRICT;
CREATE INDEX log_entries_by_subject ON log_entries (subject, idx);

CREATE TABLE log_nodes (
    level INTEGER NOT NULL,             -- 0: leaves
    idx   INTEGER NOT NULL,
    hash  BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE log_checkpoints (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;
