CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    realm text NOT NULL CHECK (realm IN ('desk', 'tenant', 'family', 'integration')),
    tenant_id uuid REFERENCES tenants (id),
    role text NOT NULL,
    status text NOT NULL CHECK (status IN ('invited', 'active', 'inactive')),
    sign_in_key text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    locale text NOT NULL,
    password_hash text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL
);
-- A sign-in name is one person's: within a tenant, or within a realm that has none.
CREATE UNIQUE INDEX accounts_sign_in ON accounts (realm, sign_in_key) WHERE tenant_id IS NULL;
CREATE UNIQUE INDEX accounts_tenant_sign_in ON accounts (tenant_id, sign_in_key) WHERE tenant_id IS NOT NULL;

CREATE TABLE second_factors (
    account_id uuid PRIMARY KEY REFERENCES accounts (id),
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL
);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    second_factor_at timestamptz,
    ended_at timestamptz,
    address text,
    user_agent text
);
CREATE INDEX sessions_account ON sessions (account_id, id);

CREATE TABLE refresh_tokens (
    hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id),
    issued_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE enrolments (
    hash bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX enrolments_account ON enrolments (account_id);

CREATE TABLE signing_keys (
    id uuid PRIMARY KEY,
    kid text NOT NULL UNIQUE,
    secret bytea NOT NULL,
    public bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz
);

CREATE TABLE throttle_counters (
    key bytea PRIMARY KEY,
    opened_at timestamptz NOT NULL,
    attempts bigint NOT NULL
);
CREATE INDEX throttle_counters_opened ON throttle_counters (opened_at);
