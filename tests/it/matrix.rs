//! Who may do what, asked over HTTP: every operation of the document, by everybody.
//!
//! The table in `caredesk_core::policy::matrix` says what should come out; the snapshot shows it to
//! a reviewer, a line an operation.

use std::fmt::Write;

use caredesk::store::columns::AnyId;
use caredesk::store::schema::{accounts, sessions};
use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::policy::matrix::{Grant, grant, step_up_age};
use diesel::prelude::*;
use jiff::SignedDuration;

use crate::support::actor::Actor;
use crate::support::operations::{self, Operation, roles};
use crate::support::scene::Scene;

/// Operations that need no token. A new one is a decision, and a line here.
const PUBLIC: [&str; 21] = [
    "begin_acceptance",
    "check_browser",
    "confirm_acceptance",
    "list_public_articles",
    "list_request_types",
    "list_supported_browsers",
    "look_up_invitation",
    "open_public_help_result",
    "rate_public_article",
    "read_desk_contact",
    "read_public_article",
    "redeem_enrolment",
    "redeem_password_reset",
    "refresh_session",
    "reply_to_linked_ticket",
    "report_emergency",
    "request_invitation",
    "request_password_reset",
    "search_public_help",
    "sign_in",
    "view_linked_ticket",
];

/// Operations that somebody must be signed in for.
fn guarded() -> impl Iterator<Item = &'static Operation> {
    operations::all().iter().filter(|operation| !operation.is_public())
}

/// Roles that can do nothing before their second factor.
fn careful_roles() -> impl Iterator<Item = Role> {
    roles().iter().copied().filter(|role| role.needs_second_factor())
}

/// Whether a refusal may hide behind "not found".
fn is_hidden(operation: &Operation) -> bool {
    operation.path.contains('{')
}

#[test]
fn the_public_operations_are_the_listed_ones() {
    let all = operations::all().iter().filter(|operation| operation.is_public());
    let public: Vec<&str> = all.map(|operation| operation.id.as_str()).collect();
    assert_eq!(public, PUBLIC);
}

on_both! {
    async fn nobody_known_is_asked_to_sign_in(app) {
        let scene = Scene::set(&app).await;
        for operation in guarded() {
            let answer = scene.call(operation, Role::PlatformAdmin, &app.nobody()).await;
            let answer = answer.is(401).is_refused("auth.required");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"caredesk\"");
        }
    }

    async fn every_role_may_do_what_the_table_says(app) {
        let mut table = " ".repeat(24);
        for role in roles() {
            write!(table, "{:>12}", short(*role)).unwrap();
        }
        table.push('\n');
        // What is refused changes nothing: one scene shows all that a role is refused.
        let shared = Scene::set(&app).await;
        for operation in operations::all() {
            let mut cells = String::new();
            for role in roles() {
                write!(cells, "{:>12}", outcome(&shared, operation, *role).await).unwrap();
            }
            writeln!(table, "{:<24}{cells}", operation.id).unwrap();
        }
        insta::assert_snapshot!("role_by_operation", table);
    }

    async fn without_a_second_factor_one_can_only_get_one(app) {
        for role in careful_roles() {
            let scene = Scene::set(&app).await;
            for operation in guarded() {
                let who = scene.someone_unproven(role).await;
                if operation.grant(role) == Grant::Unproven {
                    scene.perform(operation, role, &who).await.is(operation.success());
                } else {
                    let answer = scene.call(operation, role, &who).await;
                    answer.is(403).is_refused("second_factor.required");
                }
            }
        }
    }

    async fn a_second_factor_that_is_too_old_is_asked_for_again(app) {
        for (operation, role) in granted(Grant::StepUp).chain(granted(Grant::OwnStepUp)) {
            let scene = Scene::set(&app).await;
            let who = scene.someone(role).await;
            app.clock.advance(step_up_age(operation.kind()) + SignedDuration::from_mins(1));
            let answer = scene.perform(operation, role, &who.renewed()).await.is(401);
            let challenge = answer.is_refused("second_factor.step_up_required").header("www-authenticate");
            assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
            assert!(challenge.contains("max_age=300"), "{challenge}");
        }
    }

    async fn a_second_factor_of_six_minutes_ago_does_for_the_rest(app) {
        for (operation, role) in granted(Grant::Allowed) {
            let scene = Scene::set(&app).await;
            let who = scene.someone(role).await;
            app.clock.advance(SignedDuration::from_mins(6));
            scene.perform(operation, role, &who).await.is(operation.success());
        }
    }

    async fn whoever_holds_what_an_action_needs_is_let_in(app) {
        for (operation, needs) in for_holders() {
            let scene = Scene::set(&app).await;
            let who = app.holder(scene.tenant, needs).await;
            let answer = scene.perform(operation, Role::Member, &who).await;
            if answer.status.as_u16() == operation.success() {
                continue;
            }
            // Let in, and stopped by what the object is: nobody passes on what they do not hold.
            assert_ne!(answer.is(403).text("/code"), "action.not_permitted", "{}", operation.id);
        }
    }

    async fn whoever_lacks_a_permission_is_refused_whatever_else_they_hold(app) {
        assert!(for_holders().count() > 8);
        for (operation, needs) in for_holders() {
            for lacking in needs.iter() {
                let scene = Scene::set(&app).await;
                let one: PermissionSet = [lacking].into_iter().collect();
                let who = app.holder(scene.tenant, PermissionSet::all().without(one)).await;
                let answer = scene.perform(operation, Role::Member, &who).await.is(403);
                answer.is_refused("action.not_permitted");
            }
        }
    }

    async fn people_of_a_suspended_tenant_can_do_nothing(app) {
        let scene = Scene::set(&app).await;
        let who = scene.someone(Role::SiteAdmin).await;
        scene.suspend().await;
        for operation in guarded() {
            let answer = scene.call(operation, Role::SiteAdmin, &who).await;
            answer.is(403).is_refused("tenant.suspended");
        }
    }

    async fn who_is_switched_off_can_do_nothing_within_a_second(app) {
        for role in [Role::PlatformAdmin, Role::SiteAdmin] {
            let scene = Scene::set(&app).await;
            let who = remembered(&scene, role).await;
            let account = accounts::table.filter(accounts::id.eq(AnyId(who.account)));
            let off = accounts::status.eq(AccountStatus::Inactive);
            scene.behind(move |conn| diesel::update(account).set(off).execute(conn)).await;
            app.clock.advance(SignedDuration::from_secs(1));
            for operation in guarded() {
                let answer = scene.call(operation, role, &who).await;
                answer.is(403).is_refused("account.inactive");
            }
        }
    }

    async fn a_session_that_was_ended_is_refused_within_a_second(app) {
        let scene = Scene::set(&app).await;
        let who = remembered(&scene, Role::PlatformAdmin).await;
        end(&scene, &who).await;
        app.clock.advance(SignedDuration::from_secs(1));
        for operation in guarded() {
            let answer = scene.call(operation, Role::PlatformAdmin, &who).await;
            answer.is(401).is_refused("auth.invalid_token");
        }
    }

    async fn a_session_that_was_ended_changes_nothing_from_that_moment(app) {
        for operation in guarded().filter(|operation| operation.changes()) {
            let scene = Scene::set(&app).await;
            let who = remembered(&scene, Role::PlatformAdmin).await;
            end(&scene, &who).await;
            let answer = scene.perform(operation, Role::PlatformAdmin, &who).await;
            answer.is(401).is_refused("auth.invalid_token");
        }
    }
}

