-- Codes that callers read out to an agent: sent to the contact on file, and good for one ticket. Only the newest
-- counts; `used_at` also ends one that a newer one took the place of. The contact itself is not kept here.
CREATE TABLE ticket_codes (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    method TEXT NOT NULL,
    hash BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    created_by BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX ticket_codes_ticket ON ticket_codes (ticket_id, created_at);
CREATE INDEX ticket_codes_expiry ON ticket_codes (expires_at);

-- What authors said against the masking of their words: of an entry, or of the subject where none is named. Why
-- stands in the timeline, masked as everything there. What was upheld is not masked again.
CREATE TABLE ticket_objections (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    entry_id BLOB REFERENCES ticket_entries (id),
    reason_id BLOB NOT NULL REFERENCES ticket_entries (id),
    author_id BLOB NOT NULL REFERENCES accounts (id),
    state TEXT NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
    created_at INTEGER NOT NULL,
    decided_by BLOB REFERENCES accounts (id),
    decided_at INTEGER,
    CHECK ((state = 'open') = (decided_at IS NULL))
) STRICT;
CREATE INDEX ticket_objections_ticket ON ticket_objections (ticket_id, created_at, id);
