-- Tickets, which the desk calls cases. `subject` is masked; what was written stands sealed in ticket_originals.
-- `is_for_team` says that the organisation sees it: a user of its own asks, or it takes part. `outcome` is the
-- policy's: one that waits for a proof keeps the desk from acting. `is_confirmed` says that an emergency is one.
-- `waiting_since` is set while somebody else than the desk is waited for; the targets move on by as long.
CREATE TABLE tickets (
    id BLOB PRIMARY KEY,
    number INTEGER NOT NULL,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    kind TEXT NOT NULL CHECK (kind IN ('ordinary', 'emergency')),
    state TEXT NOT NULL CHECK (state IN ('new', 'open', 'waiting_on_requester', 'waiting_on_organization', 'waiting_on_development', 'closed')),
    tier INTEGER NOT NULL CHECK (tier IN (1, 2)),
    priority TEXT NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    resolution TEXT,
    assignee_id BLOB REFERENCES accounts (id),
    request_type TEXT NOT NULL,
    outcome TEXT NOT NULL,
    decision_id BLOB NOT NULL REFERENCES decisions (id),
    requester TEXT NOT NULL,
    requester_id BLOB REFERENCES accounts (id),
    channel TEXT NOT NULL,
    verification TEXT NOT NULL,
    locale TEXT NOT NULL,
    application_id BLOB REFERENCES applications (id),
    help_search_id BLOB,
    is_confirmed INTEGER NOT NULL,
    is_for_team INTEGER NOT NULL,
    organization_takes_part INTEGER NOT NULL,
    subject TEXT NOT NULL,
    first_answer_due_at INTEGER,
    first_answered_at INTEGER,
    resolution_due_at INTEGER,
    waiting_since INTEGER,
    closed_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((state = 'closed') = (resolution IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX tickets_number ON tickets (number);
-- Newest first: an organisation's, somebody's own, the desk's queues, and all.
CREATE INDEX tickets_tenant ON tickets (tenant_id, created_at, id);
CREATE INDEX tickets_tenant_state ON tickets (tenant_id, state, created_at, id);
CREATE INDEX tickets_requester ON tickets (requester_id, created_at, id);
CREATE INDEX tickets_assignee ON tickets (assignee_id, created_at, id);
CREATE INDEX tickets_unassigned ON tickets (tier, created_at, id) WHERE assignee_id IS NULL AND closed_at IS NULL;
CREATE INDEX tickets_tier ON tickets (tier, created_at, id);
CREATE INDEX tickets_state ON tickets (state, created_at, id);
CREATE INDEX tickets_newest ON tickets (created_at, id);
CREATE INDEX tickets_help_search ON tickets (help_search_id) WHERE help_search_id IS NOT NULL;

-- What must not be read by everybody who reads the ticket, each sealed: the subject as it was written, who a
-- caller without an account is, and the names that the case has met.
CREATE TABLE ticket_originals (
    ticket_id BLOB PRIMARY KEY REFERENCES tickets (id),
    subject BLOB,
    caller BLOB,
    names BLOB NOT NULL
) STRICT;

-- What was said and what happened, in one row of time. `text` is masked, `original` is what was written, sealed,
-- where something was masked. `author` is a role, or `system`, `public` or `caller`. What is internal is the desk's
-- alone. `hints` names what was masked, and never the words.
CREATE TABLE ticket_entries (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('reply', 'note', 'event')),
    author TEXT NOT NULL,
    author_id BLOB REFERENCES accounts (id),
    transition TEXT,
    is_internal INTEGER NOT NULL,
    text TEXT,
    original BLOB,
    hints TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX ticket_entries_ticket ON ticket_entries (ticket_id, at, id);

-- How tickets have to do with each other: one goes on from another, or was merged into it.
CREATE TABLE ticket_links (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    kind TEXT NOT NULL,
    other_id BLOB NOT NULL REFERENCES tickets (id),
    linked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ticket_links_ticket ON ticket_links (ticket_id, kind);
CREATE INDEX ticket_links_other ON ticket_links (other_id, kind);

-- Who is told of what is said on a ticket, and sees it, beside its requester.
CREATE TABLE ticket_watchers (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    opened_at INTEGER NOT NULL,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    added_by BLOB NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, account_id)
) STRICT;
CREATE INDEX ticket_watchers_account ON ticket_watchers (account_id, opened_at, ticket_id);

-- What the second tier did on a ticket; one at least stands here before it is resolved there (TS).
CREATE TABLE ticket_actions (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    kind TEXT NOT NULL,
    recorded_by BLOB NOT NULL REFERENCES accounts (id),
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ticket_actions_ticket ON ticket_actions (ticket_id, recorded_at, id);
