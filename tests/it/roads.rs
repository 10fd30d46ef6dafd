//! The roads to Site Admin and Support User. Each test tries one, and finds it closed.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::{RoleId, TenantId};
use caredesk_core::domain::permission::{Permission, PermissionSet};
use caredesk_core::domain::role::built_in_id;
use caredesk_core::policy::matrix::{Grant, grant};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::holders;
use crate::support::operations;
use crate::support::scene::Scene;

/// The tag of what is as it was made.
const FIRST: &str = "\"1-00000000\"";

/// A new organisation and its Site Admin.
async fn organisation<'a>(app: &'a App, slug: &str) -> (TenantId, Actor<'a>) {
    let tenant = app.tenant_id(slug).await;
    (tenant, app.someone(Role::SiteAdmin, Some(tenant)).await)
}

/// Somebody who may give roles and reads users, and holds nothing else.
async fn giver(app: &App, tenant: TenantId) -> Actor<'_> {
    app.holder(tenant, [Permission::RolesManage, Permission::UsersRead].into_iter().collect()).await
}

/// One permission.
fn only(permission: Permission) -> PermissionSet {
    [permission].into_iter().collect()
}

/// Leaves a user who was never changed with these roles.
async fn assign(who: &Actor<'_>, user: Uuid, roles: &[RoleId]) -> Answer {
    who.put(&format!("/v1/users/{user}/roles"), FIRST, json!({"role_ids": roles})).await
}

/// What somebody is and holds, as they read it.
async fn standing(who: &Actor<'_>) -> (String, Vec<Value>) {
    let own = who.get("/v1/account/permissions").await.is(200);
    let held = own.body["permissions"].as_array().unwrap().iter().filter(|one| one["held"] == true);
    (own.text("/role"), held.map(|one| one["permission"].clone()).collect())
}

