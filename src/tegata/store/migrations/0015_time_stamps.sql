-- Time-stamping: how far each authority has stamped the checkpoints of this node's log.

CREATE TABLE log_time_stamps (
    authority  TEXT PRIMARY KEY,
    size       INTEGER NOT NULL,          -- of the largest checkpoint that it has stamped
    stamped_at INTEGER NOT NULL,          -- the time that it stated; 0 before the first
    due_at     INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,          -- in vain since
    why        TEXT NOT NULL              -- the last of them failed
) STRICT;
