//! How it is said: the only room that says actix or utoipa.
//!
//! One file a resource: what is taken, what is shown, and a handler for each operation that makes one
//! call into `service`. [`extract`] checks what comes in, [`answer`] and [`problem`] make what goes out,
//! [`edge`] is around everything, [`document`] is the contract. Start at [`routes`].

pub mod answer;
pub mod codes;
pub mod cursor;
pub mod document;
pub mod edge;
pub mod extract;
pub mod hooks;
pub mod pages;
pub mod problem;
pub mod server;
mod span;
mod tenant_path;
mod views;

mod account;
mod api_keys;
mod application_imports;
mod applications;
mod articles;
mod attachments;
mod audit;
mod batches;
mod browsers;
mod canned_replies;
mod decisions;
mod desk_accounts;
mod directory;
mod eligibility;
mod family;
mod first_use;
mod help_searches;
mod internal_tickets;
mod invitations;
mod jobs;
mod ndjson;
mod notifications;
mod owners;
mod password_resets;
mod policy;
mod portal;
mod public_articles;
mod roles;
mod roster;
mod second_factor;
mod sessions;
mod suppressions;
mod tenants;
mod tickets;
mod training;
mod uploads;
mod user_permissions;
mod users;

/// Every operation of the contract.
pub fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .configure(sessions::routes)
        .configure(password_resets::routes)
        .configure(second_factor::routes)
        .configure(account::routes)
        .configure(desk_accounts::routes)
        .configure(tenants::routes)
        .configure(owners::routes)
        .configure(first_use::routes)
        .configure(users::routes)
        .configure(applications::routes)
        .configure(application_imports::routes)
        .configure(invitations::routes)
        .configure(portal::routes)
        .configure(family::routes)
        .configure(batches::routes)
        .configure(directory::routes)
        .configure(api_keys::routes)
        .configure(jobs::routes)
        .configure(uploads::routes)
        .configure(roles::routes)
        .configure(roster::routes)
        .configure(user_permissions::routes)
        .configure(training::routes)
        .configure(eligibility::routes)
        .configure(articles::routes)
        .configure(help_searches::routes)
        .configure(public_articles::routes)
        .configure(policy::routes)
        .configure(browsers::routes)
        .configure(decisions::routes)
        .configure(notifications::routes)
        .configure(tickets::routes)
        .configure(attachments::routes)
        .configure(suppressions::routes)
        .configure(internal_tickets::routes)
        .configure(canned_replies::routes)
        .configure(audit::routes);
}
