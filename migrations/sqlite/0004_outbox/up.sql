CREATE TABLE notifications (
    id BLOB PRIMARY KEY,
    tenant_id BLOB REFERENCES tenants (id),
    kind TEXT NOT NULL,
    method TEXT NOT NULL,
    recipient TEXT NOT NULL,
    locale TEXT NOT NULL,
    facts TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE INDEX notifications_due ON notifications (due_at, id) WHERE finished_at IS NULL;
CREATE INDEX notifications_tenant ON notifications (tenant_id, id);

CREATE TABLE idempotency_answers (
    key BLOB PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    location TEXT,
    etag TEXT,
    body TEXT,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_answers_expiry ON idempotency_answers (expires_at);
