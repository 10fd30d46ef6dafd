-- What tickets are found by: the stems of what is said on them, masked, and the words as they are written. A term
-- stands once for a ticket. `is_internal` says that it is said in what is the desk's alone, and nowhere else.
CREATE TABLE ticket_terms (
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    term TEXT NOT NULL,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    created_at INTEGER NOT NULL,
    is_internal INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, term)
) STRICT, WITHOUT ROWID;
-- The desk's search, and an organisation's; nothing else is read.
CREATE INDEX ticket_terms_desk ON ticket_terms (term, created_at, ticket_id, is_internal);
CREATE INDEX ticket_terms_tenant ON ticket_terms (tenant_id, term, created_at, ticket_id, is_internal);

-- The file of an export of tickets, in parts, each sealed: its maker's alone, and kept for a day.
CREATE TABLE ticket_export_parts (
    job_id BLOB NOT NULL REFERENCES jobs (id),
    seq INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (job_id, seq)
) STRICT;
