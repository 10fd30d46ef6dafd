//! The first Site Admin of an organisation, who comes with it.

use caredesk::guard::second_factor;
use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::make;
use crate::support::staff::{PASSWORD, secret};

/// A new tenant with a first Site Admin.
fn pine() -> Value {
    let mut body = make::tenant("pine");
    body["site_admin"] = json!({
        "user_name": "Bo.Lind", "first_name": "Bo", "last_name": "Lind", "email": "bo@pine.example"
    });
    body
}

/// Where the first Site Admin's link is sent again.
fn invitation(tenant: &Answer) -> String {
    format!("/v1/tenants/{}/site-admin-invitation", tenant.text("/id"))
}

/// Has the link sent again.
async fn resend(admin: &Actor<'_>, tenant: &Answer) -> Answer {
    admin.send(Method::POST, &invitation(tenant), None, &[]).await
}

/// The link that was sent last.
fn link(app: &App) -> String {
    app.secret_of("enrolment", "bo@pine.example")
}

/// What a tenant should mend, as the tenant itself and its row in a list say.
async fn advisories(admin: &Actor<'_>, tenant: &Answer) -> Value {
    let read = admin.get(&format!("/v1/tenants/{}", tenant.text("/id"))).await.is(200);
    let list = admin.get("/v1/tenants?q=pine").await.is(200);
    assert_eq!(list.body["data"][0]["advisories"], read.body["advisories"]);
    read.body["advisories"].clone()
}

