DROP TABLE ticket_targets;
DROP INDEX tickets_tier_due;
DROP INDEX tickets_due;
ALTER TABLE tickets DROP COLUMN next_due_at;