on_both! {
    async fn by_a_role_of_that_name(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let before = app.rows();
        for name in [
            "Site Admin",
            "site_admin",
            "SITE-ADMINS",
            "Site Administrator",
            "S\u{456}te Adm\u{456}n",
            "SI\u{422}E AD\u{41c}IN",
            "\u{ff33}\u{ff49}\u{ff54}\u{ff45} \u{ff21}\u{ff44}\u{ff4d}\u{ff49}\u{ff4e}",
            "S\u{ed}te\u{200b}Admin",
            "S1te Adm1n",
            "Support User",
            "support.users",
            "SUPP0RT USER",
            "Supp\u{43e}rt Us\u{435}r",
            "Member",
        ] {
            let body = json!({"name": name, "permissions": []});
            sara.post("/v1/roles", body).await.is(403).is_refused("role.name_reserved");
        }
        for backwards in ["\u{202e}nimdA etiS", "\u{2067}nimdA etiS\u{2069}"] {
            let body = json!({"name": backwards, "permissions": []});
            sara.post("/v1/roles", body).await.is(422).at(&["#/name"]);
        }
        assert_eq!(app.rows(), before);
        let role = format!("/v1/roles/{}", holders::role(&app, tenant, PermissionSet::NONE).await);
        let renamed = sara.patch(&role, FIRST, json!({"name": "Site Adm\u{456}n"})).await;
        renamed.is(403).is_refused("role.name_reserved");
    }

    async fn by_assigning_a_built_in_role(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let (admin, support, member) =
            (built_in_id(Role::SiteAdmin), built_in_id(Role::SupportUser), built_in_id(Role::Member));
        let mia = app.someone(Role::Member, Some(tenant)).await;
        let sue = app.someone(Role::SupportUser, Some(tenant)).await;
        let adam = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let (by_admin, by_support) = ("site_admin.access_change_required", "support_user.access_change_required");
        for (user, role, code) in [
            (&mia, admin, by_admin),
            (&mia, support, by_support),
            (&sue, admin, by_admin),
            (&sue, member, by_support), // would revoke
            (&adam, support, by_support),
            (&adam, member, by_admin), // would revoke
            (&sara, support, by_support),
        ] {
            assign(&sara, user.account, &[role]).await.is(403).is_refused(code);
            assign(&sara, user.account, &[built_in_id(role_of(user).await), role]).await.is(403).is_refused(code);
        }
        for user in [&mia, &sue, &adam] {
            assign(&sara, user.account, &[built_in_id(role_of(user).await)]).await.is(200);
        }
        let roles = [role_of(&mia).await, role_of(&sue).await, role_of(&adam).await];
        assert_eq!(roles, [Role::Member, Role::SupportUser, Role::SiteAdmin]);
    }

    async fn by_a_role_with_every_permission(app) {
        for operation in operations::all().iter().filter(|operation| !operation.is_public()) {
            let of = |role| grant(operation.kind(), role);
            let admins_alone = of(Role::SiteAdmin) != Grant::Never && of(Role::Member) == Grant::Never;
            if admins_alone {
                let scene = Scene::set(&app).await;
                let max = app.holder(scene.tenant, PermissionSet::all()).await;
                let answer = scene.perform(operation, Role::Member, &max).await.is(403);
                // Whoever may not log a ticket is told whom to turn to.
                let is_ticket = operation.id == "open_ticket";
                answer.is_refused(if is_ticket { "ticket.not_yours_to_open" } else { "action.not_permitted" });
            }
        }
        let (tenant, sara) = organisation(&app, "pine").await;
        let max = app.holder(tenant, PermissionSet::all()).await;
        let sue = app.someone(Role::SupportUser, Some(tenant)).await;
        let own = max.get("/v1/account/permissions").await.is(200);
        assert_eq!((own.text("/role"), &own.body["may_log_tickets"]["allowed"]), ("member".into(), &json!(false)));
        let all = holders::role(&app, tenant, PermissionSet::all()).await;
        for user in [&sara, &sue] {
            assign(&max, user.account, &[all]).await.is(403).is_refused("user.out_of_reach");
            assign(&max, user.account, &[]).await.is(403).is_refused("user.out_of_reach");
        }
        let (admin, support) = (built_in_id(Role::SiteAdmin), built_in_id(Role::SupportUser));
        assign(&max, max.account, &[admin]).await.is(403).is_refused("site_admin.access_change_required");
        assign(&max, max.account, &[support]).await.is(403).is_refused("support_user.access_change_required");
        // What they hold they pass on, and nobody is a Site Admin by that.
        let mia = app.someone(Role::Member, Some(tenant)).await;
        assign(&max, mia.account, &[all]).await.is(200);
        assert_eq!(standing(&mia).await.0, "member");
    }

    async fn by_editing_a_built_in_role(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let max = app.holder(tenant, PermissionSet::all()).await;
        for role in [Role::SiteAdmin, Role::SupportUser, Role::Member] {
            let path = format!("/v1/roles/{}", built_in_id(role));
            for who in [&sara, &max] {
                let etag = who.get(&path).await.is(200).etag();
                for change in [json!({"permissions": ["users.manage"]}), json!({"name": "Helpers"}), json!({})] {
                    who.patch(&path, &etag, change).await.is(403).is_refused("role.built_in");
                }
                who.delete(&path).await.is(403).is_refused("role.built_in");
            }
        }
        let mia = app.someone(Role::Member, Some(tenant)).await;
        assert_eq!(standing(&mia).await, ("member".to_owned(), Vec::new()));
    }

    async fn by_giving_oneself_or_others_more_than_one_holds(app) {
        let (tenant, _) = organisation(&app, "pine").await;
        let (nora, mia) = (giver(&app, tenant).await, app.someone(Role::Member, Some(tenant)).await);
        for more in Permission::ALL {
            let wide = holders::role(&app, tenant, only(*more)).await;
            if matches!(more, Permission::RolesManage | Permission::UsersRead) {
                continue;
            }
            for user in [&nora, &mia] {
                let refused = assign(&nora, user.account, &[wide]).await;
                refused.is(403).is_refused("role.permissions_out_of_reach");
            }
            let body = json!({"name": format!("By {more}"), "permissions": ["users.read", more]});
            nora.post("/v1/roles", body).await.is(403).is_refused("role.permissions_out_of_reach");
        }
        assert_eq!(standing(&nora).await.1, [json!("users.read"), json!("roles.manage")]);
        assert!(standing(&mia).await.1.is_empty());
    }

    async fn by_widening_a_role_that_one_has_oneself(app) {
        let (tenant, _) = organisation(&app, "pine").await;
        let nora = giver(&app, tenant).await;
        let own = nora.get("/v1/account/permissions").await.is(200);
        let path = format!("/v1/roles/{}", own.text("/permissions/0/granted_by/0/role_id"));
        for more in ["users.manage", "audit.read", "settings.manage"] {
            let change = json!({"permissions": ["roles.manage", "users.read", more]});
            nora.patch(&path, FIRST, change).await.is(403).is_refused("role.permissions_out_of_reach");
        }
        // Nor by way of one that nobody has yet, and that is given before it is widened.
        let body = json!({"name": "Ladder", "permissions": ["users.read"]});
        let ladder = nora.post("/v1/roles", body).await.is(201);
        let change = json!({"permissions": ["users.read", "users.manage"]});
        let widened = nora.patch(&ladder.header("location"), &ladder.etag(), change).await;
        widened.is(403).is_refused("role.permissions_out_of_reach");
        assert_eq!(standing(&nora).await.1.len(), 2);
    }

    async fn by_taking_away_a_role_that_holds_more_than_oneself(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let nora = giver(&app, tenant).await;
        let wide = holders::role(&app, tenant, only(Permission::AuditRead)).await;
        let mia = app.someone(Role::Member, Some(tenant)).await;
        holders::give(&app, mia.account, wide).await;
        assign(&nora, mia.account, &[]).await.is(403).is_refused("user.out_of_reach");
        let path = format!("/v1/roles/{wide}");
        for change in [json!({"permissions": []}), json!({"name": "Harmless"})] {
            nora.patch(&path, FIRST, change).await.is(403).is_refused("role.permissions_out_of_reach");
        }
        let (site, own) = (holders::role(&app, tenant, PermissionSet::all()).await, format!("/v1/roles/{wide}"));
        holders::give(&app, sara.account, site).await;
        assign(&nora, sara.account, &[]).await.is(403).is_refused("user.out_of_reach");
        let unused = format!("/v1/roles/{}", holders::role(&app, tenant, only(Permission::AuditRead)).await);
        nora.delete(&unused).await.is(403).is_refused("role.permissions_out_of_reach");
        assert_eq!(standing(&mia).await.1, [json!("audit.read")]);
        assert_eq!(sara.get(&own).await.is(200).body["users"], 1);
    }

    async fn by_somebody_who_may_give_no_roles(app) {
        let (tenant, _) = organisation(&app, "pine").await;
        let all_but = PermissionSet::all().without(only(Permission::RolesManage));
        let max = app.holder(tenant, all_but).await;
        let role = holders::role(&app, tenant, only(Permission::UsersRead)).await;
        assign(&max, max.account, &[role]).await.is(403).is_refused("action.not_permitted");
        let body = json!({"name": "Reception", "permissions": []});
        max.post("/v1/roles", body).await.is(403).is_refused("action.not_permitted");
        let path = format!("/v1/roles/{role}");
        max.patch(&path, FIRST, json!({"name": "Reception"})).await.is(403).is_refused("action.not_permitted");
        max.send(Method::DELETE, &path, None, &[]).await.is(403).is_refused("action.not_permitted");
    }

    async fn by_making_a_user_with_that_role(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let max = app.holder(tenant, PermissionSet::all()).await;
        let before = app.rows();
        for (role, code) in [
            ("site_admin", "site_admin.access_change_required"),
            ("support_user", "support_user.access_change_required"),
        ] {
            for who in [&sara, &max] {
                let body = json!({"user_name": "eva", "first_name": "Eva", "last_name": "Holm",
                    "email": "eva@pine.example", "role": role});
                who.post("/v1/users", body).await.is(403).is_refused(code);
            }
        }
        assert_eq!(app.rows(), before);
        assert_eq!(app.letters(), [""; 0]);
    }

    async fn by_updating_a_user_to_that_role(app) {
        let (tenant, sara) = organisation(&app, "pine").await;
        let max = app.holder(tenant, PermissionSet::all()).await;
        let mia = app.someone(Role::Member, Some(tenant)).await;
        let sue = app.someone(Role::SupportUser, Some(tenant)).await;
        let adam = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let (by_admin, by_support) = ("site_admin.access_change_required", "support_user.access_change_required");
        let tried = [
            (&sara, &mia, "site_admin", by_admin),
            (&sara, &mia, "support_user", by_support),
            (&sara, &sue, "site_admin", by_admin),
            (&sara, &sue, "member", by_support), // would revoke
            (&sara, &adam, "support_user", by_support),
            (&sara, &adam, "member", by_admin), // would revoke
            (&sara, &sara, "member", by_admin),
            (&max, &mia, "site_admin", by_admin),
            (&max, &max, "site_admin", by_admin),
            (&max, &max, "support_user", by_support),
        ];
        for (who, user, role, code) in tried {
            let path = format!("/v1/users/{}", user.account);
            let shown = who.get(&path).await.is(200);
            for body in [json!({"role": role}), json!({"role": role, "first_name": "Eva"})] {
                who.patch(&path, FIRST, body).await.is(403).is_refused(code);
            }
            assert_eq!(who.get(&path).await.body, shown.body);
        }
        // What somebody is already may be said, and changes nothing.
        let path = format!("/v1/users/{}", adam.account);
        assert_eq!(sara.patch(&path, FIRST, json!({"role": "site_admin"})).await.is(200).body["version"], 1);
    }

    async fn by_coming_back(app) {
        let (_, sara) = organisation(&app, "pine").await;
        let adam = app.user("pine", "adam", Role::SiteAdmin).await;
        let path = format!("/v1/users/{}", adam.account);
        let here = app.another_session_of(&adam.at_home().await).await;
        assert_eq!(standing(&here).await.0, "site_admin");
        here.post(&format!("{path}/deactivate"), json!({"reason": "left"})).await.is(200);
        let back = sara.send(Method::POST, &format!("{path}/reactivate"), None, &[]).await.is(200);
        assert_eq!((back.text("/role"), back.text("/status")), ("member".into(), "active".into()));
        assert_eq!(back.body["was_site_admin"], true);
        // Neither a session of before nor a new one finds anything of it.
        here.get("/v1/account").await.is(401).is_refused("auth.invalid_token");
        let adam = adam.at_home().await;
        assert_eq!(standing(&adam).await, ("member".to_owned(), Vec::new()));
        adam.get("/v1/users").await.is(403).is_refused("action.not_permitted");
        let refused = sara.patch(&path, &back.etag(), json!({"role": "site_admin"})).await.is(403);
        refused.is_refused("site_admin.access_change_required");
    }
}

/// The built-in role that somebody has.
async fn role_of(who: &Actor<'_>) -> Role {
    standing(who).await.0.parse().unwrap()
}
