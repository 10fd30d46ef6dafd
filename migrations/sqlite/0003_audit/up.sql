CREATE TABLE audit_entries (
    id BLOB PRIMARY KEY,
    chain TEXT NOT NULL,
    tenant_id BLOB,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor BLOB,
    session BLOB,
    action TEXT NOT NULL,
    target BLOB,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'denied')),
    rule TEXT,
    count INTEGER NOT NULL,
    detail TEXT,
    address TEXT,
    request TEXT NOT NULL,
    mac BLOB NOT NULL
) STRICT;
-- Newest first: all of it, or by one of the filters, within a chain or across them.
CREATE INDEX audit_entries_newest ON audit_entries (at, id);
CREATE INDEX audit_entries_chain ON audit_entries (chain, at, id);
CREATE INDEX audit_entries_actor ON audit_entries (actor, at, id);
CREATE INDEX audit_entries_action ON audit_entries (action, at, id);
CREATE INDEX audit_entries_target ON audit_entries (target, at, id);
CREATE INDEX audit_entries_outcome ON audit_entries (outcome, at, id);

CREATE TABLE audit_pending (
    entry_id BLOB PRIMARY KEY REFERENCES audit_entries (id),
    chain TEXT NOT NULL
) STRICT;

CREATE TABLE audit_seals (
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    entry_id BLOB NOT NULL UNIQUE REFERENCES audit_entries (id),
    hash BLOB NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT;

CREATE TABLE audit_chains (
    chain TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE denial_sums (
    key BLOB PRIMARY KEY,
    opened_at INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    entry TEXT NOT NULL
) STRICT;
CREATE INDEX denial_sums_opened ON denial_sums (opened_at);

CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
