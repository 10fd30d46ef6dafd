//! How often a secret may be tried, and by whom: attackers wait, the attacked do not.

use std::net::{IpAddr, Ipv4Addr};

use caredesk_core::domain::account::Role;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::json;

use crate::support::app::App;
use crate::support::people::Known;
use crate::support::staff::PASSWORD;

/// Somebody at another address of this machine.
struct Elsewhere<'a> {
    app: &'a App,
    http: reqwest::Client,
}

impl App {
    fn at(&self, host: u8) -> Elsewhere<'_> {
        let address = IpAddr::V4(Ipv4Addr::new(127, 0, 1, host));
        let http = reqwest::Client::builder().no_proxy().local_address(address).build().unwrap();
        Elsewhere { app: self, http }
    }
}

impl Elsewhere<'_> {
    /// Tries to sign in; the status.
    async fn tries(&self, who: &Known<'_>, password: &str) -> u16 {
        let mut body = who.claim.clone();
        body["password"] = json!(password);
        let request = self.http.post(format!("{}/v1/sessions", self.app.base));
        let request = request.header("content-type", "application/json").body(body.to_string());
        request.send().await.unwrap().status().as_u16()
    }
}

/// Attacks a name from many addresses until every unknown place has to wait.
async fn attack(app: &App, who: &Known<'_>) {
    let mut tried = 0;
    for host in 10..20 {
        for _ in 0..10 {
            tried += u32::from(app.at(host).tries(who, "wrong").await == 401);
        }
    }
    assert!((99..=100).contains(&tried), "{tried}"); // its owner may have tried once
    assert_eq!(app.at(30).tries(who, "wrong").await, 429);
}

