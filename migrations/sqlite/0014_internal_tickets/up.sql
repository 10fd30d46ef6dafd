-- The last number that was given to something of the desk's, by what it is.
CREATE TABLE desk_numbers (
    name TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- What the desk raises for its developers. Title, text and comments were scanned before they were kept, and hold
-- no personal data.
CREATE TABLE internal_tickets (
    id BLOB PRIMARY KEY,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('bug', 'feature_request')),
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    priority TEXT NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    state TEXT NOT NULL CHECK (state IN ('reported', 'accepted', 'in_progress', 'shipped', 'declined')),
    raised_by BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    version INTEGER NOT NULL,
    CHECK ((ended_at IS NOT NULL) = (state IN ('shipped', 'declined')))
) STRICT;
CREATE UNIQUE INDEX internal_tickets_number ON internal_tickets (number);
CREATE INDEX internal_tickets_newest ON internal_tickets (created_at, id);
CREATE INDEX internal_tickets_state ON internal_tickets (state, created_at, id);
CREATE INDEX internal_tickets_kind ON internal_tickets (kind, created_at, id);
CREATE INDEX internal_tickets_priority ON internal_tickets (priority, created_at, id);

-- The tickets that wait for an internal one.
CREATE TABLE internal_ticket_links (
    internal_ticket_id BLOB NOT NULL REFERENCES internal_tickets (id),
    ticket_id BLOB NOT NULL,
    linked_by BLOB NOT NULL REFERENCES accounts (id),
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (internal_ticket_id, ticket_id)
) STRICT;
CREATE INDEX internal_ticket_links_ticket ON internal_ticket_links (ticket_id, internal_ticket_id);

-- What agents and developers say to each other about one.
CREATE TABLE internal_ticket_comments (
    id BLOB PRIMARY KEY,
    internal_ticket_id BLOB NOT NULL REFERENCES internal_tickets (id),
    author_id BLOB NOT NULL REFERENCES accounts (id),
    author_role TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX internal_ticket_comments_newest ON internal_ticket_comments (internal_ticket_id, id);
