-- What tickets are found by: the stems of what is said on them, masked, and the words as they are written. A term
-- stands once for a ticket. `is_internal` says that it is said in what is the desk's alone, and nowhere else.
CREATE TABLE ticket_terms (
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    term text COLLATE "C" NOT NULL,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    created_at timestamptz NOT NULL,
    is_internal boolean NOT NULL,
    PRIMARY KEY (ticket_id, term)
);
-- The desk's search, and an organisation's; nothing else is read.
CREATE INDEX ticket_terms_desk ON ticket_terms (term, created_at, ticket_id, is_internal);
CREATE INDEX ticket_terms_tenant ON ticket_terms (tenant_id, term, created_at, ticket_id, is_internal);

-- The file of an export of tickets, in parts, each sealed: its maker's alone, and kept for a day.
CREATE TABLE ticket_export_parts (
    job_id uuid NOT NULL REFERENCES jobs (id),
    seq integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (job_id, seq)
);
