//! Roles: made out of a fixed catalogue, changed, deleted and given, and what anybody may do by them.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::permission::{Permission, PermissionSet};
use futures_util::future::join;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::holders;
use crate::support::moment::{at_once, statuses};

/// The id of the built-in role that every other user has.
const MEMBER: &str = "00000000-0000-7000-8000-000000000003";
/// An id of the right form that stands for nothing.
const NOTHING: &str = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4eff";

/// A new organisation and its Site Admin.
async fn organisation<'a>(app: &'a App, slug: &str) -> (TenantId, Actor<'a>) {
    let tenant = app.tenant_id(slug).await;
    (tenant, app.someone(Role::SiteAdmin, Some(tenant)).await)
}

/// A set of permissions.
fn set<const N: usize>(permissions: [Permission; N]) -> PermissionSet {
    permissions.into_iter().collect()
}

/// Makes a role; its path and tag.
async fn role(who: &Actor<'_>, name: &str, permissions: &[&str]) -> (String, String) {
    let body = json!({"name": name, "permissions": permissions});
    let made = who.post("/v1/roles", body).await.is(201);
    (made.header("location"), made.etag())
}

/// The id at the end of a path.
fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Deletes a role for a version.
async fn delete(who: &Actor<'_>, path: &str, etag: &str) -> Answer {
    who.send(Method::DELETE, path, None, &[("if-match", etag)]).await
}

/// Where somebody's permissions are, and their roles.
fn of(user: Uuid) -> (String, String) {
    (format!("/v1/users/{user}/permissions"), format!("/v1/users/{user}/roles"))
}

/// Leaves somebody with these roles, for the version that is there now.
async fn assign(who: &Actor<'_>, admin: &Actor<'_>, user: Uuid, ids: &[&str]) -> Answer {
    let (permissions, roles) = of(user);
    let etag = admin.get(&permissions).await.is(200).etag();
    who.put(&roles, &etag, json!({"role_ids": ids})).await
}

/// The words of the permissions that an answer says are held.
fn held(answer: &Answer) -> Vec<String> {
    let all = answer.body["permissions"].as_array().unwrap();
    let held = all.iter().filter(|one| one["held"] == true);
    held.map(|one| one["permission"].as_str().unwrap().to_owned()).collect()
}

/// The names of the roles that an answer says a permission comes by.
fn by(answer: &Answer, permission: &str) -> Vec<String> {
    let all = answer.body["permissions"].as_array().unwrap();
    let one = all.iter().find(|one| one["permission"] == permission).unwrap();
    let roles = one["granted_by"].as_array().unwrap();
    roles.iter().map(|role| role["name"].as_str().unwrap().to_owned()).collect()
}