on_both! {
    async fn a_name_that_is_attacked_from_everywhere_is_open_to_its_owner_at_home(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        assert_eq!(app.at(1).tries(&una, PASSWORD).await, 201); // at home here from now on
        attack(&app, &una).await;
        assert_eq!(app.at(2).tries(&una, PASSWORD).await, 429);
        assert_eq!(app.at(1).tries(&una, "a slip of the finger").await, 401);
        assert_eq!(app.at(1).tries(&una, PASSWORD).await, 201);
        app.clock.advance(SignedDuration::from_mins(15));
        assert_eq!(app.at(2).tries(&una, PASSWORD).await, 201); // and to everybody when they stop
    }

    async fn a_place_is_familiar_for_thirty_days(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        assert_eq!(app.at(1).tries(&una, PASSWORD).await, 201);
        app.clock.advance(SignedDuration::from_hours(30 * 24));
        attack(&app, &una).await;
        assert_eq!(app.at(1).tries(&una, PASSWORD).await, 429);
    }

    async fn who_is_away_from_home_gets_in_by_a_reset_link(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        attack(&app, &una).await;
        una.with(PASSWORD).await.is(429);
        una.forgets().await.is(202);
        let link = app.secret_of("password_reset", "una@pine.example");
        let begun = app.reset(&link, "another violet tractor 39").await.is(201);
        app.bearer(&begun).get("/v1/account").await.is(200);
        una.with("another violet tractor 39").await.is(201); // and the place is familiar now
    }

    async fn a_password_alone_makes_no_place_familiar_where_a_second_factor_is_asked_for(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::SiteAdmin).await;
        assert_eq!(app.at(1).tries(&una, PASSWORD).await, 201);
        attack(&app, &una).await;
        assert_eq!(app.at(1).tries(&una, PASSWORD).await, 429);
    }

    async fn codes_of_a_thief_with_the_password_are_few_wherever_they_come_from(app) {
        let staff = app.staff("ana@desk.example").await; // whoever enrols is at home at 127.0.0.1
        let mut answered = Vec::new();
        for host in 10..16 {
            let thief = app.bearer(&staff.sign_in().await);
            let elsewhere = app.at(host);
            for _ in 0..5 {
                let request = elsewhere.http.post(format!("{}/v1/second-factor/verify", app.base));
                let request = request.bearer_auth(thief.token.as_ref().unwrap());
                let request = request.header("content-type", "application/json").body(r#"{"code":"000000"}"#);
                answered.push(request.send().await.unwrap().status().as_u16());
            }
        }
        // Twenty in an hour, of which the owner's own enrolment was one.
        assert_eq!(answered.iter().filter(|status| **status == 422).count(), 19, "{answered:?}");
        assert_eq!(answered.iter().filter(|status| **status == 429).count(), 11, "{answered:?}");
        // The owner, at home, is not held up.
        app.clock.advance(SignedDuration::from_secs(30));
        app.bearer(&staff.sign_in().await).verify(&staff.code()).await.is(200);
    }

    async fn one_place_cannot_use_up_what_belongs_to_all(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        for _ in 0..150 {
            app.at(9).tries(&una, "wrong").await; // ten count, the rest has to wait
        }
        assert_eq!(app.at(2).tries(&una, PASSWORD).await, 201);
    }

    async fn whoever_has_an_invitation_uses_up_nothing_of_the_organisations_own(app) {
        let tenant = app.tenant_id("pine").await;
        let sara = app.user("pine", "sara", Role::SiteAdmin).await;
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let body = json!({"family_name": "Ruiz", "email": "ruiz@home.example", "submit": true});
        ana.post("/v1/applications", body).await.is(201);
        let both = app.secret_of("invitation", "ruiz@home.example");
        let (_, code) = both.split_once(' ').unwrap();
        let mut begun = 0;
        for host in 10..17 {
            let there = app.at(host);
            for number in 0..90 {
                let body = json!({"invitation_code": code, "email": format!("x{host}.{number}@home.example")});
                let request = there.http.post(format!("{}/v1/acceptances", app.base));
                let request = request.header("content-type", "application/json").body(body.to_string());
                begun += u32::from(request.send().await.unwrap().status() == 201);
            }
        }
        assert_eq!(begun, 10, "of 630 in the hour");
        sara.forgets().await.is(202);
        app.secret_of("password_reset", "sara@pine.example");
        app.clock.advance(SignedDuration::from_hours(1));
        let body = json!({"invitation_code": code, "email": "ruiz@home.example"});
        app.nobody().post("/v1/acceptances", body).await.is(201);
    }

    async fn counters_survive_a_request_that_is_rolled_back(app) {
        let ana = app.platform_admin().await;
        let counted = |app: &App| app.burglar().texts("SELECT CAST(SUM(attempts) AS text) FROM throttle_counters");
        ana.verify("000000").await.is(422); // its transaction changed nothing
        let one = counted(&app);
        ana.verify("000000").await.is(422);
        assert_ne!(counted(&app), one);
        assert_eq!(app.burglar().texts("SELECT CAST(last_step AS text) FROM second_factors"), ["0"]);
    }

    async fn attempts_at_the_same_moment_are_all_counted(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        let answers = join_all((0..20).map(|_| una.with("wrong"))).await;
        let refused = answers.iter().filter(|answer| answer.status == 429).count();
        assert_eq!(refused, 10);
    }

    async fn one_attacked_organisation_does_not_hold_up_another(app) {
        app.tenant("pine").await;
        app.tenant("oak").await;
        let una = app.user("pine", "una", Role::Member).await;
        let eva = app.user("oak", "eva", Role::Member).await;
        // As if a thousand names had been tried.
        let key = "sign-in-tenant|pine";
        let key = app.house.keys.keyed_hash(caredesk::vault::Purpose::Tokens, key.as_bytes());
        let hex = data_encoding::HEXLOWER.encode(&key);
        assert_eq!(app.at(1).tries(&una, "wrong").await, 401);
        let bytes = if app.database.is_sqlite() { format!("X'{hex}'") } else { format!("'\\x{hex}'::bytea") };
        app.burglar().run(&format!("UPDATE throttle_counters SET attempts = 1000 WHERE key = {bytes}"));
        assert_eq!(app.at(2).tries(&una, PASSWORD).await, 429);
        assert_eq!(app.at(2).tries(&eva, PASSWORD).await, 201);
    }
}
