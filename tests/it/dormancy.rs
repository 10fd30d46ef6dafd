//! Dormancy, day by day over a year: who is warned, who is switched off, and who stays.

use std::collections::BTreeSet;

use caredesk::jobs::dormancy;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use futures_util::future::join;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::make;
use crate::support::people::Known;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Somebody who watches what dormancy does.
struct Watch<'a> {
    app: &'a App,
    letters: usize,
    off: BTreeSet<String>,
    /// What happened on which day, in UTC.
    seen: Vec<String>,
}

impl<'a> Watch<'a> {
    /// Watches from now on.
    fn of(app: &'a App) -> Self {
        Self { app, letters: letters(app).len(), off: off(app), seen: Vec::new() }
    }

    /// Lets a day pass, and has the job look once.
    async fn day(&mut self) {
        self.app.clock.advance(DAY);
        dormancy::round(&self.app.house).await.unwrap();
        self.look();
    }

    /// Lets days pass.
    async fn days(&mut self, days: u32) {
        for _ in 0..days {
            self.day().await;
        }
    }

    /// Notes what is new.
    fn look(&mut self) {
        let today = today(self.app);
        let (letters, off) = (letters(self.app), off(self.app));
        let mut news: Vec<String> = letters[self.letters..].to_vec();
        news.extend(off.difference(&self.off).map(|user| format!("{user} is off")));
        news.sort();
        self.seen.extend(news.into_iter().map(|news| format!("{today} {news}")));
        (self.letters, self.off) = (letters.len(), off);
    }

    /// What happened since this was asked last.
    fn news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.seen)
    }
}

/// The day that it is in UTC.
fn today(app: &App) -> String {
    app.house.clock.now().timestamp().to_string()[..10].to_owned()
}

/// The letters of dormancy, oldest first.
fn letters(app: &App) -> Vec<String> {
    let mut letters = app.letters();
    let kinds = ["dormancy_warning", "last_site_admin_dormant", "site_admin_deactivated"];
    letters.retain(|letter| kinds.iter().any(|kind| letter.starts_with(kind)));
    letters
}

/// Who is switched off, and why.
fn off(app: &App) -> BTreeSet<String> {
    let sql = "SELECT email || ' ' || inactive_reason FROM accounts WHERE status = 'inactive'";
    app.burglar().texts(sql).into_iter().collect()
}

/// The facts of every message of a kind to somebody.
fn facts(app: &App, kind: &str, recipient: &str) -> Vec<Value> {
    let sql = format!(
        "SELECT CAST(facts AS text) FROM notifications WHERE kind = '{kind}' \
         AND recipient = '{recipient}' ORDER BY created_at, id"
    );
    app.burglar().texts(&sql).iter().map(|facts| serde_json::from_str(facts).unwrap()).collect()
}

/// A user who signs in now.
async fn signed_in<'a>(app: &'a App, slug: &str, name: &str, role: Role) -> Known<'a> {
    let known = app.user(slug, name, role).await;
    known.sign_in().await.is(201);
    known
}

/// A Site Admin who signs in now, with everything.
async fn at_work<'a>(sara: &Known<'a>) -> Actor<'a> {
    sara.app.another_session_of(&sara.at_home().await).await
}

/// Changes settings of a tenant.
async fn set(who: &Actor<'_>, tenant: TenantId, settings: Value) {
    let path = format!("/v1/tenants/{tenant}");
    let etag = who.get(&path).await.is(200).etag();
    who.patch(&format!("{path}/settings"), &etag, settings).await.is(200);
}

/// Has dormancy pass somebody over, or no more.
async fn keep(sara: &Actor<'_>, known: &Known<'_>, keep: bool) {
    let path = format!("/v1/users/{}/keep-active", known.account);
    sara.post(&path, json!({"keep_active": keep})).await.is(200);
}

