//! Keys of programs: shown once, scoped, dated, rotated, ended.

use std::collections::BTreeSet;

use caredesk::jobs::api_keys::round;
use caredesk::store::columns::AnyId;
use caredesk::store::schema::{accounts, api_keys, jobs, notifications};
use caredesk_core::domain::account::{AccountStatus, Role};
use caredesk_core::domain::api_key::KeyPermission;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::permission::{Permission, PermissionSet};
use caredesk_core::policy::matrix;
use diesel::prelude::*;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::operations;
use crate::support::scene::{Scene, behind};

/// Everything that a key may permit.
fn every_scope() -> PermissionSet {
    KeyPermission::set_of(KeyPermission::ALL)
}

/// A new organisation and its Site Admin.
async fn organisation<'a>(app: &'a App, slug: &str) -> (TenantId, Actor<'a>) {
    let tenant = app.tenant_id(slug).await;
    (tenant, app.someone(Role::SiteAdmin, Some(tenant)).await)
}

/// Makes a key.
async fn made(admin: &Actor<'_>, scopes: &[&str], days: i32) -> Answer {
    let body = json!({"name": "Enrolment system", "scopes": scopes, "expires_in_days": days});
    admin.post("/v1/api-keys", body).await.is(201)
}

/// The program that has what an answer showed.
fn with_secret<'a>(app: &'a App, shown: &Answer) -> Actor<'a> {
    with_text(app, &shown.text("/secret"))
}

/// A program that sends this.
fn with_text<'a>(app: &'a App, secret: &str) -> Actor<'a> {
    let (account, session) = (Uuid::nil(), Uuid::nil());
    Actor { app, token: Some(secret.to_owned()), account, session }
}

/// What the program reads of its own key.
async fn own(program: &Actor<'_>) -> Answer {
    program.get("/v1/current-api-key").await
}

/// Refused as whatever is no key.
#[track_caller]
fn unknown(answer: Answer) {
    let answer = answer.is(401).is_refused("auth.invalid_token");
    assert!(answer.header("www-authenticate").starts_with("Bearer "));
}

/// How many messages of a kind wait.
async fn told(app: &App, kind: MessageKind) -> i64 {
    let read = app.house.db.read::<_, caredesk::store::StoreError, _>(move |conn| {
        let all = notifications::table.filter(notifications::kind.eq(kind));
        Ok(all.count().get_result(conn)?)
    });
    read.await.unwrap()
}

