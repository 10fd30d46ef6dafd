//! Tenants: created, read, listed, changed, suspended and resumed.

use std::collections::BTreeSet;

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use futures_util::future::join;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::make;
use crate::support::moment::{at_once, statuses};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// A new tenant with a name of the test's choice.
fn named(slug: &str, name: &str) -> Value {
    with(make::tenant(slug), "name", json!(name))
}

/// A body with another value in one field.
fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

/// Where a tenant is.
fn path(tenant: &Answer) -> String {
    format!("/v1/tenants/{}", tenant.text("/id"))
}

/// New contact points with evidence.
fn contacts(address: &str) -> Value {
    json!({"notification_address": address, "contacts": [{"label": "Director", "phone": "+15550100202"}], "evidence": make::evidence()})
}

/// The short names of a page.
fn slugs(page: &Answer) -> Vec<String> {
    let rows = page.body["data"].as_array().unwrap_or_else(|| panic!("{}", page.raw));
    rows.iter().map(|row| row["slug"].as_str().unwrap().to_owned()).collect()
}

/// Tenants of these short names, a second apart.
async fn tenants(app: &App, slugs: &[&str]) {
    let admin = app.platform_admin().await;
    for slug in slugs {
        app.clock.advance(SECOND);
        admin.post("/v1/tenants", make::tenant(slug)).await.is(201);
    }
}

/// Every row of a list, page by page; `between` happens after each page.
async fn walk(admin: &Actor<'_>, query: &str, mut between: impl AsyncFnMut(usize)) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    for number in 0.. {
        let page = admin.get(&format!("/v1/tenants?limit=2&{query}{cursor}")).await.is(200);
        found.extend(slugs(&page));
        between(number).await;
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    found
}

