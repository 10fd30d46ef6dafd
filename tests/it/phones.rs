//! Telephone numbers: taken as people write them, kept in one form.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;

/// A new user's body with a number.
fn with_phone(user_name: &str, phone: &str) -> Value {
    json!({"user_name": user_name, "first_name": "Ana", "last_name": "Ruiz",
        "email": "ana.ruiz@pinelodge.example", "phone": phone})
}

/// Says in which country an organisation's numbers are dialled.
async fn dials_in(app: &App, tenant: TenantId, region: Value) -> Answer {
    let admin = app.platform_admin().await;
    let at = format!("/v1/tenants/{tenant}");
    let etag = admin.get(&at).await.is(200).etag();
    admin.patch(&format!("{at}/settings"), &etag, json!({"phone_region": region})).await
}

/// What is said to be wrong with a number.
async fn fault(admin: &Actor<'_>, phone: &str) -> Value {
    let answer = admin.post("/v1/users", with_phone("somebody", phone)).await;
    let body = answer.is(422).body;
    assert_eq!(body["errors"][0]["pointer"], "#/phone", "{body}");
    assert!(!body.to_string().contains(phone), "{body}");
    body["errors"][0]["code"].clone()
}

on_both! {
    async fn a_number_is_kept_in_one_form_however_it_was_written(app) {
        let tenant = app.tenant_id("pine-lodge").await;
        assert_eq!(dials_in(&app, tenant, json!("ES")).await.is(200).body["settings"]["phone_region"], "ES");
        let admin = app.someone(Role::SiteAdmin, Some(tenant)).await;
        for (at, (written, kept)) in [
            ("600 12 34 56", "+34600123456"),
            ("0034 600 123 456", "+34600123456"),
            ("+44 (0)20 7946 0958", "+442079460958"),
            ("+15550100200", "+15550100200"),
        ].into_iter().enumerate() {
            let made = admin.post("/v1/users", with_phone(&format!("user.{at}"), written)).await.is(201);
            assert_eq!(made.body["phone"], kept);
            let user = format!("/v1/users/{}", made.text("/id"));
            let cleared = admin.patch(&user, &made.etag(), json!({"phone": null})).await.is(200);
            assert_eq!(cleared.body["phone"], Value::Null);
            let changed = admin.patch(&user, &cleared.etag(), json!({"phone": written})).await.is(200);
            assert_eq!(changed.body["phone"], kept);
        }
    }

    async fn a_number_that_is_none_is_refused_without_being_repeated(app) {
        let tenant = app.tenant_id("pine-lodge").await;
        let admin = app.someone(Role::SiteAdmin, Some(tenant)).await;
        assert_eq!(fault(&admin, "600 12 34 56").await, "form");
        dials_in(&app, tenant, json!("ES")).await.is(200);
        for (phone, code) in [("1-800-FLOWERS", "form"), ("600 12 34 56 ext. 7", "form"), ("12 34", "unknown"), ("+12", "too_short")] {
            assert_eq!(fault(&admin, phone).await, code, "{phone}");
        }
        dials_in(&app, tenant, Value::Null).await.is(200);
        assert_eq!(fault(&admin, "600 12 34 56").await, "form");
    }

    async fn a_region_is_a_country_with_numbers(app) {
        let tenant = app.tenant_id("pine-lodge").await;
        for region in ["ZZ", "es", "ESP", ""] {
            dials_in(&app, tenant, json!(region)).await.is(422);
        }
    }

    async fn ones_own_new_number_may_be_written_as_it_is_dialled(app) {
        let tenant = app.tenant_id("pine-lodge").await;
        dials_in(&app, tenant, json!("ES")).await.is(200);
        let ana = app.someone(Role::Member, Some(tenant)).await;
        let begun = ana.post("/v1/account/contact-changes", json!({"phone": "600 12 34 56"})).await.is(200);
        assert!(begun.text("/new_contact").ends_with("56"), "{}", begun.raw);
        ana.post("/v1/account/contact-changes", json!({"phone": "600 FLOWERS"})).await.is(422);
    }
}