/// Takes the owner of a tenant from file.
async fn without_owner(admin: &Actor<'_>, tenant: TenantId) -> String {
    let owners = format!("/v1/tenants/{tenant}/owners");
    let owner = admin.get(&owners).await.is(200).text("/data/0/id");
    let evidence = json!({"evidence": make::evidence()});
    admin.post(&format!("{owners}/{owner}/remove"), evidence).await.is(204);
    owners
}

/// What the audit says of somebody by the product itself: the actions, oldest first.
async fn done_by_itself(app: &App, known: &Known<'_>) -> Vec<String> {
    let target = known.account.to_string();
    let audit = app.audit().await;
    let about = audit.iter().filter(|entry| entry["target_id"] == target.as_str());
    let by_itself = about.filter(|entry| entry["actor_kind"] == "system");
    by_itself.map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn over_a_year_everybody_is_warned_once_and_leaves_on_the_day_where_the_organisation_is(app) {
        let (pine, kiwi) = (app.tenant_id("pine").await, app.tenant_id("kiwi").await);
        let admin = app.platform_admin().await;
        set(&admin, kiwi, json!({"dormancy_days": 120, "time_zone": "Pacific/Auckland"})).await;
        let sara = app.user("pine", "sara", Role::SiteAdmin).await;
        let reg = app.user("pine", "reg", Role::Member).await;
        let kay = signed_in(&app, "pine", "kay", Role::SupportUser).await;
        let ida = signed_in(&app, "pine", "ida", Role::Member).await;
        let bea = signed_in(&app, "pine", "bea", Role::SupportUser).await;
        signed_in(&app, "kiwi", "auk", Role::Member).await;
        let here = at_work(&sara).await;
        keep(&here, &kay, true).await;
        let new = json!({"user_name": "mia", "first_name": "Mia", "last_name": "Lund", "email": "mia@pine.example"});
        let mia = here.post("/v1/users", new).await.is(201).header("location");
        // Three hours later it is the next day in Auckland, and the same one in pine.
        app.clock.advance(SignedDuration::from_hours(3));
        signed_in(&app, "kiwi", "late", Role::Member).await;
        signed_in(&app, "pine", "lea", Role::Member).await;
        app.clock.advance(SignedDuration::from_mins(30));
        let mut watch = Watch::of(&app);
        for day in 1..=365 {
            watch.day().await;
            if day % 30 == 0 {
                reg.sign_in().await.is(201);
                sara.sign_in().await.is(201);
            }
            if today(&app) == "2027-02-15" {
                bea.sign_in().await.is(201);
            }
        }
        assert_eq!(watch.news(), [
            "2027-02-12 dormancy_warning to bea@pine.example",
            "2027-02-12 dormancy_warning to ida@pine.example",
            "2027-02-12 dormancy_warning to lea@pine.example",
            "2027-02-19 ida@pine.example dormant is off",
            "2027-02-19 lea@pine.example dormant is off",
            "2027-03-13 dormancy_warning to auk@kiwi.example",
            "2027-03-14 dormancy_warning to late@kiwi.example",
            "2027-03-20 auk@kiwi.example dormant is off",
            "2027-03-21 late@kiwi.example dormant is off",
            "2027-05-09 dormancy_warning to bea@pine.example",
            "2027-05-16 bea@pine.example dormant is off",
        ]);
        let told = facts(&app, "dormancy_warning", "bea@pine.example");
        assert_eq!((told.len(), &told[0]["day"], &told[1]["day"]), (2, &json!("2027-02-19"), &json!("2027-05-16")));
        assert_eq!(told[0]["user_name"], "bea");
        assert_eq!(facts(&app, "dormancy_warning", "auk@kiwi.example")[0]["day"], "2027-03-21");
        let here = at_work(&sara).await;
        assert_eq!(here.get(&mia).await.is(200).text("/status"), "invited");
        for stays in [&kay, &reg, &sara] {
            let user = here.get(&format!("/v1/users/{}", stays.account)).await.is(200);
            assert_eq!(user.text("/status"), "active");
        }
        let gone = here.get(&format!("/v1/users/{}", bea.account)).await.is(200);
        assert_eq!((gone.text("/status"), gone.text("/inactive_reason")), ("inactive".into(), "dormant".into()));
        assert_eq!((gone.text("/role"), gone.text("/inactive_since")), ("member".into(), "2027-05-16T12:30:00Z".into()));
        assert_eq!(done_by_itself(&app, &ida).await, ["user.dormancy.warn", "user.deactivate"]);
        let twice = ["user.dormancy.warn", "user.dormancy.warn", "user.deactivate"];
        assert_eq!(done_by_itself(&app, &bea).await, twice);
        assert_eq!(here.get(&format!("/v1/tenants/{pine}")).await.is(200).body["settings"]["dormancy_days"], 90);
    }

    async fn whoever_was_switched_off_learns_by_message_which_site_admins_can_help(app) {
        app.tenant("pine").await;
        let ida = signed_in(&app, "pine", "ida", Role::Member).await;
        let here = ida.at_home().await;
        let mut watch = Watch::of(&app);
        watch.days(83).await;
        app.user("pine", "sara", Role::SiteAdmin).await;
        watch.days(7).await;
        assert_eq!(watch.news().len(), 2);
        here.renewed().get("/v1/account").await.is(401).is_refused("auth.invalid_token");
        ida.with("wrong password of hers").await.is(401).is_refused("auth.wrong_credentials");
        assert_eq!(app.letters_of("sign_in_inactive", &ida.contact), 0);
        ida.sign_in().await.is(401).is_refused("auth.wrong_credentials");
        let told = facts(&app, "sign_in_inactive", &ida.contact);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["admins"], json!([{"name": "Mia Lund", "email": "sara@pine.example"}]));
        assert_eq!(told[0]["organisation"], "Camp pine");
    }

    async fn of_the_last_site_admin_the_owners_are_warned_two_weeks_before(app) {
        let tenant = app.tenant_id("pine").await;
        let sara = signed_in(&app, "pine", "sara", Role::SiteAdmin).await;
        let mut watch = Watch::of(&app);
        watch.days(365).await;
        assert_eq!(watch.news(), [
            "2027-02-05 last_site_admin_dormant to office@pine.example",
            "2027-02-05 last_site_admin_dormant to olga@pine.example",
            "2027-02-12 dormancy_warning to sara@pine.example",
            "2027-02-19 sara@pine.example dormant is off",
            "2027-02-19 site_admin_deactivated to office@pine.example",
            "2027-02-19 site_admin_deactivated to olga@pine.example",
        ]);
        assert_eq!(facts(&app, "last_site_admin_dormant", "olga@pine.example")[0]["day"], "2027-02-19");
        let expected = ["user.dormancy.warn", "user.dormancy.warn", "user.deactivate"];
        assert_eq!(done_by_itself(&app, &sara).await, expected);
        let next = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let user = next.get(&format!("/v1/users/{}", sara.account)).await.is(200);
        assert_eq!((user.text("/role"), &user.body["was_site_admin"]), ("member".into(), &json!(true)));
    }

    async fn without_an_owner_on_file_the_last_site_admin_stays(app) {
        let tenant = app.tenant_id("pine").await;
        let owners = without_owner(&app.platform_admin().await, tenant).await;
        let sara = signed_in(&app, "pine", "sara", Role::SiteAdmin).await;
        let mut watch = Watch::of(&app);
        watch.days(365).await;
        assert_eq!(watch.news(), ["2027-02-12 dormancy_warning to sara@pine.example"]);
        sara.sign_in().await.is(201);
        // With an owner the rule is the other one again: warned first, and two weeks more.
        watch.days(90).await;
        assert_eq!(watch.news(), ["2028-02-12 dormancy_warning to sara@pine.example"]);
        let admin = app.platform_admin().await;
        admin.post(&owners, make::owner("omar@pine.example")).await.is(201);
        watch.days(15).await;
        assert_eq!(watch.news(), [
            "2028-02-20 last_site_admin_dormant to office@pine.example",
            "2028-02-20 last_site_admin_dormant to omar@pine.example",
            "2028-03-05 sara@pine.example dormant is off",
            "2028-03-05 site_admin_deactivated to office@pine.example",
            "2028-03-05 site_admin_deactivated to omar@pine.example",
        ]);
    }

    async fn whoever_becomes_the_last_site_admin_that_day_has_two_weeks_more(app) {
        app.tenant("pine").await;
        signed_in(&app, "pine", "adam", Role::SiteAdmin).await;
        app.clock.advance(SECOND);
        signed_in(&app, "pine", "sara", Role::SiteAdmin).await;
        let mut watch = Watch::of(&app);
        watch.days(120).await;
        assert_eq!(watch.news(), [
            "2027-02-12 dormancy_warning to adam@pine.example",
            "2027-02-12 dormancy_warning to sara@pine.example",
            "2027-02-19 adam@pine.example dormant is off",
            "2027-02-19 last_site_admin_dormant to office@pine.example",
            "2027-02-19 last_site_admin_dormant to olga@pine.example",
            "2027-03-05 sara@pine.example dormant is off",
            "2027-03-05 site_admin_deactivated to office@pine.example",
            "2027-03-05 site_admin_deactivated to olga@pine.example",
        ]);
    }

    async fn a_shorter_time_never_skips_the_warning(app) {
        let tenant = app.tenant_id("pine").await;
        signed_in(&app, "pine", "ida", Role::Member).await;
        let sara = signed_in(&app, "pine", "sara", Role::SiteAdmin).await;
        let mut watch = Watch::of(&app);
        watch.days(60).await;
        assert_eq!(watch.news(), [""; 0]);
        set(&at_work(&sara).await, tenant, json!({"dormancy_days": 30})).await;
        watch.days(10).await;
        assert_eq!(watch.news(), [
            "2027-01-21 dormancy_warning to ida@pine.example",
            "2027-01-28 ida@pine.example dormant is off",
        ]);
        assert_eq!(facts(&app, "dormancy_warning", "ida@pine.example")[0]["day"], "2027-01-28");
    }

    async fn a_longer_time_is_warned_of_anew(app) {
        let tenant = app.tenant_id("pine").await;
        set(&app.platform_admin().await, tenant, json!({"dormancy_days": 30})).await;
        signed_in(&app, "pine", "ida", Role::Member).await;
        let mut watch = Watch::of(&app);
        watch.days(25).await;
        set(&app.platform_admin().await, tenant, json!({"dormancy_days": 90})).await;
        watch.days(70).await;
        assert_eq!(watch.news(), [
            "2026-12-14 dormancy_warning to ida@pine.example",
            "2027-02-12 dormancy_warning to ida@pine.example",
            "2027-02-19 ida@pine.example dormant is off",
        ]);
    }

    async fn whoever_signs_in_or_is_kept_while_a_round_is_under_way_stays(app) {
        app.tenant("pine").await;
        for name in ["ada", "bea", "cleo", "dora"] {
            signed_in(&app, "pine", name, Role::Member).await;
            app.clock.advance(SECOND);
        }
        app.clock.advance(DAY * 83);
        dormancy::round(&app.house).await.unwrap();
        app.clock.advance(DAY * 7);
        let of = |name: &str| format!("email = '{name}@pine.example'");
        let (bea, cleo) = (of("bea"), of("cleo"));
        app.burglar().meanwhile("UPDATE OF status ON accounts", &format!(
            "UPDATE accounts SET idle_since = (SELECT MAX(inactive_since) FROM accounts) WHERE {bea}; \
             UPDATE accounts SET kept_active = TRUE WHERE {cleo}"
        ));
        dormancy::round(&app.house).await.unwrap();
        let left: Vec<String> = off(&app).into_iter().collect();
        assert_eq!(left, ["ada@pine.example dormant", "dora@pine.example dormant"]);
    }

    async fn a_job_that_slept_warns_first(app) {
        app.tenant("pine").await;
        signed_in(&app, "pine", "ida", Role::Member).await;
        app.clock.advance(DAY * 200);
        let mut watch = Watch::of(&app);
        watch.days(8).await;
        assert_eq!(watch.news(), [
            "2027-06-10 dormancy_warning to ida@pine.example",
            "2027-06-17 ida@pine.example dormant is off",
        ]);
    }

    async fn whoever_is_kept_active_no_more_has_the_whole_time_from_then(app) {
        app.tenant("pine").await;
        let ida = signed_in(&app, "pine", "ida", Role::Member).await;
        let sara = signed_in(&app, "pine", "sara", Role::SiteAdmin).await;
        keep(&at_work(&sara).await, &ida, true).await;
        app.clock.advance(DAY * 80);
        sara.sign_in().await.is(201);
        let mut watch = Watch::of(&app);
        watch.days(50).await;
        keep(&at_work(&sara).await, &ida, false).await;
        watch.days(50).await;
        sara.sign_in().await.is(201);
        watch.days(41).await;
        // Let go of on the 31st of March.
        assert_eq!(watch.news(), [
            "2027-06-22 dormancy_warning to ida@pine.example",
            "2027-06-29 ida@pine.example dormant is off",
        ]);
    }

    async fn users_of_a_suspended_organisation_are_left_alone(app) {
        let tenant = app.tenant_id("pine").await;
        signed_in(&app, "pine", "ida", Role::Member).await;
        let path = format!("/v1/tenants/{tenant}");
        app.platform_admin().await.post(&format!("{path}/suspend"), make::reason()).await.is(200);
        let mut watch = Watch::of(&app);
        watch.days(120).await;
        assert_eq!(watch.news(), [""; 0]);
        let resumed = app.platform_admin().await;
        resumed.send(Method::POST, &format!("{path}/resume"), Some(make::reason()), &[]).await.is(200);
        watch.days(10).await;
        assert_eq!(watch.news(), [
            "2027-03-22 dormancy_warning to ida@pine.example",
            "2027-03-29 ida@pine.example dormant is off",
        ]);
    }

    async fn of_two_rounds_at_the_same_moment_one_counts(app) {
        app.tenant("pine").await;
        let ida = signed_in(&app, "pine", "ida", Role::Member).await;
        signed_in(&app, "pine", "sara", Role::SiteAdmin).await;
        let beside = app.beside().await;
        for days in [83, 7] {
            app.clock.advance(DAY * days);
            let (one, other) = join(dormancy::round(&app.house), dormancy::round(&beside.house)).await;
            one.unwrap();
            other.unwrap();
            dormancy::round(&beside.house).await.unwrap();
        }
        let mut told = letters(&app);
        told.sort();
        assert_eq!(told, [
            "dormancy_warning to ida@pine.example",
            "dormancy_warning to sara@pine.example",
            "last_site_admin_dormant to office@pine.example",
            "last_site_admin_dormant to olga@pine.example",
        ]);
        assert_eq!(off(&app).len(), 1, "the last Site Admin's owners have had a week only");
        assert_eq!(done_by_itself(&app, &ida).await, ["user.dormancy.warn", "user.deactivate"]);
    }

    async fn a_round_gets_to_the_last_of_many_who_left_at_one_moment(app) {
        let tenant = app.tenant_id("pine").await;
        for _ in 0..205 {
            app.someone(Role::Member, Some(tenant)).await;
        }
        app.clock.advance(DAY * 83);
        dormancy::round(&app.house).await.unwrap();
        assert_eq!((letters(&app).len(), off(&app).len()), (205, 0));
        app.clock.advance(DAY * 7);
        dormancy::round(&app.house).await.unwrap();
        assert_eq!((letters(&app).len(), off(&app).len()), (205, 205));
    }
}
