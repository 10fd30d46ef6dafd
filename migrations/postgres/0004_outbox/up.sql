CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    tenant_id uuid REFERENCES tenants (id),
    kind text NOT NULL,
    method text NOT NULL,
    recipient text NOT NULL,
    locale text NOT NULL,
    facts jsonb NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL,
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX notifications_due ON notifications (due_at, id) WHERE finished_at IS NULL;
CREATE INDEX notifications_tenant ON notifications (tenant_id, id);

CREATE TABLE idempotency_answers (
    key bytea PRIMARY KEY,
    fingerprint bytea NOT NULL,
    status integer NOT NULL,
    location text,
    etag text,
    body text,
    expires_at timestamptz NOT NULL
);
CREATE INDEX idempotency_answers_expiry ON idempotency_answers (expires_at);
