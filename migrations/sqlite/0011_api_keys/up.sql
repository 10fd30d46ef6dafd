-- Keys of programs. Each is an account, too, so that what a program makes has a maker like everything else.
-- Of a secret only a keyed hash is kept; `previous_hash` is that of the secret before, until `previous_until`.
-- `scopes` is a sum of powers of two, as in role_permissions.
CREATE TABLE api_keys (
    id BLOB PRIMARY KEY REFERENCES accounts (id),
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    handle TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes INTEGER NOT NULL,
    hash BLOB NOT NULL,
    previous_hash BLOB,
    previous_until INTEGER,
    created_by BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    rotated_at INTEGER,
    last_used_at INTEGER,
    last_used_address TEXT,
    revoked_at INTEGER,
    revoked_by BLOB,
    warned_at INTEGER,
    version INTEGER NOT NULL,
    CHECK ((previous_hash IS NULL) = (previous_until IS NULL)),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT;
CREATE INDEX api_keys_newest ON api_keys (tenant_id, created_at, id);
-- Those that nobody was warned of yet, the next to expire first.
CREATE INDEX api_keys_expiry ON api_keys (expires_at, id) WHERE warned_at IS NULL;