/// Calls an operation as somebody of a role, on a scene of its own if it may succeed, and holds what comes
/// out against the policy's table.
async fn outcome(shared: &Scene<'_>, operation: &Operation, role: Role) -> u16 {
    if operation.is_public() || operation.grant(role) != Grant::Never {
        let scene = Scene::set(shared.app).await;
        let who = scene.someone(role).await;
        let answer = scene.perform(operation, role, &who).await;
        return answer.is(operation.success()).status.as_u16();
    }
    let who = shared.someone(role).await;
    let answer = shared.call(operation, role, &who).await;
    let status = answer.status.as_u16();
    match status {
        404 if is_hidden(operation) => answer.is_refused("resource.not_found"),
        _ if role.needs_second_factor() && operation.id == "remove_second_factor" => {
            answer.is(403).is_refused("second_factor.compulsory")
        }
        _ => answer.is(403).is_refused("action.not_permitted"),
    };
    status
}

/// Every operation that a member needs permissions for, with these.
fn for_holders() -> impl Iterator<Item = (&'static Operation, PermissionSet)> {
    let all = guarded().map(|operation| (operation, operation.permissions(Role::Member)));
    let may = |operation: &Operation| grant(operation.kind(), Role::Member) != Grant::Never;
    all.filter(move |(operation, needs)| may(operation) && *needs != PermissionSet::NONE)
}

/// Every operation with every role that the table grants it to in this way.
fn granted(how: Grant) -> impl Iterator<Item = (&'static Operation, Role)> {
    let pairs = guarded().flat_map(|operation| roles().iter().map(move |role| (operation, *role)));
    pairs.filter(move |(operation, role)| operation.grant(*role) == how)
}

/// Somebody whose session was looked at a moment ago and is still remembered.
async fn remembered<'a>(scene: &Scene<'a>, role: Role) -> Actor<'a> {
    let who = scene.someone(role).await;
    who.get("/v1/sessions/current").await.is(200);
    who
}

/// Ends somebody's session, as another instance would.
async fn end(scene: &Scene<'_>, who: &Actor<'_>) {
    let session = sessions::table.filter(sessions::id.eq(AnyId(who.session)));
    let now = sessions::ended_at.eq(scene.app.house.clock.now());
    scene.behind(move |conn| diesel::update(session).set(now).execute(conn)).await;
}

/// A role's name, to stand above a column.
fn short(role: Role) -> &'static str {
    match role {
        Role::PlatformAdmin => "platform",
        Role::DeskManager => "manager",
        Role::SupportUser => "support",
        role => role.as_str(),
    }
}
