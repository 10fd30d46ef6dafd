-- The contact as suppressions know it; what the gateway calls the message, and what it last said of it;
-- what a waiting message waits for; which message it repeats; whom or what it is about.
ALTER TABLE notifications ADD COLUMN contact_key text;
ALTER TABLE notifications ADD COLUMN gateway_id text;
ALTER TABLE notifications ADD COLUMN gateway_status text;
ALTER TABLE notifications ADD COLUMN last_attempt_at timestamptz;
ALTER TABLE notifications ADD COLUMN waits_for text;
ALTER TABLE notifications ADD COLUMN resent_from uuid;
ALTER TABLE notifications ADD COLUMN subject uuid;
-- Whether somebody waits for it, and since when it waits for its contact's next day.
ALTER TABLE notifications ADD COLUMN awaited boolean NOT NULL DEFAULT false;
ALTER TABLE notifications ADD COLUMN capped_since timestamptz;
UPDATE notifications SET awaited = true WHERE finished_at IS NULL AND kind IN ('contact_code', 'password_reset');
-- What is sent next, of those that somebody waits for and of the others.
DROP INDEX notifications_due;
CREATE INDEX notifications_next ON notifications (awaited, method, due_at, id) WHERE finished_at IS NULL;
CREATE INDEX notifications_contact ON notifications (contact_key, tenant_id);

-- Contacts that nothing is sent to, in the form in which contacts are compared.
CREATE TABLE suppressions (
    id uuid PRIMARY KEY,
    method text NOT NULL,
    contact_key text NOT NULL,
    reason text NOT NULL,
    notification_id uuid REFERENCES notifications (id),
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX suppressions_contact ON suppressions (method, contact_key);
CREATE INDEX suppressions_newest ON suppressions (method, id);