on_both! {
    async fn a_platform_admin_creates_a_tenant(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", make::tenant("pine-lodge")).await.is(201);
        assert_eq!(made.header("location"), path(&made));
        assert_eq!(made.body["status"], "active");
        assert_eq!(made.body["owners_on_file"], 1);
        assert_eq!(made.body["advisories"], json!(["no_access_procedure", "fewer_than_two_site_admins"]));
        assert_eq!(made.body["contacts"], make::tenant("pine-lodge")["contacts"]);
        assert_eq!(made.body["created_at"], "2026-11-21T09:00:00Z");
        assert_eq!(made.body["contacts_authorise_from"], "2026-11-24T09:00:00Z");
        let read = admin.get(&path(&made)).await.is(200);
        assert_eq!(read.body, made.body);
        assert_eq!(read.etag(), made.etag());
    }

    async fn a_tenant_has_defaults_for_what_it_decides(app) {
        assert_eq!(
            app.tenant("pine").await.body["settings"],
            json!({
            "time_zone": "UTC", "locale": "en", "dormancy_days": 90, "support_user_second_factor": false,
            "help_search_required": true, "site_admin_wait_days": 2, "copy_on_referrals": false, "no_access_procedure": null,
            "phone_region": null})
        );
    }

    async fn a_tenant_needs_neither_hours_nor_contacts_nor_owners(app) {
        let admin = app.platform_admin().await;
        let bare = json!({"slug": "pine", "name": "Pine", "kind": "school", "notification_address": "a@pine.example", "contacts": [], "owners": []});
        let made = admin.post("/v1/tenants", bare).await.is(201);
        assert_eq!(made.body["hours"], json!([]));
        assert_eq!(made.body["advisories"], json!(["no_owner_on_file", "no_access_procedure", "fewer_than_two_site_admins"]));
    }

    async fn names_are_trimmed_and_composed(app) {
        let admin = app.platform_admin().await;
        let made = admin
            .post("/v1/tenants", named("pine", "  Campo Nguye\u{302}\u{303}n  "))
            .await
            .is(201);
        assert_eq!(made.body["name"], "Campo Nguy\u{1ec5}n");
    }

    async fn a_short_name_belongs_to_one_tenant(app) {
        app.tenant("pine").await;
        let before = app.rows();
        let admin = app.platform_admin().await;
        admin
            .post("/v1/tenants", make::tenant("pine"))
            .await
            .is(409)
            .is_refused("tenant.slug_taken");
        let accounts = |rows: Vec<String>| {
            rows.into_iter()
                .filter(|row| row.starts_with("tenant") || row.starts_with("owner"))
                .collect::<Vec<_>>()
        };
        assert_eq!(accounts(app.rows()), accounts(before));
    }

    async fn of_two_tenants_with_one_short_name_at_once_one_is_made(app) {
        let admin = app.platform_admin().await;
        let make = || admin.post("/v1/tenants", make::tenant("pine"));
        let answers = at_once(vec![make(), make(), make()]).await;
        assert_eq!(statuses(&answers), [201, 409, 409]);
        assert_eq!((app.count("tenants"), app.count("owners")), (1, 1));
    }

    async fn a_tenant_that_is_not_there_is_not_found(app) {
        let admin = app.platform_admin().await;
        for id in ["01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10", "no-id"] {
            admin.get(&format!("/v1/tenants/{id}")).await.is(404).is_refused("resource.not_found");
        }
    }

    async fn lists_show_the_newest_first(app) {
        tenants(&app, &["a1", "a2", "a3"]).await;
        let page = app.platform_admin().await.get("/v1/tenants").await.is(200);
        assert_eq!(slugs(&page), ["a3", "a2", "a1"]);
        assert_eq!(page.body["next_cursor"], Value::Null);
        assert!(page.body.get("total").is_none());
    }

    async fn pages_newest_first_lose_and_repeat_nothing_while_rows_are_added(app) {
        let old = ["a1", "a2", "a3", "a4", "a5", "a6", "a7"];
        tenants(&app, &old).await;
        let admin = app.platform_admin().await;
        let found =
            walk(&admin, "", async |page| tenants(&app, &[&format!("new-{page}")]).await).await;
        assert_eq!(found, ["a7", "a6", "a5", "a4", "a3", "a2", "a1"]);
    }

    async fn pages_newest_first_lose_and_repeat_nothing_of_one_moment(app) {
        let admin = app.platform_admin().await;
        for number in 0..7 {
            admin.post("/v1/tenants", make::tenant(&format!("a{number}"))).await.is(201);
        }
        let found = walk(&admin, "", async |_| ()).await;
        assert_eq!(found.len(), 7);
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>().len(), 7);
    }

    async fn pages_by_name_lose_and_repeat_nothing_while_rows_are_added(app) {
        let admin = app.platform_admin().await;
        for (slug, name) in [
            ("a1", "Zoo"),
            ("a2", "álamo"),
            ("a3", "Oak"),
            ("a4", "Élan"),
            ("a5", "birch"),
            ("a6", "Oak"),
            ("a7", "Ñu"),
        ] {
            admin.post("/v1/tenants", named(slug, name)).await.is(201);
        }
        let found = walk(&admin, "sort=name", async |page| {
            for name in ["Aaa", "Zzz"] {
                let slug = format!("{}-{page}", name.to_lowercase());
                admin.post("/v1/tenants", named(&slug, name)).await.is(201);
            }
        })
        .await;
        let old: Vec<&str> = found
            .iter()
            .map(String::as_str)
            .filter(|slug| slug.starts_with('a') && slug.len() == 2)
            .collect();
        assert_eq!([&old[..4], &old[6..]].concat(), ["a2", "a5", "a4", "a7", "a1"]);
        assert_eq!(BTreeSet::from([old[4], old[5]]), BTreeSet::from(["a3", "a6"]));
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len());
    }

    async fn a_cursor_goes_with_its_own_list_only(app) {
        tenants(&app, &["a1", "a2", "a3"]).await;
        let admin = app.platform_admin().await;
        let cursor = admin.get("/v1/tenants?limit=1&kind=camp").await.text("/next_cursor");
        admin.get(&format!("/v1/tenants?limit=2&kind=camp&cursor={cursor}")).await.is(200);
        for other in [
            "",
            "kind=school&",
            "kind=camp&sort=name&",
            "kind=camp&status=active&",
            "kind=camp&q=a1&",
        ] {
            admin
                .get(&format!("/v1/tenants?{other}cursor={cursor}"))
                .await
                .is(400)
                .is_refused("cursor.invalid");
        }
        admin
            .get(&format!("/v1/audit-entries?cursor={cursor}"))
            .await
            .is(400)
            .is_refused("cursor.invalid");
    }

    async fn a_damaged_cursor_is_refused(app) {
        tenants(&app, &["a1", "a2"]).await;
        let admin = app.platform_admin().await;
        let cursor = admin.get("/v1/tenants?limit=1").await.text("/next_cursor");
        let flipped = |at: usize| {
            let other = if cursor[at..].starts_with('A') { "B" } else { "A" };
            format!("{}{other}{}", &cursor[..at], &cursor[at + 1..])
        };
        let half = cursor[..cursor.len() / 2].to_owned();
        for damaged in [
            flipped(0),
            flipped(24),
            flipped(cursor.len() - 2),
            half,
            format!("{cursor}AAAA"),
            "AAAA".to_owned(),
            "A".to_owned(),
        ] {
            admin
                .get(&format!("/v1/tenants?cursor={damaged}"))
                .await
                .is(400)
                .is_refused("cursor.invalid");
        }
    }

    async fn filters_narrow_a_list(app) {
        let admin = app.platform_admin().await;
        tenants(&app, &["a1", "a2"]).await;
        admin.post("/v1/tenants", with(make::tenant("b1"), "kind", json!("school"))).await.is(201);
        let id = admin.get("/v1/tenants?kind=school").await.text("/data/0/id");
        admin.post(&format!("/v1/tenants/{id}/suspend"), make::reason()).await.is(200);
        for (query, found) in [
            ("kind=school", vec!["b1"]),
            ("kind=camp", vec!["a2", "a1"]),
            ("status=suspended", vec!["b1"]),
            ("status=active", vec!["a2", "a1"]),
            ("kind=school&status=active", vec![]),
            ("kind=practice", vec![]),
        ] {
            assert_eq!(
                slugs(&admin.get(&format!("/v1/tenants?{query}")).await.is(200)),
                found,
                "{query}"
            );
        }
    }

    async fn a_search_finds_the_beginnings_of_words_in_any_case_and_accent(app) {
        let admin = app.platform_admin().await;
        for (slug, name) in
            [("lago", "Peña Álvarez Camp"), ("rio", "PENA's School"), ("mar", "Nguyễn Thị Minh")]
        {
            app.clock.advance(SECOND);
            admin.post("/v1/tenants", named(slug, name)).await.is(201);
        }
        for (words, found) in [
            ("pena", vec!["rio", "lago"]),
            ("PEÑA", vec!["rio", "lago"]),
            ("pen", vec!["rio", "lago"]),
            ("alva pena", vec!["lago"]),
            ("camp lag", vec!["lago"]),
            ("nguyen", vec!["mar"]),
            ("ena", vec![]),
            ("pena nguyen", vec![]),
            ("%25", vec![]),
            ("_ena", vec![]),
            ("...", vec![]),
        ] {
            assert_eq!(
                slugs(&admin.get(&format!("/v1/tenants?q={words}")).await.is(200)),
                found,
                "{words}"
            );
        }
    }

    async fn a_renamed_tenant_is_found_by_its_new_name_only(app) {
        let admin = app.platform_admin().await;
        let made = admin.post("/v1/tenants", named("pine", "Lago Azul")).await.is(201);
        admin.patch(&path(&made), &made.etag(), json!({"name": "Río Verde"})).await.is(200);
        for (words, found) in [("lago", vec![]), ("rio", vec!["pine"]), ("pine", vec!["pine"])] {
            assert_eq!(
                slugs(&admin.get(&format!("/v1/tenants?q={words}")).await),
                found,
                "{words}"
            );
        }
        assert_eq!(slugs(&admin.get("/v1/tenants?sort=name").await), ["pine"]);
    }

    async fn a_total_is_counted_when_asked_for(app) {
        tenants(&app, &["a1", "a2", "a3"]).await;
        let admin = app.platform_admin().await;
        assert_eq!(admin.get("/v1/tenants?limit=1&include_total=true").await.body["total"], 3);
        assert_eq!(admin.get("/v1/tenants?q=a1&include_total=true").await.body["total"], 1);
        assert!(admin.get("/v1/tenants?include_total=false").await.body.get("total").is_none());
    }

    async fn an_update_changes_what_it_names_and_nothing_else(app) {
        let (admin, made) = (app.platform_admin().await, app.tenant("pine").await);
        app.clock.advance(SECOND);
        let changed =
            admin.patch(&path(&made), &made.etag(), json!({"name": "Pine Hill"})).await.is(200);
        assert_eq!(
            (&changed.body["name"], &changed.body["kind"]),
            (&json!("Pine Hill"), &made.body["kind"])
        );
        assert_eq!(
            (&changed.body["version"], &changed.body["updated_at"]),
            (&json!(2), &json!("2026-11-21T09:00:01Z"))
        );
        for same in
            ["slug", "contacts", "hours", "settings", "created_at", "contacts_authorise_from"]
        {
            assert_eq!(changed.body[same], made.body[same], "{same}");
        }
        assert_eq!(admin.get(&path(&made)).await.body, changed.body);
    }

    async fn a_change_names_the_version_it_was_made_for(app) {
        let (admin, made) = (app.platform_admin().await, app.tenant("pine").await);
        for (method, path, body) in [
            (Method::PATCH, path(&made), json!({"name": "Pine Hill"})),
            (Method::PATCH, path(&made) + "/settings", json!({"dormancy_days": 120})),
            (Method::PUT, path(&made) + "/contacts", contacts("new@pine.example")),
        ] {
            admin.send(method, &path, Some(body), &[]).await.is(428).is_refused("version.required");
        }
        assert_eq!(admin.get(&path(&made)).await.body["version"], 1);
    }

    async fn a_stale_change_is_refused(app) {
        let (admin, made) = (app.platform_admin().await, app.tenant("pine").await);
        admin.patch(&path(&made), &made.etag(), json!({"name": "Pine Hill"})).await.is(200);
        for (method, path, body) in [
            (Method::PATCH, path(&made), json!({"name": "Pine Lake"})),
            (Method::PATCH, path(&made) + "/settings", json!({"dormancy_days": 120})),
            (Method::PUT, path(&made) + "/contacts", contacts("new@pine.example")),
            (Method::POST, path(&made) + "/suspend", make::reason()),
        ] {
            admin
                .send(method, &path, Some(body), &[("if-match", &made.etag())])
                .await
                .is(412)
                .is_refused("version.stale");
        }
        assert_eq!(admin.get(&path(&made)).await.body["name"], "Pine Hill");
    }

    async fn of_two_changes_of_one_version_at_once_one_wins(app) {
        let (admin, made) = (app.platform_admin().await, app.tenant("pine").await);
        let (at, etag) = (path(&made), made.etag());
        let change = |name: &str| admin.patch(&at, &etag, json!({"name": name}));
        let answers =
            at_once(vec![change("One"), change("Two"), change("Three"), change("Four")]).await;
        assert_eq!(statuses(&answers), [200, 412, 412, 412]);
        let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
        let read = admin.get(&path(&made)).await;
        assert_eq!((&read.body["name"], &read.body["version"]), (&winner.body["name"], &json!(2)));
    }

    async fn settings_that_are_absent_stay_and_null_clears(app) {
        let (admin, made) = (app.platform_admin().await, app.tenant("pine").await);
        let at = path(&made) + "/settings";
        let change = json!({"no_access_procedure": "Call the office.", "time_zone": "Europe/Madrid", "locale": "es"});
        let first = admin.patch(&at, &made.etag(), change).await.is(200);
        assert_eq!(first.body["advisories"], json!(["fewer_than_two_site_admins"]));
        let second = admin.patch(&at, &first.etag(), json!({"dormancy_days": 120})).await.is(200);
        assert_eq!(
            second.body["settings"],
            with(first.body["settings"].clone(), "dormancy_days", json!(120))
        );
        assert_eq!(second.body["hours"], made.body["hours"]);
        let third = admin
            .patch(&at, &second.etag(), json!({"no_access_procedure": null, "hours": []}))
            .await
            .is(200);
        assert_eq!(third.body["settings"]["no_access_procedure"], Value::Null);
        assert_eq!(
            (&third.body["advisories"], &third.body["hours"]),
            (&json!(["no_access_procedure", "fewer_than_two_site_admins"]), &json!([]))
        );
    }

    async fn new_contact_points_are_told_to_the_old_address_and_the_owners(app) {
        let made = app.tenant("pine").await;
        app.clock.advance(SignedDuration::from_hours(100));
        let admin = app.platform_admin().await;
        let changed = admin
            .put(&(path(&made) + "/contacts"), &made.etag(), contacts("new@pine.example"))
            .await
            .is(200);
        assert_eq!(changed.body["notification_address"], "new@pine.example");
        assert_eq!(
            changed.body["contacts"],
            json!([{"label": "Director", "phone": "+15550100202"}])
        );
        assert_eq!(changed.body["contacts_authorise_from"], "2026-11-28T13:00:00Z");
        let told = app.letters().into_iter().collect::<BTreeSet<_>>();
        assert_eq!(
            told,
            BTreeSet::from([
                "contacts_changed to office@pine.example".to_owned(),
                "contacts_changed to olga@pine.example".to_owned()
            ])
        );
    }

    async fn new_contact_points_keep_their_evidence(app) {
        let (admin, made) = (app.platform_admin().await, app.tenant("pine").await);
        app.clock.advance(SECOND);
        admin
            .put(&(path(&made) + "/contacts"), &made.etag(), contacts("new@pine.example"))
            .await
            .is(200);
        let kept = app.burglar().texts("SELECT kind || ': ' || reference FROM evidence");
        assert_eq!(kept, ["signed_letter: Letter of 3 November, file 2026-118"]);
        let entry = app.audit().await.pop().unwrap();
        assert_eq!(entry["action"], "tenant.contacts.change");
        assert!(entry["detail"].as_str().unwrap().contains("evidence"));
    }

    async fn what_is_not_about_contacts_leaves_their_trust_alone(app) {
        let made = app.tenant("pine").await;
        app.clock.advance(SignedDuration::from_hours(100));
        let changed = app
            .platform_admin()
            .await
            .patch(&(path(&made) + "/settings"), &made.etag(), json!({"dormancy_days": 120}))
            .await
            .is(200);
        assert_eq!(changed.body["contacts_authorise_from"], made.body["contacts_authorise_from"]);
    }

    async fn an_address_that_owns_and_is_notified_is_told_once(app) {
        let admin = app.platform_admin().await;
        let body = with(make::tenant("pine"), "notification_address", json!("OLGA@pine.example"));
        let made = admin.post("/v1/tenants", body).await.is(201);
        admin
            .put(&(path(&made) + "/contacts"), &made.etag(), contacts("new@pine.example"))
            .await
            .is(200);
        assert_eq!(app.letters().len(), 1);
    }

    async fn a_suspended_tenant_is_listed_read_and_resumed(app) {
        let (admin, made) = (app.platform_admin().await, app.tenant("pine").await);
        let suspended = admin.post(&(path(&made) + "/suspend"), make::reason()).await.is(200);
        assert_eq!(
            (&suspended.body["status"], &suspended.body["version"]),
            (&json!("suspended"), &json!(2))
        );
        assert_eq!(slugs(&admin.get("/v1/tenants").await), ["pine"]);
        assert_eq!(admin.get(&path(&made)).await.body, suspended.body);
        app.clock.advance(SECOND);
        let resumed = admin.post(&(path(&made) + "/resume"), make::reason()).await.is(200);
        assert_eq!(resumed.body["status"], "active");
        assert_eq!(
            app.letters(),
            ["tenant_suspended to office@pine.example", "tenant_resumed to office@pine.example"]
        );
    }

    async fn a_tenant_is_suspended_once_and_resumed_once(app) {
        let (admin, made) = (app.platform_admin().await, app.tenant("pine").await);
        admin
            .post(&(path(&made) + "/resume"), make::reason())
            .await
            .is(409)
            .is_refused("tenant.not_suspended");
        admin.post(&(path(&made) + "/suspend"), make::reason()).await.is(200);
        admin
            .post(&(path(&made) + "/suspend"), make::reason())
            .await
            .is(409)
            .is_refused("tenant.already_suspended");
    }

    async fn of_two_who_suspend_a_tenant_at_once_one_does(app) {
        let (admin, made) = (app.platform_admin().await, app.tenant("pine").await);
        let at = path(&made) + "/suspend";
        let answers =
            at_once(vec![admin.post(&at, make::reason()), admin.post(&at, make::reason())]).await;
        assert_eq!(statuses(&answers), [200, 409]);
        assert_eq!(app.letters().len(), 1);
    }

    async fn a_change_and_a_suspension_at_once_both_hold_or_one_is_refused(app) {
        let (admin, made) = (app.platform_admin().await, app.tenant("pine").await);
        let (at, suspend) = (path(&made), path(&made) + "/suspend");
        let etag = made.etag();
        let (change, suspended) = join(
            admin.patch(&at, &etag, json!({"name": "Pine Hill"})),
            admin.post(&suspend, make::reason()),
        )
        .await;
        let read = admin.get(&at).await;
        assert_eq!(suspended.is(200).body["status"], read.body["status"]);
        assert_eq!(change.status == 200, read.body["name"] == "Pine Hill", "{}", change.raw);
    }

    async fn an_advisory_comes_after_a_year_and_goes_with_a_confirmation(app) {
        let made = app.tenant("pine").await;
        app.clock.advance(YEAR);
        let admin = app.platform_admin().await;
        assert_eq!(
            admin.get(&path(&made)).await.body["advisories"],
            json!(["no_access_procedure", "fewer_than_two_site_admins"])
        );
        app.clock.advance(SECOND);
        assert_eq!(
            admin.get(&path(&made)).await.body["advisories"],
            json!(["owner_not_confirmed", "no_access_procedure", "fewer_than_two_site_admins"])
        );
        assert_eq!(
            admin.get("/v1/tenants").await.body["data"][0]["advisories"],
            json!(["owner_not_confirmed", "no_access_procedure", "fewer_than_two_site_admins"])
        );
        let owner = admin.get(&(path(&made) + "/owners")).await.text("/data/0/id");
        let confirm = format!("{}/owners/{owner}/confirm", path(&made));
        admin.post(&confirm, json!({"evidence": make::evidence()})).await.is(200);
        assert_eq!(
            admin.get(&path(&made)).await.body["advisories"],
            json!(["no_access_procedure", "fewer_than_two_site_admins"])
        );
    }

    async fn a_site_admin_sees_the_own_tenant_and_no_other(app) {
        let (own, other) = (app.tenant("pine").await, app.tenant("oak").await);
        let sara = site_admin(&app, &own).await;
        sara.get(&path(&own)).await.is(200);
        sara.get(&path(&other)).await.is(404).is_refused("resource.not_found");
        assert_eq!(slugs(&sara.get("/v1/tenants").await), ["pine"]);
        assert_eq!(slugs(&sara.get("/v1/tenants?q=oak&include_total=true").await), [""; 0]);
        assert_eq!(sara.get("/v1/tenants?include_total=true").await.body["total"], 1);
    }

    async fn a_site_admin_changes_settings_and_nothing_else(app) {
        let (own, other) = (app.tenant("pine").await, app.tenant("oak").await);
        let sara = site_admin(&app, &own).await;
        let changed = sara
            .patch(&(path(&own) + "/settings"), &own.etag(), json!({"dormancy_days": 120}))
            .await
            .is(200);
        assert_eq!(changed.body["settings"]["dormancy_days"], 120);
        let etag = changed.etag();
        sara.patch(&path(&own), &etag, json!({"name": "Mine"}))
            .await
            .is(403)
            .is_refused("action.not_permitted");
        sara.put(&(path(&own) + "/contacts"), &etag, contacts("me@pine.example"))
            .await
            .is(403)
            .is_refused("action.not_permitted");
        sara.post(&(path(&own) + "/suspend"), make::reason())
            .await
            .is(403)
            .is_refused("action.not_permitted");
        sara.post("/v1/tenants", make::tenant("elm"))
            .await
            .is(403)
            .is_refused("action.not_permitted");
        sara.patch(&(path(&other) + "/settings"), &other.etag(), json!({"dormancy_days": 120}))
            .await
            .is(404)
            .is_refused("resource.not_found");
    }

    async fn each_caller_has_an_etag_of_their_own_for_one_version(app) {
        let made = app.tenant("pine").await;
        let (admin, sara) = (app.platform_admin().await, site_admin(&app, &made).await);
        let (theirs, hers) =
            (admin.get(&path(&made)).await.etag(), sara.get(&path(&made)).await.etag());
        assert_ne!(theirs, hers);
        assert!(theirs.starts_with("\"1-") && hers.starts_with("\"1-"), "{theirs} {hers}");
        sara.patch(&(path(&made) + "/settings"), &hers, json!({"dormancy_days": 120}))
            .await
            .is(200);
        admin.patch(&path(&made), &theirs, json!({"name": "Pine Hill"})).await.is(412);
    }

    async fn allowed_actions_say_what_then_happens(app) {
        let (active, suspended) = (app.tenant("pine").await, app.tenant("oak").await);
        let admin = app.platform_admin().await;
        admin.post(&(path(&suspended) + "/suspend"), make::reason()).await.is(200);
        app.clock.advance(SignedDuration::from_secs(301));
        let (stale, fresh) = (admin, app.platform_admin().await);
        let sara = site_admin(&app, &active).await;
        for (who, tenant) in [
            (&sara, &active),
            (&stale, &active),
            (&stale, &suspended),
            (&fresh, &suspended),
            (&fresh, &active),
        ] {
            for action in actions(&who.get(&path(tenant)).await.is(200)) {
                let now = who.get(&path(tenant)).await;
                let said = now.body["allowed_actions"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|said| said["action"] == action)
                    .unwrap()
                    .clone();
                let answer = attempt(&app, who, &path(tenant), &action).await;
                let barred_by = if answer.status.is_success() {
                    Value::Null
                } else {
                    answer.body["code"].clone()
                };
                assert_eq!(said["barred_by"], barred_by, "{action}: {}", answer.raw);
                assert_eq!(said["allowed"], json!(answer.status.is_success()), "{action}");
            }
        }
    }

    async fn what_is_allowed_comes_first(app) {
        let made = app.tenant("pine").await;
        let said = made.body["allowed_actions"].as_array().unwrap();
        let allowed: Vec<bool> =
            said.iter().map(|said| said["allowed"].as_bool().unwrap()).collect();
        assert!(allowed.is_sorted_by(|a, b| a >= b), "{allowed:?}");
        assert_eq!(said.last().unwrap()["barred_by"], "tenant.not_suspended");
    }
}

