CREATE TABLE audit_entries (
    id uuid PRIMARY KEY,
    chain text NOT NULL,
    tenant_id uuid,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor uuid,
    session uuid,
    action text NOT NULL,
    target uuid,
    outcome text NOT NULL CHECK (outcome IN ('done', 'denied')),
    rule text,
    count bigint NOT NULL,
    detail text,
    address text,
    request text NOT NULL,
    mac bytea NOT NULL
);
-- Newest first: all of it, or by one of the filters, within a chain or across them.
CREATE INDEX audit_entries_newest ON audit_entries (at, id);
CREATE INDEX audit_entries_chain ON audit_entries (chain, at, id);
CREATE INDEX audit_entries_actor ON audit_entries (actor, at, id);
CREATE INDEX audit_entries_action ON audit_entries (action, at, id);
CREATE INDEX audit_entries_target ON audit_entries (target, at, id);
CREATE INDEX audit_entries_outcome ON audit_entries (outcome, at, id);

CREATE TABLE audit_pending (
    entry_id uuid PRIMARY KEY REFERENCES audit_entries (id),
    chain text NOT NULL
);

CREATE TABLE audit_seals (
    chain text NOT NULL,
    seq bigint NOT NULL,
    entry_id uuid NOT NULL UNIQUE REFERENCES audit_entries (id),
    hash bytea NOT NULL,
    PRIMARY KEY (chain, seq)
);

CREATE TABLE audit_chains (
    chain text PRIMARY KEY,
    seq bigint NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE denial_sums (
    key bytea PRIMARY KEY,
    opened_at timestamptz NOT NULL,
    repeats bigint NOT NULL,
    entry jsonb NOT NULL
);
CREATE INDEX denial_sums_opened ON denial_sums (opened_at);

-- The application's role gets no UPDATE, DELETE or TRUNCATE on entries and seals: see `migrate`.
