DROP TABLE suppressions;
DROP INDEX notifications_contact;
ALTER TABLE notifications DROP COLUMN subject;
ALTER TABLE notifications DROP COLUMN resent_from;
ALTER TABLE notifications DROP COLUMN waits_for;
ALTER TABLE notifications DROP COLUMN last_attempt_at;
ALTER TABLE notifications DROP COLUMN gateway_status;
ALTER TABLE notifications DROP COLUMN gateway_id;
ALTER TABLE notifications DROP COLUMN contact_key;
