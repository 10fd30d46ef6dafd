-- What helps the desk beside the words of a ticket, field by field, and masked; what was written stands sealed in
-- `original`, where something was. `asked_for` names what is still to be told. An old browser is pointed out with an
-- article.
CREATE TABLE ticket_details (
    ticket_id BLOB PRIMARY KEY REFERENCES tickets (id),
    user_id TEXT,
    class_id TEXT,
    child_id TEXT,
    account_email TEXT,
    browser TEXT,
    error_message TEXT,
    steps TEXT,
    original BLOB,
    asked_for TEXT NOT NULL,
    browser_support TEXT,
    article_id BLOB
) STRICT;

-- Words that tickets are marked with.
CREATE TABLE ticket_tags (
    tag TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    PRIMARY KEY (ticket_id, tag)
) STRICT;
CREATE INDEX ticket_tags_newest ON ticket_tags (tag, created_at, ticket_id);

-- What shows one ticket to somebody without an account: a link that came with a message, which works once, and the
-- pass that it is exchanged for, which reads the ticket for a quarter of an hour.
CREATE TABLE ticket_passes (
    hash BLOB PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('link', 'view')),
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX ticket_passes_ticket ON ticket_passes (ticket_id);
CREATE INDEX ticket_passes_expiry ON ticket_passes (expires_at);
