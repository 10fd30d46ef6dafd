-- An account may be known by a telephone number alone.
ALTER TABLE accounts
    ALTER COLUMN email DROP NOT NULL,
    ADD COLUMN inactive_reason text,
    ADD COLUMN number bigint,
    ADD COLUMN user_name text,
    ADD COLUMN first_name text,
    ADD COLUMN last_name text,
    ADD COLUMN email_key text,
    ADD COLUMN phone text,
    ADD COLUMN first_used_at timestamptz,
    ADD COLUMN last_signed_in_at timestamptz;
UPDATE accounts SET email_key = sign_in_key;
ALTER TABLE accounts
    ADD CHECK (realm = 'integration' OR email IS NOT NULL OR phone IS NOT NULL),
    ADD CHECK ((email IS NULL) = (email_key IS NULL));
CREATE UNIQUE INDEX accounts_number ON accounts (tenant_id, number) WHERE number IS NOT NULL;
CREATE INDEX accounts_email ON accounts (email_key) WHERE email_key IS NOT NULL;
-- Pages of a realm without tenants, newest first; and who administers a tenant, or the desk.
CREATE INDEX accounts_newest ON accounts (realm, created_at, id) WHERE tenant_id IS NULL;
CREATE INDEX accounts_role ON accounts (tenant_id, role, id);

-- A secret counts from its first code on; until then it stands here, beside the one it will replace.
CREATE TABLE second_factor_enrolments (
    account_id uuid PRIMARY KEY REFERENCES accounts (id),
    session_id uuid NOT NULL,
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL
);
DELETE FROM second_factors WHERE confirmed_at IS NULL;

CREATE TABLE recovery_codes (
    hash bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX recovery_codes_account ON recovery_codes (account_id);

-- One-time links of every purpose, instead of a table for enrolments alone.
CREATE TABLE links (
    hash bytea PRIMARY KEY,
    purpose text NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX links_account ON links (account_id, purpose);
CREATE INDEX links_expiry ON links (expires_at);
INSERT INTO links (hash, purpose, account_id, created_at, expires_at, used_at)
SELECT hash, 'enrolment', account_id, created_at, expires_at, used_at FROM enrolments;
DROP TABLE enrolments;

CREATE TABLE one_time_codes (
    id uuid PRIMARY KEY,
    purpose text NOT NULL,
    subject uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts (id),
    method text NOT NULL,
    contact text NOT NULL,
    hash bytea NOT NULL,
    attempts bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX one_time_codes_subject ON one_time_codes (subject, purpose);
CREATE INDEX one_time_codes_account ON one_time_codes (account_id, purpose);
CREATE INDEX one_time_codes_expiry ON one_time_codes (expires_at);

-- From where an account was signed in to: such a place is not held up by what others try elsewhere.
CREATE TABLE familiar_places (
    key bytea PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
CREATE INDEX familiar_places_seen ON familiar_places (seen_at);

ALTER TABLE signing_keys ADD COLUMN signs_from timestamptz;
UPDATE signing_keys SET signs_from = created_at;
ALTER TABLE signing_keys ALTER COLUMN signs_from SET NOT NULL;

ALTER TABLE notifications ADD COLUMN secret bytea, ADD COLUMN failure text;

-- Sessions that were over long ago are forgotten.
CREATE INDEX sessions_expiry ON sessions (expires_at);
-- An account's sessions, the last used first.
CREATE INDEX sessions_running ON sessions (account_id, last_used_at, id) WHERE ended_at IS NULL;
