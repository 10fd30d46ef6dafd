DROP INDEX sessions_running;
DROP INDEX sessions_expiry;
ALTER TABLE notifications DROP COLUMN failure;
ALTER TABLE notifications DROP COLUMN secret;
ALTER TABLE signing_keys DROP COLUMN signs_from;
DROP TABLE familiar_places;
DROP TABLE one_time_codes;
CREATE TABLE enrolments (
    hash BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX enrolments_account ON enrolments (account_id);
INSERT INTO enrolments SELECT hash, account_id, created_at, expires_at, used_at FROM links WHERE purpose = 'enrolment';
DROP TABLE links;
DROP TABLE recovery_codes;
DROP TABLE second_factor_enrolments;
-- Fails where an account has no address: the narrower table has no place for it.
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
    email TEXT NOT NULL,
    locale TEXT NOT NULL,
    password_hash TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
INSERT INTO accounts
SELECT id, realm, tenant_id, role, status, sign_in_key, name, email, locale, password_hash, created_at, updated_at, version
FROM accounts_kept;
DROP TABLE accounts_kept;
CREATE UNIQUE INDEX accounts_sign_in ON accounts (realm, sign_in_key) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX accounts_tenant_sign_in ON accounts (tenant_id, sign_in_key) WHERE tenant_id IS NOT NULL;
