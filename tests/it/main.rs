//! The product as its callers meet it: a real server, a real database, twice.
//!
//! Every test runs on SQLite and on PostgreSQL, in a database of its own, on a clock of its own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[expect(dead_code, reason = "shared with the tests of the outbox, which use all of it")]
#[path = "../outbox/mail_server.rs"]
mod mail_server;
#[macro_use]
mod support;

mod admin_commands;
mod api_keys;
mod application_imports;
mod applications;
mod articles;
mod attachments;
mod attachments_crash;
mod attachments_s3;
mod audit;
mod bad_input;
mod batches;
mod batches_crash;
mod canned_replies;
mod claims;
mod contract;
mod crash;
mod crash_sending;
mod crawl;
mod crawl_tier_one;
mod decisions;
mod desk_accounts;
mod desk_reads;
mod directory;
mod discarding_rules;
mod dormancy;
mod eligibility;
mod first_site_admin;
mod first_use;
mod help_searches;
mod idempotency;
mod inbound_mail;
mod instances;
mod internal_tickets;
mod invitations;
mod jobs;
mod key_rotation;
mod layers;
mod matrix;
mod notifications;
mod own_account;
mod own_sessions;
mod owners;
mod password_resets;
mod phones;
mod plans;
mod policy;
mod policy_commands;
mod portal;
mod realms;
mod recovery;
mod resolution_crash;
mod roads;
mod roads_by_records;
mod roles;
mod roster;
mod schema_parity;
mod second_factor;
mod secrets;
mod sessions;
mod sms;
mod statements;
mod tenants;
mod throttling;
mod ticket_claims;
mod ticket_clock;
mod ticket_copies;
mod ticket_details;
mod ticket_development;
mod ticket_exports;
mod ticket_handover;
mod ticket_links;
mod ticket_lists;
mod ticket_moves;
mod ticket_people;
mod ticket_proofs;
mod ticket_reveal;
mod ticket_search;
mod ticket_steps;
mod ticket_withheld;
mod tickets;
mod tokens;
mod training;
mod uploads;
mod user_races;
mod users;
mod watching;
