//! Owners on file: added, changed, confirmed and removed, on recorded evidence.

use std::collections::BTreeSet;

use caredesk_core::domain::account::Role;
use futures_util::future::join;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::make;
use crate::support::moment::{at_once, statuses};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Where the owners of a new tenant are.
async fn owners_of(app: &App, slug: &str) -> String {
    format!("/v1/tenants/{}/owners", app.tenant_id(slug).await)
}

/// The first owner of a tenant: where it is, and the tag of its version.
async fn first(admin: &Actor<'_>, owners: &str) -> (String, String) {
    let path = format!("{owners}/{}", admin.get(owners).await.is(200).text("/data/0/id"));
    let etag = admin.get(&path).await.is(200).etag();
    (path, etag)
}

fn evidence() -> Value {
    json!({"evidence": make::evidence()})
}

/// Who was told, each as often as they were.
fn told(app: &App) -> Vec<String> {
    let mut letters = app.letters();
    letters.sort();
    letters
}

on_both! {
    async fn an_owner_is_put_on_file(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        app.clock.advance(SignedDuration::from_secs(1));
        let added = admin.post(&owners, make::owner("omar@pine.example")).await.is(201);
        assert_eq!(added.header("location"), format!("{owners}/{}", added.text("/id")));
        assert_eq!(
            (&added.body["name"], &added.body["version"]),
            (&json!("Omar Owner"), &json!(1))
        );
        assert_eq!(added.body["authorises_from"], "2026-11-24T09:00:01Z");
        assert_eq!(admin.get(&added.header("location")).await.body, added.body);
        let listed = admin.get(&owners).await.is(200);
        assert_eq!(
            (listed.text("/data/0/email"), listed.text("/data/1/email")),
            ("olga@pine.example".into(), "omar@pine.example".into())
        );
    }

    async fn a_new_owner_is_told_to_those_who_were_there_and_not_to_the_new_one(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        admin.post(&owners, make::owner("omar@pine.example")).await.is(201);
        assert_eq!(
            told(&app),
            ["owners_changed to office@pine.example", "owners_changed to olga@pine.example"]
        );
    }

    async fn a_changed_owner_is_told_at_the_old_address(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        let (path, etag) = first(&admin, &owners).await;
        app.clock.advance(SignedDuration::from_mins(1));
        let changed = admin.put(&path, &etag, make::owner("omar@pine.example")).await.is(200);
        assert_eq!(
            (&changed.body["email"], &changed.body["version"]),
            (&json!("omar@pine.example"), &json!(2))
        );
        assert_eq!(changed.body["authorises_from"], "2026-11-24T09:01:00Z");
        assert_eq!(
            told(&app),
            ["owners_changed to office@pine.example", "owners_changed to olga@pine.example"]
        );
    }

    async fn a_change_without_a_number_takes_the_number_off(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        let (path, etag) = first(&admin, &owners).await;
        let mut body = make::owner("olga@pine.example");
        body.as_object_mut().unwrap().remove("phone");
        assert_eq!(admin.put(&path, &etag, body).await.is(200).body["phone"], Value::Null);
    }

    async fn a_confirmation_keeps_the_trust_and_renews_the_date(app) {
        let owners = owners_of(&app, "pine").await;
        app.clock.advance(SignedDuration::from_hours(100));
        let admin = app.platform_admin().await;
        let (path, _) = first(&admin, &owners).await;
        let confirmed = admin.post(&format!("{path}/confirm"), evidence()).await.is(200);
        assert_eq!(confirmed.body["confirmed_at"], "2026-11-25T13:00:00Z");
        assert_eq!(confirmed.body["authorises_from"], "2026-11-24T09:00:00Z");
        assert_eq!(confirmed.body["version"], 2);
    }

    async fn a_removed_owner_is_told_and_gone(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        let (path, _) = first(&admin, &owners).await;
        admin.post(&format!("{path}/remove"), evidence()).await.is(204);
        admin.get(&path).await.is(404).is_refused("resource.not_found");
        admin.post(&format!("{path}/remove"), evidence()).await.is(404);
        assert_eq!(admin.get(&owners).await.body["data"], json!([]));
        assert_eq!(
            told(&app),
            ["owners_changed to office@pine.example", "owners_changed to olga@pine.example"]
        );
        let tenant = admin.get(owners.strip_suffix("/owners").unwrap()).await;
        assert_eq!(tenant.body["advisories"], json!(["no_owner_on_file", "no_access_procedure", "fewer_than_two_site_admins"]));
    }

    async fn every_change_of_an_owner_keeps_its_evidence(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        let (path, etag) = first(&admin, &owners).await;
        admin.post(&owners, make::owner("omar@pine.example")).await.is(201);
        app.clock.advance(SECOND);
        admin.put(&path, &etag, make::owner("olga.new@pine.example")).await.is(200);
        for (verb, status) in [("confirm", 200), ("remove", 204)] {
            app.clock.advance(SECOND);
            admin.post(&format!("{path}/{verb}"), evidence()).await.is(status);
        }
        assert_eq!(app.count("evidence"), 4);
        let audit = app.audit().await;
        let is_change = |action: &str| action.starts_with("owner.") && action != "owner.read";
        let changes: Vec<&Value> =
            audit.iter().filter(|entry| is_change(entry["action"].as_str().unwrap())).collect();
        let actions: Vec<&str> =
            changes.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["owner.add", "owner.change", "owner.confirm", "owner.remove"]);
        assert!(
            changes.iter().all(|entry| entry["detail"].as_str().unwrap().contains("evidence")),
            "{changes:?}"
        );
    }

    async fn without_evidence_nothing_is_changed(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        let (path, etag) = first(&admin, &owners).await;
        let before = app.rows();
        let mut body = make::owner("omar@pine.example");
        body.as_object_mut().unwrap().remove("evidence");
        admin.post(&owners, body.clone()).await.is(422).at(&["#/evidence"]);
        admin.put(&path, &etag, body).await.is(422).at(&["#/evidence"]);
        for verb in ["confirm", "remove"] {
            admin.post(&format!("{path}/{verb}"), json!({})).await.is(422).at(&["#/evidence"]);
        }
        assert_eq!(app.rows(), before);
    }

    async fn a_tenant_has_ten_owners_at_most(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        for number in 2..10 {
            admin.post(&owners, make::owner(&format!("omar{number}@pine.example"))).await.is(201);
        }
        let add = |name: &str| {
            admin.send(
                Method::POST,
                &owners,
                Some(make::owner(&format!("{name}@pine.example"))),
                &[],
            )
        };
        let (last, one_more) = ("last".to_owned(), "one-more".to_owned());
        let answers = at_once(vec![add(&last), add(&one_more)]).await;
        assert_eq!(statuses(&answers), [201, 409]);
        add("another").await.is(409).is_refused("owner.too_many");
        assert_eq!(app.count("owners"), 10);
    }

    async fn an_address_is_on_file_once(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        admin
            .post(&owners, make::owner("OLGA@pine.example"))
            .await
            .is(409)
            .is_refused("owner.address_in_use");
        let other = admin.post(&owners, make::owner("omar@pine.example")).await.is(201);
        let path = other.header("location");
        admin
            .put(&path, &other.etag(), make::owner("Olga@pine.example"))
            .await
            .is(409)
            .is_refused("owner.address_in_use");
        admin.put(&path, &other.etag(), make::owner("OMAR@pine.example")).await.is(200);
        admin.post(&owners_of(&app, "oak").await, make::owner("omar@pine.example")).await.is(201); // of another tenant
    }

    async fn of_two_owners_with_one_address_at_once_one_is_added(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        let add = || admin.post(&owners, make::owner("omar@pine.example"));
        assert_eq!(statuses(&at_once(vec![add(), add()]).await), [201, 409]);
    }

    async fn a_change_names_its_version_and_a_stale_one_is_refused(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        let (path, etag) = first(&admin, &owners).await;
        admin
            .send(Method::PUT, &path, Some(make::owner("omar@pine.example")), &[])
            .await
            .is(428)
            .is_refused("version.required");
        admin.post(&format!("{path}/confirm"), evidence()).await.is(200);
        admin
            .put(&path, &etag, make::owner("omar@pine.example"))
            .await
            .is(412)
            .is_refused("version.stale");
        for verb in ["confirm", "remove"] {
            let stale = admin
                .send(
                    Method::POST,
                    &format!("{path}/{verb}"),
                    Some(evidence()),
                    &[("if-match", &etag)],
                )
                .await;
            stale.is(412).is_refused("version.stale");
        }
    }

    async fn of_a_change_and_a_removal_at_once_both_are_told_or_one_is_refused(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        let (path, etag) = first(&admin, &owners).await;
        let remove = format!("{path}/remove");
        let (changed, removed) = join(
            admin.put(&path, &etag, make::owner("omar@pine.example")),
            admin.post(&remove, evidence()),
        )
        .await;
        removed.is(204);
        assert!([200, 404].contains(&changed.status.as_u16()), "{}", changed.raw);
        assert_eq!(app.count("owners"), 0);
    }

    async fn an_owner_is_found_under_its_own_tenant_only(app) {
        let (admin, owners, others) = (
            app.platform_admin().await,
            owners_of(&app, "pine").await,
            owners_of(&app, "oak").await,
        );
        let (path, etag) = first(&admin, &owners).await;
        let astray = format!("{others}/{}", path.rsplit('/').next().unwrap());
        let before = app.rows();
        admin.get(&astray).await.is(404).is_refused("resource.not_found");
        admin
            .put(&astray, &etag, make::owner("omar@pine.example"))
            .await
            .is(404)
            .is_refused("resource.not_found");
        for verb in ["confirm", "remove"] {
            admin
                .post(&format!("{astray}/{verb}"), evidence())
                .await
                .is(404)
                .is_refused("resource.not_found");
        }
        assert_eq!(app.rows(), before);
    }

    async fn a_site_admin_sees_owners_and_changes_none(app) {
        let tenant = app.tenant_id("pine").await;
        let (owners, others) =
            (format!("/v1/tenants/{tenant}/owners"), owners_of(&app, "oak").await);
        let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let (path, etag) = first(&sara, &owners).await;
        sara.get(&others).await.is(404).is_refused("resource.not_found");
        sara.post(&owners, make::owner("sara@pine.example"))
            .await
            .is(403)
            .is_refused("action.not_permitted");
        sara.put(&path, &etag, make::owner("sara@pine.example"))
            .await
            .is(403)
            .is_refused("action.not_permitted");
        sara.post(&format!("{path}/remove"), evidence())
            .await
            .is(403)
            .is_refused("action.not_permitted");
        sara.post(&others, make::owner("sara@pine.example")).await.is(403);
    }

    async fn every_change_of_an_owner_wants_a_fresh_second_factor(app) {
        let (admin, owners) = (app.platform_admin().await, owners_of(&app, "pine").await);
        let (path, etag) = first(&admin, &owners).await;
        app.clock.advance(SignedDuration::from_secs(301));
        let mut codes = BTreeSet::new();
        codes.insert(
            admin.post(&owners, make::owner("omar@pine.example")).await.is(401).text("/code"),
        );
        codes.insert(
            admin.put(&path, &etag, make::owner("omar@pine.example")).await.is(401).text("/code"),
        );
        for verb in ["confirm", "remove"] {
            codes.insert(
                admin.post(&format!("{path}/{verb}"), evidence()).await.is(401).text("/code"),
            );
        }
        assert_eq!(codes, BTreeSet::from(["second_factor.step_up_required".to_owned()]));
    }
}
