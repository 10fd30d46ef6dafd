-- Users of organisations: how they are sorted, when they were last seen, and what they were.
ALTER TABLE accounts ADD COLUMN name_key TEXT;
ALTER TABLE accounts ADD COLUMN idle_since INTEGER;
ALTER TABLE accounts ADD COLUMN kept_active INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN dormancy_warned_at INTEGER;
ALTER TABLE accounts ADD COLUMN owner_warned_at INTEGER;
ALTER TABLE accounts ADD COLUMN inactive_since INTEGER;
ALTER TABLE accounts ADD COLUMN inactive_for INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN was_site_admin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN first_use_evidence BLOB;
UPDATE accounts SET idle_since = coalesce(last_signed_in_at, created_at)
WHERE realm = 'tenant' AND status = 'active';
UPDATE accounts SET name_key = lower(name) WHERE realm = 'tenant';
-- Pages of an organisation's users, newest first and by name.
CREATE INDEX accounts_tenant_newest ON accounts (tenant_id, created_at, id) WHERE tenant_id IS NOT NULL;
CREATE INDEX accounts_tenant_by_name ON accounts (tenant_id, name_key, id) WHERE tenant_id IS NOT NULL;
-- Who was not seen for long.
CREATE INDEX accounts_idle ON accounts (tenant_id, idle_since, id) WHERE idle_since IS NOT NULL;

-- The last number that was given to a user.
ALTER TABLE tenant_governance ADD COLUMN users INTEGER NOT NULL DEFAULT 0;
UPDATE tenant_governance SET users = coalesce(
    (SELECT max(number) FROM accounts WHERE accounts.tenant_id = tenant_governance.tenant_id), 0);

-- The words a user is found by.
CREATE TABLE user_terms (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    term TEXT NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (tenant_id, term, account_id)
) STRICT;
CREATE INDEX user_terms_account ON user_terms (account_id);

-- Roles that organisations made themselves. The built-in ones stand in accounts.
CREATE TABLE roles (
    id BLOB PRIMARY KEY,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX roles_name ON roles (tenant_id, name_key);

-- `bit` is the permission's power of two, so that a sum of distinct ones is a set.
CREATE TABLE role_permissions (
    role_id BLOB NOT NULL REFERENCES roles (id),
    permission TEXT NOT NULL,
    bit INTEGER NOT NULL,
    PRIMARY KEY (role_id, permission)
) STRICT;

CREATE TABLE user_roles (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    role_id BLOB NOT NULL REFERENCES roles (id),
    granted_by BLOB NOT NULL,
    granted_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, role_id)
) STRICT;
CREATE INDEX user_roles_role ON user_roles (role_id, account_id);

CREATE TABLE training_records (
    id BLOB PRIMARY KEY,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    course TEXT NOT NULL,
    completed_on TEXT NOT NULL,
    fully_trained INTEGER NOT NULL,
    recorded_by BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    withdrawn_by BLOB,
    withdrawn_at INTEGER
) STRICT;
CREATE INDEX training_records_account ON training_records (account_id, id);
