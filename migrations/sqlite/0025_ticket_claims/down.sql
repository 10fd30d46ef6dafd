DROP TABLE ticket_claims;
