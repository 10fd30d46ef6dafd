-- The last number that was given to something of the desk's, by what it is.
CREATE TABLE desk_numbers (
    name text COLLATE "C" PRIMARY KEY,
    last bigint NOT NULL
);

-- What the desk raises for its developers. Title, text and comments were scanned before they were kept, and hold
-- no personal data.
CREATE TABLE internal_tickets (
    id uuid PRIMARY KEY,
    number bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('bug', 'feature_request')),
    title text NOT NULL,
    text text NOT NULL,
    priority text NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    state text NOT NULL CHECK (state IN ('reported', 'accepted', 'in_progress', 'shipped', 'declined')),
    raised_by uuid NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    ended_at timestamptz,
    version bigint NOT NULL,
    CHECK ((ended_at IS NOT NULL) = (state IN ('shipped', 'declined')))
);
CREATE UNIQUE INDEX internal_tickets_number ON internal_tickets (number);
CREATE INDEX internal_tickets_newest ON internal_tickets (created_at, id);
CREATE INDEX internal_tickets_state ON internal_tickets (state, created_at, id);
CREATE INDEX internal_tickets_kind ON internal_tickets (kind, created_at, id);
CREATE INDEX internal_tickets_priority ON internal_tickets (priority, created_at, id);

-- The tickets that wait for an internal one.
CREATE TABLE internal_ticket_links (
    internal_ticket_id uuid NOT NULL REFERENCES internal_tickets (id),
    ticket_id uuid NOT NULL,
    linked_by uuid NOT NULL REFERENCES accounts (id),
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (internal_ticket_id, ticket_id)
);
CREATE INDEX internal_ticket_links_ticket ON internal_ticket_links (ticket_id, internal_ticket_id);

-- What agents and developers say to each other about one.
CREATE TABLE internal_ticket_comments (
    id uuid PRIMARY KEY,
    internal_ticket_id uuid NOT NULL REFERENCES internal_tickets (id),
    author_id uuid NOT NULL REFERENCES accounts (id),
    author_role text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX internal_ticket_comments_newest ON internal_ticket_comments (internal_ticket_id, id);
