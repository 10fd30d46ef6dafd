-- Applications of families, and how each family comes to the portal. `invited_until` is the end of the one
-- invitation that counts; `unlinked_at` says that a family was linked before.
CREATE TABLE applications (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    number text NOT NULL,
    number_key text COLLATE "C" NOT NULL,
    family_name text NOT NULL,
    family_key text COLLATE "C" NOT NULL,
    email text,
    phone text,
    preferred_method text NOT NULL,
    locale text NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'submitted', 'withdrawn')),
    online_account text NOT NULL CHECK (online_account IN ('none', 'invited', 'linked', 'unlinked')),
    invited_until timestamptz,
    account_id uuid REFERENCES accounts (id),
    linked_at timestamptz,
    unlinked_at timestamptz,
    submitted_at timestamptz,
    withdrawn_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    CHECK ((account_id IS NOT NULL) = (online_account = 'linked')),
    CHECK ((invited_until IS NOT NULL) = (online_account = 'invited'))
);
CREATE UNIQUE INDEX applications_number ON applications (tenant_id, number_key);
CREATE INDEX applications_newest ON applications (tenant_id, created_at, id);
CREATE INDEX applications_family ON applications (tenant_id, family_key, id);
CREATE INDEX applications_online ON applications (tenant_id, online_account, created_at, id);
CREATE INDEX applications_account ON applications (account_id, linked_at, id) WHERE account_id IS NOT NULL;

-- The last number that was given to an application.
ALTER TABLE tenant_governance ADD COLUMN applications bigint NOT NULL DEFAULT 0;

-- The children of an application, by the organisation's own ids.
CREATE TABLE application_children (
    application_id uuid NOT NULL REFERENCES applications (id),
    seq integer NOT NULL,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    child_id text NOT NULL,
    child_key text COLLATE "C" NOT NULL,
    name text,
    PRIMARY KEY (application_id, seq)
);
CREATE INDEX application_children_child ON application_children (tenant_id, child_key, application_id);

-- The words an application is found by.
CREATE TABLE application_terms (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    term text COLLATE "C" NOT NULL,
    application_id uuid NOT NULL REFERENCES applications (id),
    PRIMARY KEY (tenant_id, term, application_id)
);
CREATE INDEX application_terms_application ON application_terms (application_id);

-- Invitations of families. Link and code are kept hashed; `handle` is the code's public part, by which a wrong
-- one is counted.
CREATE TABLE invitations (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    application_id uuid NOT NULL REFERENCES applications (id),
    method text NOT NULL,
    recipient text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'accepted', 'replaced', 'revoked')),
    link_hash bytea NOT NULL,
    handle text NOT NULL,
    code_hash bytea NOT NULL,
    attempts bigint NOT NULL,
    notification_id uuid,
    created_by uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    renewal_asked_at timestamptz,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX invitations_link ON invitations (link_hash);
CREATE INDEX invitations_handle ON invitations (handle);
CREATE INDEX invitations_newest ON invitations (tenant_id, created_at, id);
CREATE INDEX invitations_application ON invitations (application_id, created_at, id);
CREATE UNIQUE INDEX invitations_pending ON invitations (application_id) WHERE state = 'pending';

-- Somebody with a code who is about to have an account: the contact that it will be known by is confirmed first.
CREATE TABLE acceptances (
    id uuid PRIMARY KEY,
    invitation_id uuid NOT NULL REFERENCES invitations (id),
    method text NOT NULL,
    contact text NOT NULL,
    hash bytea NOT NULL,
    attempts bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX acceptances_invitation ON acceptances (invitation_id);
CREATE INDEX acceptances_expiry ON acceptances (expires_at);
