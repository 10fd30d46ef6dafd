-- Codes that callers read out to an agent: sent to the contact on file, and good for one ticket. Only the newest
-- counts; `used_at` also ends one that a newer one took the place of. The contact itself is not kept here.
CREATE TABLE ticket_codes (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    method text NOT NULL,
    hash bytea NOT NULL,
    attempts bigint NOT NULL,
    created_by uuid NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX ticket_codes_ticket ON ticket_codes (ticket_id, created_at);
CREATE INDEX ticket_codes_expiry ON ticket_codes (expires_at);

-- What authors said against the masking of their words: of an entry, or of the subject where none is named. Why
-- stands in the timeline, masked as everything there. What was upheld is not masked again.
CREATE TABLE ticket_objections (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    entry_id uuid REFERENCES ticket_entries (id),
    reason_id uuid NOT NULL REFERENCES ticket_entries (id),
    author_id uuid NOT NULL REFERENCES accounts (id),
    state text NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
    created_at timestamptz NOT NULL,
    decided_by uuid REFERENCES accounts (id),
    decided_at timestamptz,
    CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE INDEX ticket_objections_ticket ON ticket_objections (ticket_id, created_at, id);
