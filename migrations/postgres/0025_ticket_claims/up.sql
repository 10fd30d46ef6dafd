-- Whose account the caller of a ticket says is theirs, as an agent named it. It proves nothing and shows the account
-- nothing: codes go to the contact on file of it, and only a proof makes the ticket its own.
CREATE TABLE ticket_claims (
    ticket_id uuid PRIMARY KEY REFERENCES tickets (id),
    account_id uuid NOT NULL REFERENCES accounts (id),
    named_by uuid NOT NULL REFERENCES accounts (id),
    named_at timestamptz NOT NULL
);
