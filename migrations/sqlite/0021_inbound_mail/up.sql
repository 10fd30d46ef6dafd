-- Emails that were taken as answers, by a keyed hash of what they call themselves, whom they are from and their
-- ticket: one that is handed over again is not taken twice.
CREATE TABLE taken_emails (
    key BLOB PRIMARY KEY,
    taken_at INTEGER NOT NULL
) STRICT;
CREATE INDEX taken_emails_taken ON taken_emails (taken_at);
