DROP INDEX sessions_running;
DROP INDEX sessions_expiry;
ALTER TABLE notifications DROP COLUMN failure, DROP COLUMN secret;
ALTER TABLE signing_keys DROP COLUMN signs_from;
DROP TABLE familiar_places;
DROP TABLE one_time_codes;
CREATE TABLE enrolments (
    hash bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX enrolments_account ON enrolments (account_id);
INSERT INTO enrolments SELECT hash, account_id, created_at, expires_at, used_at FROM links WHERE purpose = 'enrolment';
DROP TABLE links;
DROP TABLE recovery_codes;
DROP TABLE second_factor_enrolments;
DROP INDEX accounts_role;
DROP INDEX accounts_newest;
DROP INDEX accounts_email;
DROP INDEX accounts_number;
-- Fails where an account has no address: the narrower table has no place for it.
ALTER TABLE accounts
    ALTER COLUMN email SET NOT NULL,
    DROP COLUMN inactive_reason,
    DROP COLUMN number,
    DROP COLUMN user_name,
    DROP COLUMN first_name,
    DROP COLUMN last_name,
    DROP COLUMN email_key,
    DROP COLUMN phone,
    DROP COLUMN first_used_at,
    DROP COLUMN last_signed_in_at;