/// A Site Admin of a tenant.
async fn site_admin<'a>(app: &'a App, tenant: &Answer) -> Actor<'a> {
    let tenant: TenantId = tenant.text("/id").parse().unwrap();
    app.someone(Role::SiteAdmin, Some(tenant)).await
}

/// The actions that a tenant's menu names.
fn actions(tenant: &Answer) -> Vec<String> {
    let said = tenant.body["allowed_actions"].as_array().unwrap();
    said.iter().map(|said| said["action"].as_str().unwrap().to_owned()).collect()
}

/// Tries an action of the menu.
async fn attempt(app: &App, who: &Actor<'_>, at: &str, action: &str) -> Answer {
    let etag = who.get(at).await.etag();
    // An owner of its own for each attempt.
    let email =
        format!("{}@owners.example", app.house.entropy.uuid(app.house.clock.now()).simple());
    let added =
        app.platform_admin().await.post(&format!("{at}/owners"), make::owner(&email)).await.is(201);
    let owner = format!("{at}/owners/{}", added.text("/id"));
    let evidence = json!({"evidence": make::evidence()});
    let answer = match action {
        "tenant.update" => {
            who.patch(at, &who.get(at).await.etag(), json!({"name": "Pine Hill"})).await
        }
        "tenant.settings.update" => {
            who.patch(&format!("{at}/settings"), &etag, json!({"dormancy_days": 120})).await
        }
        "tenant.contacts.change" => {
            who.put(&format!("{at}/contacts"), &etag, contacts("new@pine.example")).await
        }
        "tenant.suspend" => who.post(&format!("{at}/suspend"), make::reason()).await,
        "tenant.resume" => who.post(&format!("{at}/resume"), make::reason()).await,
        "owner.add" => {
            who.post(&format!("{at}/owners"), make::owner("another@owners.example")).await
        }
        "owner.change" => {
            who.put(&owner, &added.etag(), make::owner("changed@owners.example")).await
        }
        "owner.confirm" => who.post(&format!("{owner}/confirm"), evidence).await,
        "owner.remove" => who.post(&format!("{owner}/remove"), evidence).await,
        other => panic!("how is {other} tried?"),
    };
    app.burglar().run("DELETE FROM owners WHERE email LIKE '%@owners.example'");
    answer
}