on_both! {
    async fn the_first_site_admin_follows_the_link_and_signs_in(app) {
        let admin = app.platform_admin().await;
        admin.post("/v1/tenants", pine()).await.is(201);
        let bo = app.bearer(&app.redeem(&link(&app), PASSWORD).await.is(201));
        // Nothing is theirs to do before a second factor.
        bo.get("/v1/users").await.is(403).is_refused("second_factor.required");
        let key = secret(&bo.begin_second_factor().await.is(200));
        let code = second_factor::code_at(&key, app.house.clock.now());
        let bo = app.bearer(&bo.confirm(&code).await.is(200));
        let users = bo.get("/v1/users").await.is(200);
        let first = &users.body["data"][0];
        assert_eq!(
            (&first["number"], &first["role"], &first["status"], &first["user_name"]),
            (&json!("U-000001"), &json!("site_admin"), &json!("active"), &json!("Bo.Lind"))
        );
        assert_eq!((&first["phone"], &first["locale"]), (&Value::Null, &json!("en")));
        let found = bo.get("/v1/users?q=lind").await.is(200);
        assert_eq!(found.body["data"].as_array().unwrap().len(), 1);
        let claim = json!({"realm": "tenant", "tenant": "pine", "name": "bo.lind"});
        app.sign_in_as(&claim, PASSWORD).await.is(201);
    }

    async fn the_first_site_admin_is_written_to_in_the_organisations_language(app) {
        let admin = app.platform_admin().await;
        let mut body = pine();
        body["settings"] = json!({
            "time_zone": "Europe/Madrid", "locale": "es", "dormancy_days": 90,
            "support_user_second_factor": false, "help_search_required": true,
            "site_admin_wait_days": 2, "copy_on_referrals": false, "no_access_procedure": null
        });
        admin.post("/v1/tenants", body).await.is(201);
        let locales = app.burglar().texts("SELECT locale FROM notifications WHERE kind = 'enrolment'");
        assert_eq!(locales, ["es"]);
    }

    async fn what_is_made_with_a_tenant_is_in_its_own_chain(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", pine()).await.is(201);
        let audit = app.audit().await;
        let of_tenant = audit.iter().filter(|entry| entry["tenant_id"] == made.body["id"]);
        let actions: Vec<&str> =
            of_tenant.map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["tenant.create", "tenant.site_admin.invite"]);
        assert!(!audit.iter().any(|entry| entry.to_string().contains("Lind")));
    }

    async fn a_tenant_without_one_waits_for_nobody(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", make::tenant("pine")).await.is(201);
        resend(&admin, &made).await.is(409).is_refused("site_admin.none_invited");
        assert_eq!(app.letters(), [""; 0]);
    }

    async fn a_first_site_admin_that_is_wrong_is_refused_with_the_tenant(app) {
        let admin = app.platform_admin().await;
        let before = app.rows();
        let mut body = pine();
        body["site_admin"] = json!({
            "user_name": "with space", "first_name": "", "email": "nowhere", "phone": null, "role": "member"
        });
        let refused = admin.post("/v1/tenants", body).await.is(422).is_refused("request.invalid");
        refused.at(&[
            "#/site_admin/user_name",
            "#/site_admin/first_name",
            "#/site_admin/last_name",
            "#/site_admin/email",
            "#/site_admin/phone",
            "#/site_admin/role",
        ]);
        assert_eq!(app.rows(), before);
    }

    async fn a_support_users_address_is_nobody_elses(app) {
        let admin = app.platform_admin().await;
        app.tenant("oak").await;
        let una = app.user("oak", "una", Role::SupportUser).await;
        let before = app.rows();
        let mut body = pine();
        body["site_admin"]["email"] = json!(una.contact.to_uppercase());
        admin.post("/v1/tenants", body).await.is(409).is_refused("user.address_reserved");
        assert_eq!(app.rows(), before, "nothing of the tenant stays");
    }

    async fn a_link_that_is_sent_again_stops_the_one_before(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", pine()).await.is(201);
        let old = link(&app);
        app.clock.advance(SignedDuration::from_hours(80)); // it has expired, too
        let admin = app.platform_admin().await;
        resend(&admin, &made).await.is(204);
        app.clock.advance(SignedDuration::from_secs(1));
        resend(&admin, &made).await.is(204);
        let links = app.secrets_of("enrolment", "bo@pine.example");
        assert_eq!(links.len(), 3);
        for stopped in [&old, &links[1]] {
            app.redeem(stopped, PASSWORD).await.is(410).is_refused("link.not_usable");
        }
        app.redeem(&link(&app), PASSWORD).await.is(201);
        resend(&admin, &made).await.is(409).is_refused("site_admin.none_invited");
    }

    async fn no_link_is_sent_on_behalf_of_a_suspended_tenant(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", pine()).await.is(201);
        let path = format!("/v1/tenants/{}", made.text("/id"));
        admin.post(&format!("{path}/suspend"), make::reason()).await.is(200);
        resend(&admin, &made).await.is(403).is_refused("tenant.suspended");
        admin.post(&format!("{path}/resume"), make::reason()).await.is(200);
        resend(&admin, &made).await.is(204);
    }

    async fn a_tenant_is_advised_to_have_two_site_admins_and_to_train_them(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", pine()).await.is(201);
        let tenant = made.text("/id").parse().unwrap();
        let few = json!(["no_access_procedure", "fewer_than_two_site_admins"]);
        let untrained = json!(["no_access_procedure", "site_admin_not_trained"]);
        assert_eq!(advisories(&admin, &made).await, few, "who is invited is not in use");
        app.tenant("oak").await; // another one's people do not count
        app.user("oak", "olga", Role::SiteAdmin).await;
        let sara = app.user("pine", "sara", Role::SiteAdmin).await;
        let both = json!(["no_access_procedure", "fewer_than_two_site_admins", "site_admin_not_trained"]);
        assert_eq!(advisories(&admin, &made).await, both);
        let eva = app.someone(Role::SiteAdmin, Some(tenant)).await;
        assert_eq!(advisories(&admin, &made).await, untrained);
        let course = json!({"course": "Parts 1 to 4", "completed_on": "2026-11-03", "fully_trained": true});
        let records = |user: uuid::Uuid| format!("/v1/users/{user}/training-records");
        eva.post(&records(eva.account), course.clone()).await.is(201);
        assert_eq!(advisories(&admin, &made).await, untrained);
        let at = eva.post(&records(sara.account), course).await.is(201).header("location");
        assert_eq!(advisories(&admin, &made).await, json!(["no_access_procedure"]));
        eva.send(Method::POST, &format!("{at}/withdraw"), None, &[]).await.is(200);
        assert_eq!(advisories(&admin, &made).await, untrained);
        app.switch_off(sara.account).await;
        assert_eq!(advisories(&admin, &made).await, few);
    }
}
