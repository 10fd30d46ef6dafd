//! Whether a user could be a Support User: every point on its own, with its reason and its day.

use caredesk::store::columns::AnyId;
use caredesk::store::schema::accounts;
use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::{AccountStatus, Role};
use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::people::Known;
use crate::support::scene::behind;

/// The points of a user, as `criterion reason day`.
async fn points(sara: &Actor<'_>, of: &Known<'_>) -> Vec<String> {
    let body = shown(sara, of).await;
    let rows = body["criteria"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            assert_eq!(row["met"], row["reason"] == "met");
            let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", text("criterion"), text("reason"), text("passes_from"))
        })
        .collect()
}

/// What is shown of a user.
async fn shown(sara: &Actor<'_>, of: &Known<'_>) -> Value {
    sara.get(&format!("/v1/users/{}/support-eligibility", of.account)).await.is(200).body
}

/// Lets a user have come for the first time so many days ago.
async fn came(app: &App, of: &Known<'_>, days: i64) {
    let row = accounts::table.filter(accounts::id.eq(AnyId(of.account)));
    let ago = SignedDuration::from_hours(24 * days);
    let first = accounts::first_used_at.eq(app.house.clock.now().plus(-ago));
    behind(app, move |conn| diesel::update(row).set(first).execute(conn)).await;
}

/// Has a Site Admin record full training of a user.
async fn trained(sara: &Actor<'_>, of: &Known<'_>) {
    let course =
        json!({"course": "Parts 1 to 4", "completed_on": "2026-11-03", "fully_trained": true});
    sara.post(&format!("/v1/users/{}/training-records", of.account), course).await.is(201);
}

/// An organisation with a Site Admin and a member.
async fn pine(app: &App) -> (Actor<'_>, Known<'_>) {
    let tenant = app.tenant_id("pine").await;
    let mia = app.user("pine", "mia", Role::Member).await;
    (app.someone(Role::SiteAdmin, Some(tenant)).await, mia)
}

on_both! {
    async fn every_point_is_told_with_its_reason_and_the_day_that_heals_it(app) {
        let (sara, mia) = pine(&app).await;
        assert_eq!(points(&sara, &mia).await, [
            "tenure never_used -", "trained not_fully_trained -", "named_person met -", "unique_email met -", "active met -"]);
        came(&app, &mia, 30).await; // on 22 October
        trained(&sara, &mia).await;
        assert_eq!(points(&sara, &mia).await, [
            "tenure too_short 2027-04-22", "trained met -", "named_person met -", "unique_email met -", "active met -"]);
        assert_eq!(shown(&sara, &mia).await["eligible"], false);
        came(&app, &mia, 200).await;
        let all = shown(&sara, &mia).await;
        assert_eq!((&all["eligible"], &all["role"], &all["judged_at"]), (&json!(true), &json!("member"), &json!("2026-11-21T09:00:00Z")));
    }

    async fn a_generic_name_and_a_role_address_are_nobodys(app) {
        let (sara, mia) = pine(&app).await;
        for (first, last, email, reason) in [
            ("Front", "Desk", "mia@pine.example", "generic_name"),
            ("Mia", "Lund", "frontdesk@pine.example", "generic_address"),
        ] {
            let user = format!("/v1/users/{}", mia.account);
            let etag = sara.get(&user).await.is(200).etag();
            let change = json!({"first_name": first, "last_name": last, "email": email});
            sara.send(reqwest::Method::PATCH, &user, Some(change), &[("if-match", &etag)]).await.is(200);
            assert_eq!(points(&sara, &mia).await[2], format!("named_person {reason} -"));
        }
    }

    async fn an_address_that_somebody_else_has_is_told_without_telling_who(app) {
        let (sara, mia) = pine(&app).await;
        app.tenant("oak").await;
        let other = app.user("oak", "una", Role::Member).await;
        let row = accounts::table.filter(accounts::id.eq(AnyId(other.account)));
        behind(&app, move |conn| diesel::update(row).set(accounts::email_key.eq("mia@pine.example")).execute(conn)).await;
        let told = shown(&sara, &mia).await;
        assert_eq!(told["criteria"][3]["reason"], "address_shared");
        assert!(!told.to_string().contains("oak") && !told.to_string().contains(&other.account.to_string()));
    }

    async fn an_address_that_may_be_the_same_parents_is_unclear(app) {
        let (sara, mia) = pine(&app).await;
        let parent = app.guardian(&mia.contact).await;
        for (name, reason) in [
            ("Jon Berg", "address_shared"),
            ("Jon Lund", "address_unclear"),
            ("Mia Lund Berg", "address_unclear"),
            ("MIA LUND", "met"),
        ] {
            let row = accounts::table.filter(accounts::id.eq(AnyId(parent.account)));
            let name = accounts::name.eq(PersonName::parse(name).unwrap());
            behind(&app, move |conn| diesel::update(row).set(name).execute(conn)).await;
            assert_eq!(points(&sara, &mia).await[3], format!("unique_email {reason} -"));
        }
    }

    async fn who_is_off_or_site_admin_is_told_so(app) {
        let (sara, mia) = pine(&app).await;
        app.switch_off(mia.account).await;
        assert_eq!(points(&sara, &mia).await[4], "active inactive -");
        let noa = app.user("pine", "noa", Role::SiteAdmin).await;
        assert_eq!(points(&sara, &noa).await[4], "active site_admin -");
        let ida = app.user("pine", "ida", Role::Member).await;
        let row = accounts::table.filter(accounts::id.eq(AnyId(ida.account)));
        behind(&app, move |conn| diesel::update(row).set(accounts::status.eq(AccountStatus::Invited)).execute(conn)).await;
        assert_eq!(points(&sara, &ida).await[4], "active invited -");
    }

    async fn a_support_user_goes_on_being_judged(app) {
        let (sara, _) = pine(&app).await;
        let ida = app.user("pine", "ida", Role::SupportUser).await;
        let told = shown(&sara, &ida).await;
        assert_eq!((&told["role"], &told["eligible"]), (&json!("support_user"), &json!(false)));
    }

    async fn nobody_else_asks(app) {
        let (_, mia) = pine(&app).await;
        let oak = app.tenant_id("oak").await;
        let at = format!("/v1/users/{}/support-eligibility", mia.account);
        app.someone(Role::SiteAdmin, Some(oak)).await.get(&at).await.is(404);
        for role in [Role::TierOne, Role::TierTwo, Role::PlatformAdmin, Role::Guardian] {
            app.someone(role, None).await.get(&at).await.is(403).is_refused("action.not_permitted");
        }
    }
}
