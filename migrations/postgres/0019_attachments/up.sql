-- Attachments of tickets. `file_name` is masked, `original_name` is what was written, sealed, where something was
-- masked. `object_id` names the sending whose bytes count; they stand in the room for files, sealed.
CREATE TABLE attachments (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets (id),
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    author_id uuid NOT NULL REFERENCES accounts (id),
    file_name text NOT NULL,
    original_name bytea,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 text,
    state text NOT NULL CHECK (state IN ('pending', 'quarantined', 'cleared', 'discarded')),
    object_id uuid,
    created_at timestamptz NOT NULL,
    completed_at timestamptz,
    expires_at timestamptz NOT NULL,
    settled_by uuid REFERENCES accounts (id),
    settled_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX attachments_ticket ON attachments (ticket_id, created_at, id);
CREATE INDEX attachments_pending ON attachments (expires_at) WHERE state = 'pending';

-- Files in the room for files. Each stands here before its first byte is written, and leaves when its last one is
-- gone: `wipe_at` says from when on it is deleted, and is null while it is somebody's.
CREATE TABLE attachment_objects (
    id uuid PRIMARY KEY,
    wipe_at timestamptz
);
CREATE INDEX attachment_objects_wipe ON attachment_objects (wipe_at) WHERE wipe_at IS NOT NULL;
