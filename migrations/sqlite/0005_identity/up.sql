-- An account may be known by a telephone number alone. SQLite cannot loosen a column: the table is made
-- anew, its rows kept aside meanwhile; what refers to them is looked at when the transaction ends.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE accounts_kept AS SELECT * FROM accounts;
DROP TABLE accounts;
CREATE TABLE accounts (
    id BLOB PRIMARY KEY,
    realm TEXT NOT NULL CHECK (realm IN ('desk', 'tenant', 'family', 'integration')),
    tenant_id BLOB REFERENCES tenants (id),
    role TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('invited', 'active', 'inactive')),
    sign_in_key TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    locale TEXT NOT NULL,
    password_hash TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    inactive_reason TEXT,
    number INTEGER,
    user_name TEXT,
    first_name TEXT,
    last_name TEXT,
    email_key TEXT,
    phone TEXT,
    first_used_at INTEGER,
    last_signed_in_at INTEGER,
    CHECK (realm = 'integration' OR email IS NOT NULL OR phone IS NOT NULL),
    CHECK ((email IS NULL) = (email_key IS NULL))
) STRICT;
INSERT INTO accounts (id, realm, tenant_id, role, status, sign_in_key, name, email, email_key, locale, password_hash, created_at, updated_at, version)
SELECT id, realm, tenant_id, role, status, sign_in_key, name, email, sign_in_key, locale, password_hash, created_at, updated_at, version
FROM accounts_kept;
DROP TABLE accounts_kept;
-- A sign-in name is one person's: within a tenant, or within a realm that has none.
CREATE UNIQUE INDEX accounts_sign_in ON accounts (realm, sign_in_key) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX accounts_tenant_sign_in ON accounts (tenant_id, sign_in_key) WHERE tenant_id IS NOT NULL;
CREATE UNIQUE INDEX accounts_number ON accounts (tenant_id, number) WHERE number IS NOT NULL;
CREATE INDEX accounts_email ON accounts (email_key) WHERE email_key IS NOT NULL;
-- Pages of a realm without tenants, newest first; and who administers a tenant, or the desk.
CREATE INDEX accounts_newest ON accounts (realm, created_at, id) WHERE tenant_id IS NULL;
CREATE INDEX accounts_role ON accounts (tenant_id, role, id);

-- A secret counts from its first code on; until then it stands here, beside the one it will replace.
CREATE TABLE second_factor_enrolments (
    account_id BLOB PRIMARY KEY REFERENCES accounts (id),
    session_id BLOB NOT NULL,
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
DELETE FROM second_factors WHERE confirmed_at IS NULL;

CREATE TABLE recovery_codes (
    hash BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX recovery_codes_account ON recovery_codes (account_id);

-- One-time links of every purpose, instead of a table for enrolments alone.
CREATE TABLE links (
    hash BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX links_account ON links (account_id, purpose);
CREATE INDEX links_expiry ON links (expires_at);
INSERT INTO links (hash, purpose, account_id, created_at, expires_at, used_at)
SELECT hash, 'enrolment', account_id, created_at, expires_at, used_at FROM enrolments;
DROP TABLE enrolments;

CREATE TABLE one_time_codes (
    id BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    subject BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    method TEXT NOT NULL,
    contact TEXT NOT NULL,
    hash BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX one_time_codes_subject ON one_time_codes (subject, purpose);
CREATE INDEX one_time_codes_account ON one_time_codes (account_id, purpose);
CREATE INDEX one_time_codes_expiry ON one_time_codes (expires_at);

-- From where an account was signed in to: such a place is not held up by what others try elsewhere.
CREATE TABLE familiar_places (
    key BLOB PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX familiar_places_seen ON familiar_places (seen_at);

ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0;
UPDATE signing_keys SET signs_from = created_at;

ALTER TABLE notifications ADD COLUMN secret BLOB;
ALTER TABLE notifications ADD COLUMN failure TEXT;

-- Sessions that were over long ago are forgotten.
CREATE INDEX sessions_expiry ON sessions (expires_at);
-- An account's sessions, the last used first.
CREATE INDEX sessions_running ON sessions (account_id, last_used_at, id) WHERE ended_at IS NULL;
