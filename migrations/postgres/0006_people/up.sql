-- Users of organisations: how they are sorted, when they were last seen, and what they were.
ALTER TABLE accounts
    ADD COLUMN name_key text COLLATE "C",
    ADD COLUMN idle_since timestamptz,
    ADD COLUMN kept_active boolean NOT NULL DEFAULT false,
    ADD COLUMN dormancy_warned_at timestamptz,
    ADD COLUMN owner_warned_at timestamptz,
    ADD COLUMN inactive_since timestamptz,
    ADD COLUMN inactive_for bigint NOT NULL DEFAULT 0,
    ADD COLUMN was_site_admin boolean NOT NULL DEFAULT false,
    ADD COLUMN first_use_evidence uuid;
UPDATE accounts SET idle_since = coalesce(last_signed_in_at, created_at)
WHERE realm = 'tenant' AND status = 'active';
UPDATE accounts SET name_key = lower(name) WHERE realm = 'tenant';
-- Pages of an organisation's users, newest first and by name.
CREATE INDEX accounts_tenant_newest ON accounts (tenant_id, created_at, id) WHERE tenant_id IS NOT NULL;
CREATE INDEX accounts_tenant_by_name ON accounts (tenant_id, name_key, id) WHERE tenant_id IS NOT NULL;
-- Who was not seen for long.
CREATE INDEX accounts_idle ON accounts (tenant_id, idle_since, id) WHERE idle_since IS NOT NULL;

-- The last number that was given to a user.
ALTER TABLE tenant_governance ADD COLUMN users bigint NOT NULL DEFAULT 0;
UPDATE tenant_governance SET users = coalesce(
    (SELECT max(number) FROM accounts WHERE accounts.tenant_id = tenant_governance.tenant_id), 0);

-- The words a user is found by.
CREATE TABLE user_terms (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    term text COLLATE "C" NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (tenant_id, term, account_id)
);
CREATE INDEX user_terms_account ON user_terms (account_id);

-- Roles that organisations made themselves. The built-in ones stand in accounts.
CREATE TABLE roles (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    description text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX roles_name ON roles (tenant_id, name_key);

-- `bit` is the permission's power of two, so that a sum of distinct ones is a set.
CREATE TABLE role_permissions (
    role_id uuid NOT NULL REFERENCES roles (id),
    permission text NOT NULL,
    bit bigint NOT NULL,
    PRIMARY KEY (role_id, permission)
);

CREATE TABLE user_roles (
    account_id uuid NOT NULL REFERENCES accounts (id),
    role_id uuid NOT NULL REFERENCES roles (id),
    granted_by uuid NOT NULL,
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, role_id)
);
CREATE INDEX user_roles_role ON user_roles (role_id, account_id);

CREATE TABLE training_records (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    account_id uuid NOT NULL REFERENCES accounts (id),
    course text NOT NULL,
    completed_on text NOT NULL,
    fully_trained boolean NOT NULL,
    recorded_by uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    withdrawn_by uuid,
    withdrawn_at timestamptz
);
CREATE INDEX training_records_account ON training_records (account_id, id);
