-- The decision log: what the policy said to whom, by which rule, from which facts. Never changed. The
-- entry of the audit holds the digest of the row, and so its place in the chain. `ticket_id` is that of
-- the ticket on which it was acted; `month` is the year times a hundred and the month, in UTC.
CREATE TABLE decisions (
    id uuid PRIMARY KEY,
    tenant_id uuid REFERENCES tenants (id),
    at timestamptz NOT NULL,
    month integer NOT NULL,
    ticket_id uuid,
    actor_kind text NOT NULL,
    actor_id uuid REFERENCES accounts (id),
    requester text NOT NULL,
    requester_id uuid REFERENCES accounts (id),
    verification text NOT NULL,
    channel text NOT NULL,
    request_type text NOT NULL,
    rule text,
    outcome text NOT NULL,
    effects jsonb NOT NULL,
    missing jsonb NOT NULL,
    facts jsonb NOT NULL,
    policy_version text NOT NULL,
    locale text NOT NULL,
    said text NOT NULL,
    request text NOT NULL,
    audit_entry_id uuid NOT NULL UNIQUE REFERENCES audit_entries (id)
);
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

-- The application's role gets no UPDATE, DELETE or TRUNCATE: see `migrate`.
