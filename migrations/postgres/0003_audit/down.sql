DROP TABLE denial_sums;
DROP TABLE audit_chains;
DROP TABLE audit_seals;
DROP TABLE audit_pending;
DROP TABLE audit_entries;