/// The names in a list of roles.
fn names(list: &Answer) -> Vec<String> {
    let data = list.body["data"].as_array().unwrap();
    data.iter().map(|role| role["name"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn a_role_is_made_out_of_the_catalogue(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let body = json!({"name": "  Reception ", "description": "Looks families up",
            "permissions": ["applications.read", "users.read", "users.read"]});
        let made = sara.post("/v1/roles", body).await.is(201);
        assert_eq!(made.header("location"), format!("/v1/roles/{}", made.text("/id")));
        assert_eq!((made.text("/name"), made.text("/description")), ("Reception".into(), "Looks families up".into()));
        assert_eq!(made.body["permissions"], json!(["users.read", "applications.read"]));
        assert_eq!((&made.body["built_in"], &made.body["users"]), (&json!(false), &json!(0)));
        let read = sara.get(&made.header("location")).await.is(200);
        assert_eq!((read.body.clone(), read.etag()), (made.body.clone(), made.etag()));
        let allowed = read.body["allowed_actions"].as_array().unwrap();
        assert!(allowed.iter().all(|action| action["allowed"] == true), "{allowed:?}");
    }

    async fn the_built_in_roles_stand_before_the_others_which_stand_by_name(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        app.someone(Role::Member, Some(tenant)).await;
        for name in ["Überblick", "kitchen", "Kitchen 2", "Archive"] {
            role(&sara, name, &[]).await;
        }
        let list = sara.get("/v1/roles").await.is(200);
        assert_eq!(names(&list), ["Site Admin", "Support User", "Member", "Archive", "kitchen", "Kitchen 2", "Überblick"]);
        let built_in: Vec<_> = list.body["data"].as_array().unwrap()[..3].to_vec();
        let granted: Vec<&str> = built_in.iter().map(|role| role["granted_by"].as_str().unwrap()).collect();
        assert_eq!(granted, ["access_change", "access_change", "by_default"]);
        let users: Vec<i64> = built_in.iter().map(|role| role["users"].as_i64().unwrap()).collect();
        assert_eq!(users, [1, 0, 1]);
        assert_eq!(built_in[0]["permissions"].as_array().unwrap().len(), Permission::ALL.len());
        assert_eq!((&built_in[1]["permissions"], &built_in[2]["permissions"]), (&json!([]), &json!([])));
        let bars: Vec<_> = built_in.iter().flat_map(|role| role["allowed_actions"].as_array().unwrap()).collect();
        assert!(bars.iter().all(|action| action["barred_by"] == "role.built_in"), "{bars:?}");
        let member = sara.get(&format!("/v1/roles/{MEMBER}")).await.is(200);
        assert_eq!(member.body, built_in[2]);
        assert!(!member.etag().is_empty());
    }

    async fn the_catalogue_is_shown_to_whoever_reads_users(app) {
        let (tenant, _) = organisation(&app, "pine").await;
        let mia = app.holder(tenant, set([Permission::UsersRead])).await;
        let list = mia.get("/v1/permissions").await.is(200);
        let words: Vec<&str> =
            list.body["data"].as_array().unwrap().iter().map(|one| one["permission"].as_str().unwrap()).collect();
        let catalogue: Vec<&str> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
        assert_eq!(words, catalogue);
        let nobody = app.someone(Role::Member, Some(tenant)).await;
        nobody.get("/v1/permissions").await.is(403).is_refused("action.not_permitted");
    }

    async fn a_role_is_changed_in_part(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let body = json!({"name": "Reception", "description": "Doors", "permissions": ["users.read"]});
        let made = sara.post("/v1/roles", body).await.is(201);
        let path = made.header("location");
        app.clock.advance(SignedDuration::from_secs(1));
        let renamed = sara.patch(&path, &made.etag(), json!({"name": "Front desk"})).await.is(200);
        assert_eq!((renamed.text("/name"), renamed.text("/description")), ("Front desk".into(), "Doors".into()));
        assert_eq!((&renamed.body["permissions"], &renamed.body["version"]), (&json!(["users.read"]), &json!(2)));
        assert_ne!(renamed.body["updated_at"], renamed.body["created_at"]);
        let change = json!({"description": null, "permissions": ["audit.read"]});
        let changed = sara.patch(&path, &renamed.etag(), change).await.is(200);
        assert_eq!((&changed.body["description"], &changed.body["permissions"]), (&Value::Null, &json!(["audit.read"])));
        assert_eq!(sara.get(&path).await.body, changed.body);
    }

    async fn a_change_names_its_version(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let (path, old) = role(&sara, "Reception", &[]).await;
        let change = json!({"name": "Front desk"});
        sara.send(Method::PATCH, &path, Some(change.clone()), &[]).await.is(428).is_refused("version.required");
        sara.patch(&path, &old, change.clone()).await.is(200);
        sara.patch(&path, &old, change).await.is(412).is_refused("version.stale");
        delete(&sara, &path, &old).await.is(412).is_refused("version.stale");
        sara.delete(&path).await.is(204);
        sara.get(&path).await.is(404).is_refused("resource.not_found");
        sara.delete(&path).await.is(404).is_refused("resource.not_found");
    }

    async fn what_a_role_permits_counts_at_once_and_elsewhere_within_a_second(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let mia = app.someone(Role::Member, Some(tenant)).await;
        let (path, etag) = role(&sara, "Reception", &["users.read"]).await;
        assign(&sara, &sara, mia.account, &[id(&path)]).await.is(200);
        let elsewhere = app.beside().await;
        let there = || Actor { app: &elsewhere, token: mia.token.clone(), ..mia };
        mia.get("/v1/roles").await.is(200);
        there().get("/v1/roles").await.is(200);
        let narrowed = sara.patch(&path, &etag, json!({"permissions": []})).await.is(200);
        mia.get("/v1/roles").await.is(403).is_refused("action.not_permitted");
        app.clock.advance(SignedDuration::from_secs(1));
        there().get("/v1/roles").await.is(403).is_refused("action.not_permitted");
        sara.patch(&path, &narrowed.etag(), json!({"permissions": ["users.read"]})).await.is(200);
        mia.get("/v1/roles").await.is(200);
        assign(&sara, &sara, mia.account, &[]).await.is(200);
        mia.get("/v1/roles").await.is(403).is_refused("action.not_permitted");
    }

    async fn a_role_in_use_cannot_vanish(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let (path, _) = role(&sara, "Reception", &["users.read"]).await;
        assign(&sara, &sara, mia.account, &[id(&path)]).await.is(200);
        let used = sara.get(&path).await.is(200);
        assert_eq!(used.body["users"], 1);
        assert_eq!(used.body["allowed_actions"][1]["barred_by"], "role.in_use");
        sara.delete(&path).await.is(409).is_refused("role.in_use");
        app.switch_off(mia.account).await; // who is away keeps the role, and finds it again
        sara.delete(&path).await.is(409).is_refused("role.in_use");
        assign(&sara, &sara, mia.account, &[]).await.is(200);
        sara.delete(&path).await.is(204);
        assert_eq!(names(&sara.get("/v1/roles").await).len(), 3);
    }

    async fn a_name_is_given_once_in_an_organisation(app) {
        let (_, sara) = organisation(&app, "pine").await;
        role(&sara, "Reception", &[]).await;
        let taken = json!({"name": "RECEPTION", "permissions": []});
        sara.post("/v1/roles", taken.clone()).await.is(409).is_refused("role.name_taken");
        let (other, etag) = role(&sara, "Kitchen", &[]).await;
        sara.patch(&other, &etag, json!({"name": "reception"})).await.is(409).is_refused("role.name_taken");
        sara.patch(&other, &etag, json!({"name": "KITCHEN"})).await.is(200);
        let (_, olga) = organisation(&app, "oak").await;
        olga.post("/v1/roles", taken).await.is(201);
    }

    async fn of_two_roles_with_one_name_at_once_one_is_made(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let make = |name: &str| {
            let body = json!({"name": name, "permissions": ["users.read"]});
            sara.send(Method::POST, "/v1/roles", Some(body), &[])
        };
        let (one, other) = ("Reception".to_owned(), "reception".to_owned());
        let answers = at_once(vec![make(&one), make(&other)]).await;
        assert_eq!(statuses(&answers), [201, 409]);
        let refused = answers.into_iter().find(|answer| answer.status == 409).unwrap();
        refused.is_refused("role.name_taken");
        assert_eq!(app.count("roles"), 1);
    }

    async fn an_organisation_has_a_hundred_roles_at_most(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        for _ in 0..99 {
            holders::role(&app, tenant, PermissionSet::NONE).await;
        }
        let make = |name: &str| {
            sara.send(Method::POST, "/v1/roles", Some(json!({"name": name, "permissions": []})), &[])
        };
        let (one, other) = ("The last".to_owned(), "One more".to_owned());
        let answers = at_once(vec![make(&one), make(&other)]).await;
        assert_eq!(statuses(&answers), [201, 409]);
        make("Another").await.is(409).is_refused("role.too_many");
        let list = sara.get("/v1/roles").await.is(200);
        assert_eq!((names(&list).len(), &list.body["next_cursor"]), (103, &Value::Null));
        let (_, olga) = organisation(&app, "oak").await;
        role(&olga, "Reception", &[]).await;
    }

    async fn a_user_is_left_with_exactly_the_roles_that_are_named(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let mia = app.someone(Role::Member, Some(tenant)).await;
        let (a, _) = role(&sara, "Alpha", &["users.read"]).await;
        let (b, _) = role(&sara, "Beta", &["users.read", "audit.read"]).await;
        let first = assign(&sara, &sara, mia.account, &[id(&b), id(&a), id(&a), MEMBER]).await.is(200);
        assert_eq!(held(&first), ["users.read", "audit.read"]);
        assert_eq!((by(&first, "users.read"), by(&first, "audit.read")), (vec!["Alpha".into(), "Beta".into()], vec!["Beta".to_owned()]));
        assert_eq!(first.body["version"], 2);
        assert_eq!(sara.get(&of(mia.account).0).await.body, first.body);
        let second = sara.put(&of(mia.account).1, &first.etag(), json!({"role_ids": [id(&a)]})).await.is(200);
        assert_eq!((held(&second), &second.body["version"]), (vec!["users.read".to_owned()], &json!(3)));
        let stale = sara.put(&of(mia.account).1, &first.etag(), json!({"role_ids": []})).await;
        stale.is(412).is_refused("version.stale");
        let body = Some(json!({"role_ids": []}));
        let blind = sara.send(Method::PUT, &of(mia.account).1, body, &[]).await;
        blind.is(428).is_refused("version.required");
        assert_eq!(mia.get("/v1/account/permissions").await.is(200).body, second.body);
    }

    async fn a_role_that_the_organisation_has_not_is_named(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let (_, olga) = organisation(&app, "oak").await;
        let mia = app.someone(Role::Member, Some(tenant)).await;
        let ((ours, _), (theirs, _)) = (role(&sara, "Alpha", &[]).await, role(&olga, "Beta", &["users.read"]).await);
        let before = app.rows();
        let refused = assign(&sara, &sara, mia.account, &[NOTHING, id(&ours), id(&theirs)]).await;
        refused.is(422).is_refused("request.invalid").at(&["#/role_ids/0", "#/role_ids/2"]);
        let many: Vec<&str> = std::iter::repeat_n(MEMBER, 21).collect();
        assign(&sara, &sara, mia.account, &many).await.is(422).at(&["#/role_ids"]);
        assign(&sara, &sara, mia.account, &["reception"]).await.is(422).at(&["#/role_ids/0"]);
        assert_eq!(app.rows(), before);
        let foreign = sara.put(&of(olga.account).1, "\"1-00000000\"", json!({"role_ids": []})).await;
        foreign.is(404).is_refused("resource.not_found");
        sara.get(&of(olga.account).0).await.is(404);
        sara.get(&theirs).await.is(404);
        let desk = app.platform_admin().await;
        sara.get(&of(desk.account).0).await.is(404);
    }

    async fn a_new_role_is_what_the_document_says(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let before = app.rows();
        for (body, places) in [
            (json!({}), vec!["#/name", "#/permissions"]),
            (json!({"name": "A", "permissions": []}), vec!["#/name"]),
            (json!({"name": "x".repeat(61), "permissions": []}), vec!["#/name"]),
            (json!({"name": "\u{202e}noitpeceR", "permissions": []}), vec!["#/name"]),
            (json!({"name": "Reception", "permissions": ["users.read", "site_admin"]}), vec!["#/permissions/1"]),
            (json!({"name": "Reception", "permissions": [7], "bits": 1}), vec!["#/permissions/0", "#/bits"]),
            (json!({"name": "Reception", "permissions": [], "description": null}), vec!["#/description"]),
        ] {
            sara.post("/v1/roles", body).await.is(422).is_refused("request.invalid").at(&places);
        }
        assert_eq!(app.rows(), before);
    }

    async fn of_a_role_that_is_given_and_deleted_at_once_one_wins_and_nobody_has_what_is_gone(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        for round in 0..8 {
            let mia = app.someone(Role::Member, Some(tenant)).await;
            let (path, etag) = role(&sara, &format!("Role {round}"), &["users.read"]).await;
            let (permissions, roles) = of(mia.account);
            let tag = sara.get(&permissions).await.is(200).etag();
            let give = sara.put(&roles, &tag, json!({"role_ids": [id(&path)]}));
            let (given, deleted) = join(give, delete(&sara, &path, &etag)).await;
            let now = sara.get(&permissions).await.is(200);
            if given.status == 200 {
                deleted.is(409).is_refused("role.in_use");
                assert_eq!(by(&now, "users.read").len(), 1);
            } else {
                given.is(422).is_refused("request.invalid").at(&["#/role_ids/0"]);
                deleted.is(204);
                assert!(held(&now).is_empty());
            }
        }
    }

    async fn of_a_role_that_is_widened_and_given_at_once_nobody_gives_what_they_do_not_hold(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let nora = app.holder(tenant, set([Permission::RolesManage, Permission::UsersRead])).await;
        for round in 0..8 {
            let mia = app.someone(Role::Member, Some(tenant)).await;
            let (path, etag) = role(&sara, &format!("Role {round}"), &["users.read"]).await;
            let (permissions, roles) = of(mia.account);
            let tag = sara.get(&permissions).await.is(200).etag();
            let give = nora.put(&roles, &tag, json!({"role_ids": [id(&path)]}));
            let widen = sara.patch(&path, &etag, json!({"permissions": ["users.read", "audit.read"]}));
            let (given, widened) = join(give, widen).await;
            widened.is(200);
            if given.status == 200 {
                assert_eq!(held(&given), ["users.read"]); // what was given; the Site Admin added the rest
            } else {
                given.is(403).is_refused("role.permissions_out_of_reach");
                assert!(held(&sara.get(&permissions).await).is_empty());
            }
        }
    }

    async fn of_two_who_give_one_user_roles_at_once_one_reads_again(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let mia = app.someone(Role::Member, Some(tenant)).await;
        let (a, b) = (role(&sara, "Alpha", &["users.read"]).await.0, role(&sara, "Beta", &["audit.read"]).await.0);
        let (permissions, roles) = of(mia.account);
        let etag = sara.get(&permissions).await.is(200).etag();
        let give = |role: &str| {
            let body = Some(json!({"role_ids": [role]}));
            let headers = [("if-match", etag.as_str())];
            let sara = &sara;
            let roles = &roles;
            async move { sara.send(Method::PUT, roles, body, &headers).await }
        };
        let answers = at_once(vec![give(id(&a)), give(id(&b))]).await;
        assert_eq!(statuses(&answers), [200, 412]);
        assert_eq!(held(&sara.get(&permissions).await).len(), 1);
    }

    async fn a_user_sees_what_they_may_do_and_by_what(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let mine = sara.get("/v1/account/permissions").await.is(200);
        assert_eq!((held(&mine).len(), by(&mine, "roles.manage")), (Permission::ALL.len(), vec!["Site Admin".to_owned()]));
        assert_eq!(mine.body["may_log_tickets"], json!({"allowed": true, "because": "site_admin"}));
        let supporter = app.someone(Role::SupportUser, Some(tenant)).await;
        let theirs = supporter.get("/v1/account/permissions").await.is(200);
        assert!(held(&theirs).is_empty());
        assert_eq!(theirs.body["may_log_tickets"], json!({"allowed": true, "because": "support_user"}));
        let mia = app.holder(tenant, set([Permission::ExportsRun])).await;
        let hers = mia.get("/v1/account/permissions").await.is(200);
        assert_eq!(held(&hers), ["exports.run"]);
        assert_eq!(hers.body["may_log_tickets"], json!({"allowed": false, "because": "member"}));
        assert_eq!((&hers.body["effective"], &hers.body["ineffective_because"]), (&json!(true), &Value::Null));
        mia.get(&of(sara.account).0).await.is(403).is_refused("action.not_permitted");
        app.platform_admin().await.get("/v1/account/permissions").await.is(403);
    }

    async fn what_counts_for_nothing_now_says_why(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let adam = app.user("pine", "adam", Role::SiteAdmin).await;
        let without = sara.get(&of(adam.account).0).await.is(200);
        assert_eq!((&without.body["effective"], without.text("/ineffective_because")), (&json!(false), "second_factor_missing".into()));
        assert_eq!(without.body["may_log_tickets"], json!({"allowed": false, "because": "not_effective"}));
        let sue = app.user("pine", "sue", Role::SupportUser).await;
        assert_eq!(sara.get(&of(sue.account).0).await.is(200).body["effective"], true);
        let settings = format!("/v1/tenants/{tenant}/settings");
        let etag = sara.get(&format!("/v1/tenants/{tenant}")).await.etag();
        sara.patch(&settings, &etag, json!({"support_user_second_factor": true})).await.is(200);
        assert_eq!(sara.get(&of(sue.account).0).await.text("/ineffective_because"), "second_factor_missing");
        app.switch_off(adam.account).await;
        assert_eq!(sara.get(&of(adam.account).0).await.text("/ineffective_because"), "account_inactive");
    }

    async fn the_audit_names_ids_and_permissions_and_no_names(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let mia = app.someone(Role::Member, Some(tenant)).await;
        let (path, etag) = role(&sara, "Canary", &["users.read"]).await;
        let change = json!({"name": "Canary 2", "permissions": ["audit.read"]});
        app.clock.advance(SignedDuration::from_secs(1));
        sara.patch(&path, &etag, change).await.is(200);
        app.clock.advance(SignedDuration::from_secs(1));
        assign(&sara, &sara, mia.account, &[id(&path)]).await.is(200);
        app.clock.advance(SignedDuration::from_secs(1));
        assign(&sara, &sara, mia.account, &[]).await.is(200);
        app.clock.advance(SignedDuration::from_secs(1));
        sara.delete(&path).await.is(204);
        let role_actions = ["role.create", "role.update", "user.roles.assign", "role.delete"];
        let audit = app.audit().await;
        let is_about = |entry: &&Value| role_actions.contains(&entry["action"].as_str().unwrap());
        let found: Vec<(String, String, Value)> = audit.iter().filter(is_about).map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            (text("action"), text("target_id"), serde_json::from_str(&text("detail")).unwrap())
        }).collect();
        let (role, user) = (id(&path).to_owned(), mia.account.to_string());
        let said = |action: &str, target: &String, detail: Value| (action.to_owned(), target.clone(), detail);
        assert_eq!(found, [
            said("role.create", &role, json!({"permissions": ["users.read"]})),
            said("role.update", &role, json!({"changed": ["name", "permissions"], "added": ["audit.read"], "removed": ["users.read"]})),
            said("user.roles.assign", &user, json!({"added": [role], "removed": []})),
            said("user.roles.assign", &user, json!({"added": [], "removed": [role]})),
            said("role.delete", &role, json!({"permissions": ["audit.read"]})),
        ]);
        assert!(app.letters().is_empty());
    }

    async fn every_change_of_a_role_wants_a_fresh_second_factor(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let mia = app.someone(Role::Member, Some(tenant)).await;
        let (path, etag) = role(&sara, "Reception", &[]).await;
        let tag = sara.get(&of(mia.account).0).await.etag();
        app.clock.advance(SignedDuration::from_secs(301));
        let stale = [
            sara.post("/v1/roles", json!({"name": "Kitchen", "permissions": []})).await,
            sara.patch(&path, &etag, json!({"name": "Kitchen"})).await,
            sara.delete(&path).await,
            sara.put(&of(mia.account).1, &tag, json!({"role_ids": [id(&path)]})).await,
        ];
        for answer in stale {
            answer.is(401).is_refused("second_factor.step_up_required");
        }
    }
}
