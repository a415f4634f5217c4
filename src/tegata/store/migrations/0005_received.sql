-- When a message was answered, so that its answer is not kept for ever. What came before this step stays.

ALTER TABLE received ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX received_by_time ON received (at) WHERE at > 0;
