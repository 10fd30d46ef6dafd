-- Attachments of tickets. `file_name` is masked, `original_name` is what was written, sealed, where something was
-- masked. `object_id` names the sending whose bytes count; they stand in the room for files, sealed.
CREATE TABLE attachments (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    author_id BLOB NOT NULL REFERENCES accounts (id),
    file_name TEXT NOT NULL,
    original_name BLOB,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'quarantined', 'cleared', 'discarded')),
    object_id BLOB,
    created_at INTEGER NOT NULL,
    completed_at INTEGER,
    expires_at INTEGER NOT NULL,
    settled_by BLOB REFERENCES accounts (id),
    settled_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX attachments_ticket ON attachments (ticket_id, created_at, id);
CREATE INDEX attachments_pending ON attachments (expires_at) WHERE state = 'pending';

-- Files in the room for files. Each stands here before its first byte is written, and leaves when its last one is
-- gone: `wipe_at` says from when on it is deleted, and is null while it is somebody's.
CREATE TABLE attachment_objects (
    id BLOB PRIMARY KEY,
    wipe_at INTEGER
) STRICT;
CREATE INDEX attachment_objects_wipe ON attachment_objects (wipe_at) WHERE wipe_at IS NOT NULL;
