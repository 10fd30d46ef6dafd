DROP TABLE throttle_counters;
DROP TABLE signing_keys;
DROP TABLE enrolments;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE second_factors;
DROP TABLE accounts;