on_both! {
    async fn a_key_is_shown_once_and_opens_what_is_its_own(app) {
        let (tenant, admin) = organisation(&app, "pine").await;
        let shown = made(&admin, &["applications.read", "exports.run"], 90).await;
        let (id, secret) = (shown.text("/id"), shown.text("/secret"));
        assert_eq!(shown.header("location"), format!("/v1/api-keys/{id}"));
        assert_eq!(shown.header("content-encoding"), "identity");
        for path in ["/v1/api-keys", &format!("/v1/api-keys/{id}")] {
            let later = admin.get(path).await.is(200);
            assert!(later.raw.contains(&id) && !later.raw.contains(&secret[21..]), "{}", later.raw);
        }
        let read = own(&with_secret(&app, &shown)).await.is(200);
        assert_eq!(read.text("/tenant_id"), tenant.to_string());
        assert_eq!(read.body["scopes"], json!(["applications.read", "exports.run"]));
        assert_eq!(read.text("/expires_at"), "2027-02-19T09:00:00Z");
    }

    async fn a_repeated_request_makes_one_key_and_shows_it_once(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let body = json!({"name": "Nights", "scopes": ["exports.run"], "expires_in_days": 1});
        let once = [("idempotency-key", "one")];
        let ask = async || admin.send(Method::POST, "/v1/api-keys", Some(body.clone()), &once).await;
        ask().await.is(201);
        ask().await.is(409).is_refused("idempotency.answer_not_kept");
        assert_eq!(admin.get("/v1/api-keys").await.is(200).body["data"].as_array().unwrap().len(), 1);
    }

    async fn a_key_permits_no_more_than_its_maker_holds(app) {
        let (tenant, admin) = organisation(&app, "pine").await;
        let holds = [Permission::ApiKeysManage, Permission::ApplicationsRead].into_iter().collect();
        let max = app.holder(tenant, holds).await;
        made(&max, &["applications.read"], 90).await;
        let body = json!({"name": "Nights", "scopes": ["applications.read", "exports.run"], "expires_in_days": 9});
        max.post("/v1/api-keys", body).await.is(403).is_refused("role.permissions_out_of_reach");
        // Whoever rotates sees the secret.
        let key = format!("/v1/api-keys/{}/rotate", made(&admin, &["exports.run"], 90).await.text("/id"));
        max.post(&key, json!({})).await.is(403).is_refused("role.permissions_out_of_reach");
    }

    async fn what_a_key_may_never_permit_is_no_scope(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let within = |permission: &Permission| every_scope().has(*permission);
        for never in Permission::ALL.iter().filter(|permission| !within(permission)) {
            let body = json!({"name": "Nights", "scopes": [never], "expires_in_days": 9});
            admin.post("/v1/api-keys", body).await.is(422).at(&["#/scopes/0"]);
        }
        for (field, value) in [("scopes", json!([])), ("expires_in_days", json!(0)), ("expires_in_days", json!(366))] {
            let mut body = json!({"name": "Nights", "scopes": ["exports.run"], "expires_in_days": 9});
            body[field] = value;
            admin.post("/v1/api-keys", body).await.is(422);
        }
    }

    async fn a_key_counts_until_the_second_it_expires(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let program = with_secret(&app, &made(&admin, &["exports.run"], 1).await);
        app.clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(1));
        own(&program).await.is(200);
        app.clock.advance(SignedDuration::from_secs(1));
        unknown(own(&program).await);
    }

    async fn after_a_rotation_both_secrets_work_until_the_overlap_ends(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let first = made(&admin, &["exports.run"], 90).await;
        let rotate = format!("/v1/api-keys/{}/rotate", first.text("/id"));
        let second = admin.post(&rotate, json!({"overlap_hours": 2})).await.is(200);
        let (old, new) = (with_secret(&app, &first), with_secret(&app, &second));
        assert_eq!(own(&old).await.is(200).body["previous_secret_until"], "2026-11-21T11:00:00Z");
        own(&new).await.is(200);
        // Neither a second time meanwhile, nor two at once: the secret of before would end unasked.
        admin.post(&rotate, json!({})).await.is(409).is_refused("api_key.rotation_running");
        app.clock.advance(SignedDuration::from_hours(2));
        unknown(own(&old).await);
        own(&new).await.is(200);
        // Whoever has lost a secret ends it at once, whatever else is running.
        let fresh = app.someone(Role::SiteAdmin, Some(tenant_of_shown(&app, &first).await)).await;
        let third = fresh.post(&rotate, json!({"overlap_hours": 0, "expires_in_days": 365})).await.is(200);
        unknown(own(&new).await);
        assert_eq!(third.body["api_key"]["expires_at"], "2027-11-21T11:00:00Z");
        own(&with_secret(&app, &third)).await.is(200);
    }

    async fn of_two_rotations_at_once_one_is_told_to_wait(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let rotate = format!("/v1/api-keys/{}/rotate", made(&admin, &["exports.run"], 90).await.text("/id"));
        let (one, other) = tokio::join!(admin.post(&rotate, json!({})), admin.post(&rotate, json!({})));
        let statuses: BTreeSet<u16> = [&one, &other].map(|answer| answer.status.as_u16()).into();
        assert_eq!(statuses, BTreeSet::from([200, 409]));
    }

    async fn a_revoked_key_is_refused_at_once_and_elsewhere_within_a_second(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let shown = made(&admin, &["exports.run"], 90).await;
        let (here, beside) = (with_secret(&app, &shown), app.beside().await);
        let there = with_secret(&beside, &shown);
        own(&here).await.is(200);
        own(&there).await.is(200);
        let revoke = format!("/v1/api-keys/{}/revoke", shown.text("/id"));
        let revoked = admin.send(Method::POST, &revoke, None, &[]).await.is(200);
        assert_eq!(revoked.text("/status"), "revoked");
        unknown(own(&here).await);
        app.clock.advance(SignedDuration::from_secs(1));
        unknown(own(&there).await);
        admin.send(Method::POST, &revoke, None, &[]).await.is(409).is_refused("api_key.over");
        let rotate = revoke.replace("revoke", "rotate");
        admin.post(&rotate, json!({})).await.is(409).is_refused("api_key.over");
    }

    async fn whatever_is_not_the_secret_to_the_letter_is_refused(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let secret = made(&admin, &["exports.run"], 90).await.text("/secret");
        let other = made(&admin, &["exports.run"], 90).await.text("/secret");
        let swapped = format!("{}{}", &secret[..21], &other[21..]);
        let (cut, upper) = (&secret[..secret.len() - 1], secret.to_uppercase());
        let mut wrong_sum = secret.clone();
        wrong_sum.replace_range(67.., if secret.ends_with('A') { "B" } else { "A" });
        for bad in [cut, &upper, &wrong_sum, &swapped, "cdk_", &format!("{secret}x")] {
            unknown(own(&with_text(&app, bad)).await);
        }
        app.nobody().get(&format!("/v1/current-api-key?key={secret}")).await.is(401).is_refused("auth.required");
        own(&with_text(&app, &secret)).await.is(200);
    }

    async fn who_tries_a_handle_too_often_waits_and_its_program_does_not(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let shown = made(&admin, &["exports.run"], 90).await;
        let rotate = format!("/v1/api-keys/{}/rotate", shown.text("/id"));
        let second = admin.post(&rotate, json!({"overlap_hours": 0})).await.is(200);
        for _ in 0..10 {
            unknown(own(&with_secret(&app, &shown)).await);
        }
        own(&with_secret(&app, &shown)).await.is(429);
        own(&with_secret(&app, &second)).await.is(200);
    }

    async fn a_key_of_a_suspended_organisation_is_refused(app) {
        let scene = Scene::set(&app).await;
        let program = app.program(scene.tenant, every_scope()).await;
        own(&program).await.is(200);
        scene.suspend().await;
        app.clock.advance(SignedDuration::from_secs(1));
        unknown(own(&program).await);
    }

    async fn last_use_is_written_once_a_minute_with_the_address(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let shown = made(&admin, &["exports.run"], 90).await;
        let (program, path) = (with_secret(&app, &shown), format!("/v1/api-keys/{}", shown.text("/id")));
        let (_, first) = app.statements_of(own(&program)).await;
        assert!(first.iter().any(|sql| sql.starts_with("UPDATE")), "{first:?}");
        let used = admin.get(&path).await.is(200);
        assert_eq!((used.text("/last_used_at"), used.text("/last_used_address")), ("2026-11-21T09:00:00Z".to_owned(), "127.0.0.1".to_owned()));
        app.clock.advance(SignedDuration::from_secs(59));
        let (_, sent) = app.statements_of(own(&program)).await;
        assert!(!sent.iter().any(|sql| sql.starts_with("UPDATE")), "{sent:?}");
        assert_eq!(admin.get(&path).await.text("/last_used_at"), "2026-11-21T09:00:00Z");
        app.clock.advance(SignedDuration::from_secs(1));
        own(&program).await.is(200);
        assert_eq!(admin.get(&path).await.text("/last_used_at"), "2026-11-21T09:01:00Z");
    }

    async fn a_key_goes_on_without_its_maker_and_the_list_says_so(app) {
        let (tenant, admin) = organisation(&app, "pine").await;
        let max = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let program = with_secret(&app, &made(&max, &["exports.run"], 90).await);
        let row = accounts::table.find(AnyId(max.account));
        let off = accounts::status.eq(AccountStatus::Inactive);
        behind(&app, move |conn| diesel::update(row).set(off).execute(conn)).await;
        own(&program).await.is(200);
        assert_eq!(admin.get("/v1/api-keys").await.is(200).text("/data/0/maker_status"), "inactive");
    }

    async fn a_list_narrows_by_what_counts(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let revoked = made(&admin, &["exports.run"], 1).await.text("/id");
        admin.send(Method::POST, &format!("/v1/api-keys/{revoked}/revoke"), None, &[]).await.is(200);
        let expired = made(&admin, &["exports.run"], 1).await.text("/id");
        let active = made(&admin, &["exports.run"], 2).await.text("/id");
        app.clock.advance(SignedDuration::from_hours(24));
        let admin = app.someone(Role::SiteAdmin, Some(tenant_of_key(&app, &active).await)).await;
        for (status, id) in [("revoked", &revoked), ("expired", &expired), ("active", &active)] {
            let page = admin.get(&format!("/v1/api-keys?status={status}")).await.is(200);
            assert_eq!(page.body["data"].as_array().unwrap().len(), 1, "{}", page.raw);
            assert_eq!((page.text("/data/0/id"), page.text("/data/0/status")), (id.clone(), status.to_owned()));
        }
        let first = admin.get("/v1/api-keys?limit=2").await.is(200);
        let rest = admin.get(&format!("/v1/api-keys?limit=2&cursor={}", first.text("/next_cursor"))).await.is(200);
        assert_eq!(rest.text("/data/0/id"), revoked);
    }

    async fn site_admins_are_told_of_a_secret_and_once_of_an_end(app) {
        let (tenant, admin) = organisation(&app, "pine").await;
        app.someone(Role::SiteAdmin, Some(tenant)).await;
        let shown = made(&admin, &["exports.run"], 30).await;
        made(&admin, &["exports.run"], 14).await; // counts for so short that nobody is warned
        let both = 2;
        assert_eq!(told(&app, MessageKind::ApiKeyChanged).await, 2 * both);
        admin.post(&format!("/v1/api-keys/{}/rotate", shown.text("/id")), json!({})).await.is(200);
        assert_eq!(told(&app, MessageKind::ApiKeyChanged).await, 3 * both);
        round(&app.house).await.unwrap();
        assert_eq!(told(&app, MessageKind::ApiKeyExpiring).await, 0);
        app.clock.advance(SignedDuration::from_hours(16 * 24));
        round(&app.house).await.unwrap();
        round(&app.house).await.unwrap();
        assert_eq!(told(&app, MessageKind::ApiKeyExpiring).await, both);
    }

    async fn what_a_program_does_stands_in_the_audit_under_its_key(app) {
        let (tenant, admin) = organisation(&app, "pine").await;
        let program = app.program(tenant, every_scope()).await;
        program.get("/v1/users").await.is(403).is_refused("action.not_permitted");
        let path = format!("/v1/audit-entries?actor_id={}", program.account);
        let entry = admin.get(&path).await.is(200);
        assert_eq!((entry.text("/data/0/actor_kind"), entry.text("/data/0/action")), ("integration".to_owned(), "user.read".to_owned()));
        assert_eq!(entry.body["data"][0]["session_id"], Value::Null);
    }

    async fn a_try_with_a_key_that_is_over_stands_in_its_organisations_audit(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let shown = made(&admin, &["exports.run"], 30).await;
        admin.post(&format!("/v1/api-keys/{}/revoke", shown.text("/id")), json!({})).await.is(200);
        app.clock.advance(SignedDuration::from_secs(2));
        unknown(own(&with_secret(&app, &shown)).await);
        let entry = admin.get("/v1/audit-entries?action=api_key.use").await.is(200);
        assert_eq!(entry.text("/data/0/target_id"), shown.text("/id"));
        assert_eq!((entry.text("/data/0/rule"), entry.text("/data/0/outcome")), ("auth.invalid_token".to_owned(), "denied".to_owned()));
        assert_eq!(entry.text("/data/0/actor_kind"), "public", "nobody has proven to be the program");
    }

    async fn a_program_sees_its_own_jobs_and_no_other(app) {
        let scene = Scene::set(&app).await;
        let program = app.program(scene.tenant, every_scope()).await;
        let job = format!("/v1/jobs/{}", scene.job);
        program.get(&job).await.is(404);
        let row = jobs::table.find(AnyId(scene.job));
        let maker = jobs::created_by.eq(AnyId(program.account));
        scene.behind(move |conn| diesel::update(row).set(maker).execute(conn)).await;
        assert_eq!(program.get(&job).await.is(200).text("/id"), scene.job.to_string());
        assert_eq!(program.get("/v1/jobs").await.is(200).body["data"].as_array().unwrap().len(), 1);
        program.send(Method::POST, &format!("{job}/cancel"), None, &[]).await.is(200);
    }

    async fn the_road_to_site_admin_by_key(app) {
        let open: BTreeSet<&str> = [
            "cancel_job", "list_job_results", "list_jobs", "read_current_api_key", "read_job", "read_upload",
            "watch_job", "write_upload_content", "delete_upload", "create_upload",
            "create_application", "list_applications", "read_application", "update_application", "submit_application",
            "withdraw_application", "invite_family", "reinvite_family", "unlink_application", "list_invitations",
            "read_invitation", "resend_invitation", "revoke_invitation", "import_applications", "invite_families",
            "unlink_applications",
        ].into();
        let scene = Scene::set(&app).await;
        for operation in operations::all().iter().filter(|operation| !operation.is_public()) {
            let program = app.program(scene.tenant, every_scope()).await;
            if operation.id != "resume_tenant" {
                scene.prepare(operation, &program).await; // which would suspend the key with its organisation
            }
            let answer = scene.call(operation, Role::Integration, &program).await;
            let id = operation.id.as_str();
            let security = operation.value["security"].to_string();
            assert_eq!(security.contains("api_key"), open.contains(id), "{id}: {security}");
            assert_eq!(matrix::is_open_to_programs(operation.kind()), open.contains(id), "{id}");
            match id {
                // A file of people, which no key leads to, whatever it permits.
                "create_upload" => answer.is(403).is_refused("action.not_permitted"),
                _ if open.contains(id) => answer.is(operation.success()),
                _ => answer.is(403).is_refused("action.not_permitted"),
            };
        }
    }

    async fn a_row_that_says_more_than_a_key_may_permit_permits_no_more(app) {
        let (tenant, admin) = organisation(&app, "pine").await;
        let program = app.program(tenant, PermissionSet::all()).await;
        for path in ["/v1/users", "/v1/roles", "/v1/audit-entries", "/v1/api-keys", "/v1/users-export"] {
            let status = program.get(path).await.status.as_u16();
            assert!(matches!(status, 403 | 404), "{path}: {status}");
        }
        let shown = admin.get(&format!("/v1/api-keys/{}", program.account)).await.is(200);
        assert_eq!(shown.body["scopes"].as_array().unwrap().len(), 8);
    }

    async fn a_key_is_no_user_and_nobody_signs_in_with_it(app) {
        let (_, admin) = organisation(&app, "pine").await;
        let shown = made(&admin, &["exports.run"], 90).await;
        let id = shown.text("/id");
        admin.get(&format!("/v1/users/{id}")).await.is(404);
        assert!(!admin.get("/v1/users").await.is(200).raw.contains(&id));
        let handle = shown.body["api_key"]["handle"].as_str().unwrap().to_owned();
        for name in [handle.clone(), format!("key {handle}"), shown.text("/secret")] {
            let body = json!({"realm": "tenant", "tenant": "pine", "name": name, "password": shown.text("/secret")});
            app.nobody().post("/v1/sessions", body).await.is(401);
        }
        let refresh = json!({"refresh_token": shown.text("/secret")});
        let refreshed = app.nobody().post("/v1/sessions/refresh", refresh).await;
        assert!(refreshed.status.is_client_error(), "{}", refreshed.raw);
    }

    async fn an_organisation_has_fifty_keys_that_count(app) {
        let (tenant, admin) = organisation(&app, "pine").await;
        let mut last = Uuid::nil();
        for _ in 0..50 {
            last = app.program(tenant, PermissionSet::NONE).await.account;
        }
        let body = json!({"name": "One more", "scopes": ["exports.run"], "expires_in_days": 9});
        admin.post("/v1/api-keys", body.clone()).await.is(409).is_refused("api_key.too_many");
        let row = api_keys::table.find(AnyId(last));
        let over = api_keys::expires_at.eq(app.house.clock.now());
        behind(&app, move |conn| diesel::update(row).set(over).execute(conn)).await;
        admin.post("/v1/api-keys", body).await.is(201);
    }
}

/// The organisation of a key that an answer showed.
async fn tenant_of_shown(app: &App, shown: &Answer) -> TenantId {
    tenant_of_key(app, &shown.text("/id")).await
}

/// The organisation of a key.
async fn tenant_of_key(app: &App, id: &str) -> TenantId {
    let id = AnyId(id.parse().unwrap());
    let read = app.house.db.read::<_, caredesk::store::StoreError, _>(move |conn| {
        Ok(api_keys::table.find(id).select(api_keys::tenant_id).first(conn)?)
    });
    read.await.unwrap()
}
