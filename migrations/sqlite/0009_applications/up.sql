-- Applications of families, and how each family comes to the portal. `invited_until` is the end of the one
-- invitation that counts; `unlinked_at` says that a family was linked before.
CREATE TABLE applications (
    id BLOB PRIMARY KEY,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    number TEXT NOT NULL,
    number_key TEXT NOT NULL,
    family_name TEXT NOT NULL,
    family_key TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    preferred_method TEXT NOT NULL,
    locale TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('draft', 'submitted', 'withdrawn')),
    online_account TEXT NOT NULL CHECK (online_account IN ('none', 'invited', 'linked', 'unlinked')),
    invited_until INTEGER,
    account_id BLOB REFERENCES accounts (id),
    linked_at INTEGER,
    unlinked_at INTEGER,
    submitted_at INTEGER,
    withdrawn_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((account_id IS NOT NULL) = (online_account = 'linked')),
    CHECK ((invited_until IS NOT NULL) = (online_account = 'invited'))
) STRICT;
CREATE UNIQUE INDEX applications_number ON applications (tenant_id, number_key);
CREATE INDEX applications_newest ON applications (tenant_id, created_at, id);
CREATE INDEX applications_family ON applications (tenant_id, family_key, id);
CREATE INDEX applications_online ON applications (tenant_id, online_account, created_at, id);
CREATE INDEX applications_account ON applications (account_id, linked_at, id) WHERE account_id IS NOT NULL;

-- The last number that was given to an application.
ALTER TABLE tenant_governance ADD COLUMN applications INTEGER NOT NULL DEFAULT 0;

-- The children of an application, by the organisation's own ids.
CREATE TABLE application_children (
    application_id BLOB NOT NULL REFERENCES applications (id),
    seq INTEGER NOT NULL,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    child_id TEXT NOT NULL,
    child_key TEXT NOT NULL,
    name TEXT,
    PRIMARY KEY (application_id, seq)
) STRICT;
CREATE INDEX application_children_child ON application_children (tenant_id, child_key, application_id);

-- The words an application is found by.
CREATE TABLE application_terms (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    term TEXT NOT NULL,
    application_id BLOB NOT NULL REFERENCES applications (id),
    PRIMARY KEY (tenant_id, term, application_id)
) STRICT;
CREATE INDEX application_terms_application ON application_terms (application_id);

-- Invitations of families. Link and code are kept hashed; `handle` is the code's public part, by which a wrong
-- one is counted.
CREATE TABLE invitations (
    id BLOB PRIMARY KEY,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    application_id BLOB NOT NULL REFERENCES applications (id),
    method TEXT NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'replaced', 'revoked')),
    link_hash BLOB NOT NULL,
    handle TEXT NOT NULL,
    code_hash BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    notification_id BLOB,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    renewal_asked_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invitations_link ON invitations (link_hash);
CREATE INDEX invitations_handle ON invitations (handle);
CREATE INDEX invitations_newest ON invitations (tenant_id, created_at, id);
CREATE INDEX invitations_application ON invitations (application_id, created_at, id);
CREATE UNIQUE INDEX invitations_pending ON invitations (application_id) WHERE state = 'pending';

-- Somebody with a code who is about to have an account: the contact that it will be known by is confirmed first.
CREATE TABLE acceptances (
    id BLOB PRIMARY KEY,
    invitation_id BLOB NOT NULL REFERENCES invitations (id),
    method TEXT NOT NULL,
    contact TEXT NOT NULL,
    hash BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX acceptances_invitation ON acceptances (invitation_id);
CREATE INDEX acceptances_expiry ON acceptances (expires_at);
