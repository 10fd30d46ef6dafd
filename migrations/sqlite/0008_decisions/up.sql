-- The decision log: what the policy said to whom, by which rule, from which facts. Never changed. The
-- entry of the audit holds the digest of the row, and so its place in the chain. `ticket_id` is that of
-- the ticket on which it was acted; `month` is the year times a hundred and the month, in UTC.
CREATE TABLE decisions (
    id BLOB PRIMARY KEY,
    tenant_id BLOB REFERENCES tenants (id),
    at INTEGER NOT NULL,
    month INTEGER NOT NULL,
    ticket_id BLOB,
    actor_kind TEXT NOT NULL,
    actor_id BLOB REFERENCES accounts (id),
    requester TEXT NOT NULL,
    requester_id BLOB REFERENCES accounts (id),
    verification TEXT NOT NULL,
    channel TEXT NOT NULL,
    request_type TEXT NOT NULL,
    rule TEXT,
    outcome TEXT NOT NULL,
    effects TEXT NOT NULL,
    missing TEXT NOT NULL,
    facts TEXT NOT NULL,
    policy_version TEXT NOT NULL,
    locale TEXT NOT NULL,
    said TEXT NOT NULL,
    request TEXT NOT NULL,
    audit_entry_id BLOB NOT NULL UNIQUE REFERENCES audit_entries (id)
) STRICT;
-- Newest first: all of it, or by one of the filters, within a tenant or across them.
CREATE INDEX decisions_newest ON decisions (at, id);
CREATE INDEX decisions_tenant ON decisions (tenant_id, at, id);
CREATE INDEX decisions_rule ON decisions (rule, at, id);
CREATE INDEX decisions_request_type ON decisions (request_type, at, id);
CREATE INDEX decisions_outcome ON decisions (outcome, at, id);
CREATE INDEX decisions_ticket ON decisions (ticket_id, at, id) WHERE ticket_id IS NOT NULL;
-- Counts per rule and month, from the index alone.
CREATE INDEX decisions_month ON decisions (month, rule, outcome);
CREATE INDEX decisions_tenant_month ON decisions (tenant_id, month, rule, outcome);

CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions
BEGIN
    SELECT RAISE(ABORT, 'the decision log is append-only');
END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions
BEGIN
    SELECT RAISE(ABORT, 'the decision log is append-only');
END;
