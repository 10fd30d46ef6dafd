-- Keys of programs. Each is an account, too, so that what a program makes has a maker like everything else.
-- Of a secret only a keyed hash is kept; `previous_hash` is that of the secret before, until `previous_until`.
-- `scopes` is a sum of powers of two, as in role_permissions.
CREATE TABLE api_keys (
    id uuid PRIMARY KEY REFERENCES accounts (id),
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    handle text NOT NULL UNIQUE,
    name text NOT NULL,
    scopes bigint NOT NULL,
    hash bytea NOT NULL,
    previous_hash bytea,
    previous_until timestamptz,
    created_by uuid NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    rotated_at timestamptz,
    last_used_at timestamptz,
    last_used_address text,
    revoked_at timestamptz,
    revoked_by uuid,
    warned_at timestamptz,
    version bigint NOT NULL,
    CHECK ((previous_hash IS NULL) = (previous_until IS NULL)),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX api_keys_newest ON api_keys (tenant_id, created_at, id);
-- Those that nobody was warned of yet, the next to expire first.
CREATE INDEX api_keys_expiry ON api_keys (expires_at, id) WHERE warned_at IS NULL;
