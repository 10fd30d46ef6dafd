-- The contact as suppressions know it; what the gateway calls the message, and what it last said of it;
-- what a waiting message waits for; which message it repeats; whom or what it is about.
ALTER TABLE notifications ADD COLUMN contact_key TEXT;
ALTER TABLE notifications ADD COLUMN gateway_id TEXT;
ALTER TABLE notifications ADD COLUMN gateway_status TEXT;
ALTER TABLE notifications ADD COLUMN last_attempt_at INTEGER;
ALTER TABLE notifications ADD COLUMN waits_for TEXT;
ALTER TABLE notifications ADD COLUMN resent_from BLOB;
ALTER TABLE notifications ADD COLUMN subject BLOB;
-- Whether somebody waits for it, and since when it waits for its contact's next day.
ALTER TABLE notifications ADD COLUMN awaited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN capped_since INTEGER;
UPDATE notifications SET awaited = 1 WHERE finished_at IS NULL AND kind IN ('contact_code', 'password_reset');
-- What is sent next, of those that somebody waits for and of the others.
DROP INDEX notifications_due;
CREATE INDEX notifications_next ON notifications (awaited, method, due_at, id) WHERE finished_at IS NULL;
CREATE INDEX notifications_contact ON notifications (contact_key, tenant_id);

-- Contacts that nothing is sent to, in the form in which contacts are compared.
CREATE TABLE suppressions (
    id BLOB PRIMARY KEY,
    method TEXT NOT NULL,
    contact_key TEXT NOT NULL,
    reason TEXT NOT NULL,
    notification_id BLOB REFERENCES notifications (id),
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX suppressions_contact ON suppressions (method, contact_key);
CREATE INDEX suppressions_newest ON suppressions (method, id);
