-- Work that is owed, and who has taken it upon itself. While somebody holds a row, `due_at` is the end of the lease: from then on
-- it is due for everybody. A finished process owes nothing and stands in no index of what is due.

ALTER TABLE processes ADD COLUMN due_at INTEGER;                    -- when its next step is due; NULL when none is owed
ALTER TABLE processes ADD COLUMN owner TEXT NOT NULL DEFAULT '';    -- who holds it, '' when nobody does
CREATE INDEX processes_by_due ON processes (due_at) WHERE due_at IS NOT NULL;
ALTER TABLE outbox ADD COLUMN owner TEXT NOT NULL DEFAULT '';

-- Every process that may owe a step is looked at once.
UPDATE processes SET due_at = 0 WHERE state NOT IN ('FINALIZED', 'TERMINATED', 'COMPLETED');
UPDATE processes SET due_at = 0 WHERE id IN (SELECT negotiation FROM acquisitions WHERE transfer IS NULL);
DROP INDEX processes_by_state;
