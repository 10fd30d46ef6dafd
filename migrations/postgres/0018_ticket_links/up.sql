-- What helps the desk beside the words of a ticket, field by field, and masked; what was written stands sealed in
-- `original`, where something was. `asked_for` names what is still to be told. An old browser is pointed out with an
-- article.
CREATE TABLE ticket_details (
    ticket_id uuid PRIMARY KEY REFERENCES tickets (id),
    user_id text,
    class_id text,
    child_id text,
    account_email text,
    browser text,
    error_message text,
    steps text,
    original bytea,
    asked_for jsonb NOT NULL,
    browser_support text,
    article_id uuid
);

-- Words that tickets are marked with.
CREATE TABLE ticket_tags (
    tag text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    PRIMARY KEY (ticket_id, tag)
);
CREATE INDEX ticket_tags_newest ON ticket_tags (tag, created_at, ticket_id);

-- What shows one ticket to somebody without an account: a link that came with a message, which works once, and the
-- pass that it is exchanged for, which reads the ticket for a quarter of an hour.
CREATE TABLE ticket_passes (
    hash bytea PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('link', 'view')),
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX ticket_passes_ticket ON ticket_passes (ticket_id);
CREATE INDEX ticket_passes_expiry ON ticket_passes (expires_at);
