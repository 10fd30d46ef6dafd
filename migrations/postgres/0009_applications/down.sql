DROP TABLE acceptances;
DROP TABLE invitations;
DROP TABLE application_terms;
DROP TABLE application_children;
ALTER TABLE tenant_governance DROP COLUMN applications;
DROP TABLE applications;
