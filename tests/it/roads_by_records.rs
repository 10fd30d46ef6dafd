//! Roads to Site Admin and Support User that lead past an access change, by way of a tenant's creation, the
//! first link, days of first use, and training: each is shut.

use caredesk::store::columns::AnyId;
use caredesk::store::schema::{role_permissions, roles, user_roles};
use caredesk_core::domain::RoleName;
use caredesk_core::domain::account::{Realm, Role};
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::permission::Permission;
use diesel::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::make;
use crate::support::operations::roles as all_roles;
use crate::support::scene::{behind, fresh_slug};

/// A tenant with a first Site Admin who is invited.
fn with_site_admin(slug: &str) -> Value {
    let mut body = make::tenant(slug);
    body["site_admin"] = json!({
        "user_name": "bo.lind", "first_name": "Bo", "last_name": "Lind", "email": format!("bo@{slug}.example")
    });
    body
}

/// How many Site Admins and Support Users there are, in whatever state.
fn appointed(app: &App) -> Vec<String> {
    app.burglar().texts(
        "SELECT role || ' ' || CAST(COUNT(*) AS text) FROM accounts \
         WHERE role IN ('site_admin', 'support_user') GROUP BY role ORDER BY role",
    )
}

/// A member who holds every permission that a role can have.
async fn holder_of_all(app: &App, tenant: TenantId) -> Actor<'_> {
    let who = app.someone(Role::Member, Some(tenant)).await;
    let (role, account, now) = (Uuid::now_v7(), AnyId(who.account), app.house.clock.now());
    behind(app, move |conn| {
        let row = (
            roles::id.eq(AnyId(role)),
            roles::tenant_id.eq(tenant),
            roles::name.eq(RoleName::parse("Everything").unwrap()),
            roles::name_key.eq("everything"),
            roles::created_at.eq(now),
            roles::updated_at.eq(now),
            roles::version.eq(1_i64),
        );
        diesel::insert_into(roles::table).values(row).execute(conn)?;
        for permission in Permission::ALL {
            let row = (
                role_permissions::role_id.eq(AnyId(role)),
                role_permissions::permission.eq(*permission),
                role_permissions::bit.eq(permission.bit()),
            );
            diesel::insert_into(role_permissions::table).values(row).execute(conn)?;
        }
        let row = (
            user_roles::account_id.eq(account),
            user_roles::role_id.eq(AnyId(role)),
            user_roles::granted_by.eq(account),
            user_roles::granted_at.eq(now),
        );
        diesel::insert_into(user_roles::table).values(row).execute(conn)
    })
    .await;
    who.get("/v1/users").await.is(200); // they do hold something
    who
}

