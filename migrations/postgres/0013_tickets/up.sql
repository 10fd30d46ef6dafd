-- Case numbers, `C-000123`: one series for the whole desk. A number that was drawn in a transaction which failed
-- is left out.
CREATE SEQUENCE ticket_numbers;

-- Tickets, which the desk calls cases. `subject` is masked; what was written stands sealed in ticket_originals.
-- `is_for_team` says that the organisation sees it: a user of its own asks, or it takes part. `outcome` is the
-- policy's: one that waits for a proof keeps the desk from acting. `is_confirmed` says that an emergency is one.
-- `waiting_since` is set while somebody else than the desk is waited for; the targets move on by as long.
CREATE TABLE tickets (
    id uuid PRIMARY KEY,
    number bigint NOT NULL,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    kind text NOT NULL CHECK (kind IN ('ordinary', 'emergency')),
    state text NOT NULL CHECK (state IN ('new', 'open', 'waiting_on_requester', 'waiting_on_organization', 'waiting_on_development', 'closed')),
    tier bigint NOT NULL CHECK (tier IN (1, 2)),
    priority text NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    resolution text,
    assignee_id uuid REFERENCES accounts (id),
    request_type text NOT NULL,
    outcome text NOT NULL,
    decision_id uuid NOT NULL REFERENCES decisions (id),
    requester text NOT NULL,
    requester_id uuid REFERENCES accounts (id),
    channel text NOT NULL,
    verification text NOT NULL,
    locale text NOT NULL,
    application_id uuid REFERENCES applications (id),
    help_search_id uuid,
    is_confirmed boolean NOT NULL,
    is_for_team boolean NOT NULL,
    organization_takes_part boolean NOT NULL,
    subject text NOT NULL,
    first_answer_due_at timestamptz,
    first_answered_at timestamptz,
    resolution_due_at timestamptz,
    waiting_since timestamptz,
    closed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((state = 'closed') = (resolution IS NOT NULL))
);
ALTER SEQUENCE ticket_numbers OWNED BY tickets.number;
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
    ticket_id uuid PRIMARY KEY REFERENCES tickets (id),
    subject bytea,
    caller bytea,
    names bytea NOT NULL
);

-- What was said and what happened, in one row of time. `text` is masked, `original` is what was written, sealed,
-- where something was masked. `author` is a role, or `system`, `public` or `caller`. What is internal is the desk's
-- alone. `hints` names what was masked, and never the words.
CREATE TABLE ticket_entries (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('reply', 'note', 'event')),
    author text NOT NULL,
    author_id uuid REFERENCES accounts (id),
    transition text,
    is_internal boolean NOT NULL,
    text text,
    original bytea,
    hints jsonb NOT NULL,
    detail jsonb NOT NULL
);
CREATE INDEX ticket_entries_ticket ON ticket_entries (ticket_id, at, id);

-- How tickets have to do with each other: one goes on from another, or was merged into it.
CREATE TABLE ticket_links (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    kind text NOT NULL,
    other_id uuid NOT NULL REFERENCES tickets (id),
    linked_at timestamptz NOT NULL
);
CREATE INDEX ticket_links_ticket ON ticket_links (ticket_id, kind);
CREATE INDEX ticket_links_other ON ticket_links (other_id, kind);

-- Who is told of what is said on a ticket, and sees it, beside its requester.
CREATE TABLE ticket_watchers (
    account_id uuid NOT NULL REFERENCES accounts (id),
    opened_at timestamptz NOT NULL,
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    added_by uuid NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (ticket_id, account_id)
);
CREATE INDEX ticket_watchers_account ON ticket_watchers (account_id, opened_at, ticket_id);

-- What the second tier did on a ticket; one at least stands here before it is resolved there (TS).
CREATE TABLE ticket_actions (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    kind text NOT NULL,
    recorded_by uuid NOT NULL REFERENCES accounts (id),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX ticket_actions_ticket ON ticket_actions (ticket_id, recorded_at, id);
