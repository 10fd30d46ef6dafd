-- Runs once, in an empty PostgreSQL: two roles and one database.
--
-- caredesk_owner owns the tables and migrates. caredesk_app is what the program runs as; it owns nothing,
-- and `caredesk migrate` grants it what it needs. Passwords come from the environment of psql.
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD

CREATE ROLE caredesk_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE caredesk_app LOGIN PASSWORD :'app_password';
CREATE DATABASE caredesk OWNER caredesk_owner;
REVOKE ALL ON DATABASE caredesk FROM PUBLIC;
GRANT CONNECT ON DATABASE caredesk TO caredesk_app;

\connect caredesk
ALTER SCHEMA public OWNER TO caredesk_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