on_both! {
    async fn nobody_but_a_platform_admin_makes_a_tenant_with_a_site_admin(app) {
        let tenant = app.tenant_id("pine").await;
        for role in all_roles().iter().filter(|role| **role != Role::PlatformAdmin) {
            let is_theirs = matches!(role.realm(), Realm::Tenant | Realm::Integration);
            let who = app.someone(*role, is_theirs.then_some(tenant)).await;
            let before = app.rows();
            let refused = who.post("/v1/tenants", with_site_admin(&fresh_slug())).await;
            refused.is(403).is_refused("action.not_permitted");
            assert_eq!(app.rows(), before, "{role}");
        }
        let refused = holder_of_all(&app, tenant).await.post("/v1/tenants", with_site_admin("oak")).await;
        refused.is(403).is_refused("action.not_permitted");
    }

    async fn sending_the_first_link_again_makes_no_second_site_admin(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", with_site_admin("pine")).await.is(201);
        let path = format!("/v1/tenants/{}/site-admin-invitation", made.text("/id"));
        for _ in 0..3 {
            admin.send(Method::POST, &path, None, &[]).await.is(204);
        }
        assert_eq!(appointed(&app), ["site_admin 1"]);
        // Nor does it once there is a Site Admin in use, though somebody is invited.
        app.user("pine", "sara", Role::SiteAdmin).await;
        let before = app.rows();
        let refused = admin.send(Method::POST, &path, None, &[]).await;
        refused.is(409).is_refused("site_admin.none_invited");
        assert_eq!(app.rows(), before);
    }

    async fn nobody_of_an_organisation_has_the_first_link_sent(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", with_site_admin("pine")).await.is(201);
        let path = format!("/v1/tenants/{}/site-admin-invitation", made.text("/id"));
        let tenant: TenantId = made.text("/id").parse().unwrap();
        let holder = holder_of_all(&app, tenant).await;
        let refused = holder.send(Method::POST, &path, None, &[]).await;
        refused.is(403).is_refused("action.not_permitted");
        assert_eq!(app.letters_of("enrolment", "bo@pine.example"), 1);
    }

    async fn the_first_link_is_not_led_to_another_address(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", with_site_admin("pine")).await.is(201);
        let holder = holder_of_all(&app, made.text("/id").parse().unwrap()).await;
        let found = holder.get("/v1/users?q=lind").await.is(200);
        let bo = format!("/v1/users/{}", found.text("/data/0/id"));
        let etag = holder.get(&bo).await.is(200).etag();
        let moved = holder.patch(&bo, &etag, json!({"email": "mine@evil.example"})).await;
        moved.is(403).is_refused("site_admin.access_change_required");
        assert_eq!(app.letters_of("enrolment", "mine@evil.example"), 0);
    }

    async fn nobody_of_an_organisation_imports_a_first_use_to_become_eligible(app) {
        let tenant = app.tenant_id("pine").await;
        let body = json!({
            "evidence": make::evidence(), "dates": [{"user_number": "U-000001", "first_used_on": "2020-01-01"}]
        });
        let path = format!("/v1/tenants/{tenant}/first-use-dates");
        for who in [app.someone(Role::SiteAdmin, Some(tenant)).await, holder_of_all(&app, tenant).await] {
            let refused = who.post(&path, body.clone()).await;
            refused.is(403).is_refused("action.not_permitted");
        }
        let set = "SELECT 'set' FROM accounts WHERE first_used_at IS NOT NULL";
        assert!(app.burglar().texts(set).is_empty());
        assert_eq!(app.count("evidence"), 0);
    }

    async fn nobody_but_a_site_admin_records_training_of_their_own_or_of_others(app) {
        let tenant = app.tenant_id("pine").await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let holder = holder_of_all(&app, tenant).await;
        let support = app.someone(Role::SupportUser, Some(tenant)).await;
        let course = json!({"course": "Parts 1 to 4", "completed_on": "2026-11-03", "fully_trained": true});
        for who in [&holder, &support] {
            for user in [who.account, mia.account] {
                let records = format!("/v1/users/{user}/training-records");
                let refused = who.post(&records, course.clone()).await;
                refused.is(403).is_refused("action.not_permitted");
            }
        }
        assert_eq!(app.count("training_records"), 0);
    }

    async fn nobody_but_a_site_admin_withdraws_training(app) {
        let tenant = app.tenant_id("pine").await;
        let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let records = format!("/v1/users/{}/training-records", sara.account);
        let course = json!({"course": "Parts 1 to 4", "completed_on": "2026-11-03", "fully_trained": true});
        let at = sara.post(&records, course).await.is(201).header("location");
        let holder = holder_of_all(&app, tenant).await;
        let refused = holder.send(Method::POST, &format!("{at}/withdraw"), None, &[]).await;
        refused.is(403).is_refused("action.not_permitted");
        assert_eq!(sara.get(&at).await.is(200).body["withdrawn_at"], Value::Null);
    }

    async fn a_full_record_and_an_early_day_make_nobody_a_support_user(app) {
        let admin = app.platform_admin().await;
        let tenant = app.tenant_id("pine").await;
        let mia = app.user("pine", "mia", Role::Member).await;
        let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let course = json!({"course": "Parts 1 to 4", "completed_on": "2026-11-03", "fully_trained": true});
        sara.post(&format!("/v1/users/{}/training-records", mia.account), course).await.is(201);
        let dates = json!({
            "evidence": make::evidence(), "dates": [{"user_number": "U-000001", "first_used_on": "2020-01-01"}]
        });
        admin.post(&format!("/v1/tenants/{tenant}/first-use-dates"), dates).await.is(200);
        let user = sara.get(&format!("/v1/users/{}", mia.account)).await.is(200);
        assert_eq!((&user.body["role"], &user.body["is_trained"]), (&json!("member"), &json!(true)));
        assert_eq!(appointed(&app), ["site_admin 1"]);
    }
}
