//! Telephone numbers: taken as people write them, kept in one form.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::make;

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

    async fn an_organisations_own_numbers_are_dialled_where_its_settings_say(app) {
        let admin = app.platform_admin().await;
        let mut new = make::tenant("palma");
        let settings = json!({"time_zone": "Europe/Madrid", "locale": "es", "dormancy_days": 90,
            "support_user_second_factor": false, "help_search_required": true, "site_admin_wait_days": 2,
            "copy_on_referrals": false, "no_access_procedure": null, "phone_region": "ES"});
        new["contacts"] = json!([{"label": "Oficina", "phone": "971 12 34 56"}]);
        new["owners"] = json!([{"name": "Ana Ruiz", "email": "ana@palma.example", "phone": "0034 600 123 456"}]);
        new["site_admin"] = json!({"user_name": "bo", "first_name": "Bo", "last_name": "Lind",
            "email": "bo@palma.example", "phone": "(600) 12-34-57"});
        let refused = admin.post("/v1/tenants", new.clone()).await.is(422);
        assert_eq!(refused.body["errors"][0]["pointer"], "#/contacts/0/phone");
        new["settings"] = settings;
        let made = admin.post("/v1/tenants", new).await.is(201);
        assert_eq!(made.body["contacts"][0]["phone"], "+34971123456");
        let at = made.header("location");
        let owner = admin.get(&format!("{at}/owners")).await.is(200).body["data"][0].clone();
        assert_eq!(owner["phone"], "+34600123456");
        let kept = app.burglar().texts("SELECT phone FROM accounts WHERE sign_in_key = 'bo'");
        assert_eq!(kept, ["+34600123457"]);
        let evidence = json!({"kind": "registry_extract", "reference": "State register"});
        let details = json!({"name": "Ana Ruiz", "email": "ana@palma.example", "phone": "600 11 22 33", "evidence": evidence});
        let path = format!("{at}/owners/{}", owner["id"].as_str().unwrap());
        let etag = admin.get(&path).await.is(200).etag();
        let changed = admin.send(Method::PUT, &path, Some(details.clone()), &[("if-match", &etag)]).await.is(200);
        assert_eq!(changed.body["phone"], "+34600112233");
        let points = json!({"notification_address": "office@palma.example", "evidence": evidence,
            "contacts": [{"label": "Oficina", "phone": "971 12 34 57"}, {"label": "Casa", "phone": "12"}]});
        let etag = admin.get(&at).await.is(200).etag();
        let path = format!("{at}/contacts");
        let refused = admin.send(Method::PUT, &path, Some(points), &[("if-match", &etag)]).await.is(422);
        assert_eq!(refused.body["errors"][0]["pointer"], "#/contacts/1/phone");
        // Somebody else's organisation says nothing of where it dials.
        let stranger = app.someone(Role::SiteAdmin, Some(app.tenant_id("oak").await)).await;
        stranger.post(&format!("{at}/owners"), details).await.is(422).at(&["#/phone"]);
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
