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
-- A sign-in name is one person's: within a tenant, or within a realm that has none.
CREATE UNIQUE INDEX accounts_sign_in ON accounts (realm, sign_in_key) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX accounts_tenant_sign_in ON accounts (tenant_id, sign_in_key) WHERE tenant_id IS NOT NULL;

CREATE TABLE second_factors (
    account_id BLOB PRIMARY KEY REFERENCES accounts (id),
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_step INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    second_factor_at INTEGER,
    ended_at INTEGER,
    address TEXT,
    user_agent TEXT
) STRICT;
CREATE INDEX sessions_account ON sessions (account_id, id);

CREATE TABLE refresh_tokens (
    hash BLOB PRIMARY KEY,
    session_id BLOB NOT NULL REFERENCES sessions (id),
    issued_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE enrolments (
    hash BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX enrolments_account ON enrolments (account_id);

CREATE TABLE signing_keys (
    id BLOB PRIMARY KEY,
    kid TEXT NOT NULL UNIQUE,
    secret BLOB NOT NULL,
    public BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;

CREATE TABLE throttle_counters (
    key BLOB PRIMARY KEY,
    opened_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;
CREATE INDEX throttle_counters_opened ON throttle_counters (opened_at);
