//! Sessions: enrolled, signed in, carried on, ended.

use std::collections::BTreeSet;

use caredesk::service::Limits;
use caredesk::store::db::Conn;
use caredesk::store::sessions::forget_over;
use caredesk::store::throttle::Allowance;
use caredesk::store::{Origin, StoreError, Tx};
use caredesk::vault::{Entropy, HashLimits, HashParams, Hasher};
use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use serde_json::json;

use crate::support::app::{App, keys};
use crate::support::db::Database;
use crate::support::make;
use crate::support::moment::{at_once, statuses};
use crate::support::staff::{PASSWORD, new_admin, operator, without_ids};

const ANA: &str = "ana@desk.example";

on_both! {
    async fn a_link_leads_to_work(app) {
        let redeemed = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        assert_eq!(redeemed.header("location"), "/v1/sessions/current");
        assert_eq!(redeemed.text("/session/second_factor"), "enrolment_required");
        assert_eq!(redeemed.body["expires_in"], 300);
        let ana = app.bearer(&redeemed);
        ana.post("/v1/tenants", make::tenant("pine"))
            .await
            .is(403)
            .is_refused("second_factor.required");
        let secret = crate::support::staff::secret(&ana.begin_second_factor().await.is(200));
        let code = caredesk::guard::second_factor::code_at(&secret, app.house.clock.now());
        let proven = app.bearer(&ana.confirm(&code).await.is(200));
        proven.post("/v1/tenants", make::tenant("pine")).await.is(201);
        ana.post("/v1/tenants", make::tenant("oak")).await.is(201); // the older token of the session works as well
    }

    async fn a_password_leads_to_a_session_that_only_proves_its_second_factor(app) {
        let staff = app.staff(ANA).await;
        let signed_in = staff.sign_in().await;
        assert_eq!(signed_in.text("/session/second_factor"), "required");
        let ana = app.bearer(&signed_in);
        ana.get("/v1/tenants").await.is(403).is_refused("second_factor.required");
        ana.get("/v1/audit-entries").await.is(403).is_refused("second_factor.required");
        assert_eq!(ana.session().await.is(200).text("/id"), signed_in.text("/session/id"));
        app.clock.advance(SignedDuration::from_secs(30));
        ana.verify(&staff.code()).await.is(200);
        ana.get("/v1/tenants").await.is(200);
    }

    async fn a_refresh_proves_no_second_factor(app) {
        let signed_in = app.staff(ANA).await.sign_in().await;
        let refreshed = app.refresh(&signed_in.text("/refresh_token")).await.is(200);
        app.bearer(&refreshed).get("/v1/tenants").await.is_refused("second_factor.required");
    }

    async fn a_sign_in_is_found_by_an_address_in_any_case(app) {
        app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        app.sign_in("ANA@Desk.Example", PASSWORD).await.is(201);
    }

    async fn a_link_works_once(app) {
        let link = app.invite(ANA).await;
        app.redeem(&link, PASSWORD).await.is(201);
        app.redeem(&link, "another violet tractor 39").await.is(410).is_refused("link.not_usable");
        app.sign_in(ANA, PASSWORD).await.is(201);
    }

    async fn of_two_who_redeem_a_link_at_once_one_gets_in(app) {
        let link = app.invite(ANA).await;
        let answers = at_once(vec![app.redeem(&link, PASSWORD), app.redeem(&link, PASSWORD)]).await;
        assert_eq!(statuses(&answers), [201, 410]);
        assert_eq!(app.count("sessions"), 1);
    }

    async fn a_link_works_for_three_days(app) {
        let link = app.invite(ANA).await;
        app.clock.advance(SignedDuration::from_hours(72));
        app.redeem(&link, PASSWORD).await.is(410).is_refused("link.not_usable");
        app.clock.advance(SignedDuration::from_secs(-1));
        app.redeem(&link, PASSWORD).await.is(201);
    }

    async fn unknown_used_and_expired_links_are_refused_alike(app) {
        let (used, expired) = (app.invite(ANA).await, app.invite("eva@desk.example").await);
        app.redeem(&used, PASSWORD).await.is(201);
        app.clock.advance(SignedDuration::from_hours(73));
        let unknown = format!("cde_{}", "A".repeat(43));
        let mut said = BTreeSet::new();
        for link in [&used, &expired, &unknown] {
            said.insert(
                without_ids(&app.redeem(link, PASSWORD).await.is_refused("link.not_usable"))
                    .to_string(),
            );
        }
        assert_eq!(said.len(), 1, "{said:?}");
    }

    async fn a_weak_password_is_refused_and_the_link_still_works(app) {
        let link = app.invite("anastasia.ruizmarin@pinelodge.example").await;
        let long = "xK9#qTz!4vwLmé2%".repeat(9);
        for weak in [
            "",
            "short one",
            "password1234",
            "qwertyuiop123",
            "aaaaaaaaaaaaaaaa",
            "123456789012345",
            "anastasia-ruizmarin",
            "pinelodge.ruizmarin",
            "caredesk caredesk",
            long.as_str(),
            "xK9#qTz!4vwL\0",
        ] {
            let refused = app.redeem(&link, weak).await;
            assert_eq!(refused.status, 422, "{weak:?}");
            refused.is_refused("request.invalid").at(&["#/password"]);
        }
        app.redeem(&link, PASSWORD).await.is(201);
    }

    async fn a_password_has_up_to_128_characters_of_any_kind(app) {
        let password = "xK9#qTz!4vwLmé2%".repeat(8);
        assert!(password.len() > 128);
        app.redeem(&app.invite(ANA).await, &password).await.is(201);
        app.sign_in(ANA, &password).await.is(201);
        app.sign_in(ANA, &format!("{password}!")).await.is(422).at(&["#/password"]);
    }

    async fn a_password_is_the_same_however_a_keyboard_composes_it(app) {
        app.redeem(&app.invite(ANA).await, "caf\u{e9} tractor 93 \u{1ec5}ing").await.is(201);
        app.sign_in(ANA, "cafe\u{301} tractor 93 e\u{302}\u{303}ing").await.is(201);
        app.sign_in(ANA, "cafe tractor 93 eing").await.is_refused("auth.wrong_credentials");
    }

    async fn a_password_is_not_trimmed(app) {
        app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        app.sign_in(ANA, &format!("{PASSWORD} ")).await.is_refused("auth.wrong_credentials");
    }

    async fn whoever_cannot_sign_in_does_not_learn_why(app) {
        for email in [ANA, "off@desk.example"] {
            app.redeem(&app.invite(email).await, PASSWORD).await.is(201);
        }
        app.invite("invited@desk.example").await;
        app.burglar()
            .run("UPDATE accounts SET status = 'inactive' WHERE email = 'off@desk.example'");
        let mut said = BTreeSet::new();
        for (email, password) in [
            (ANA, "violet tractor 93 sings at dawn"),
            ("nobody@desk.example", PASSWORD),
            ("off@desk.example", PASSWORD),
            ("invited@desk.example", PASSWORD),
        ] {
            let refused =
                app.sign_in(email, password).await.is(401).is_refused("auth.wrong_credentials");
            let headers = (refused.header("www-authenticate"), refused.header("content-length"));
            said.insert((without_ids(&refused).to_string(), headers));
        }
        assert_eq!(said.len(), 1, "{said:?}");
    }

    async fn a_name_is_throttled_whether_it_exists_or_not_and_healed_by_time(app) {
        app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        for email in [ANA, "nobody@desk.example"] {
            for _ in 0..10 {
                app.sign_in(email, "wrong").await.is_refused("auth.wrong_credentials");
            }
            let refused =
                app.sign_in(email, PASSWORD).await.is(429).is_refused("throttle.too_many_requests");
            assert_eq!(refused.header("retry-after"), "900");
        }
        app.clock.advance(SignedDuration::from_secs(899));
        assert_eq!(app.sign_in(ANA, PASSWORD).await.is(429).header("retry-after"), "1");
        app.clock.advance(SignedDuration::from_secs(1));
        app.sign_in(ANA, PASSWORD).await.is(201); // the tries in between made the wait no longer
    }

    async fn a_right_password_forgets_the_wrong_ones(app) {
        app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        for _ in 0..2 {
            for _ in 0..9 {
                app.sign_in(ANA, "wrong").await.is_refused("auth.wrong_credentials");
            }
            app.sign_in(ANA, PASSWORD).await.is(201);
        }
    }

    async fn one_throttled_name_does_not_bar_another(app) {
        for email in [ANA, "eva@desk.example"] {
            app.redeem(&app.invite(email).await, PASSWORD).await.is(201);
        }
        for _ in 0..11 {
            app.sign_in(ANA, "wrong").await;
        }
        app.sign_in("eva@desk.example", PASSWORD).await.is(201);
    }

    async fn a_refresh_gives_new_tokens_of_the_same_session(app) {
        let first = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        let second = app.refresh(&first.text("/refresh_token")).await.is(200);
        assert_eq!(first.text("/session/id"), second.text("/session/id"));
        assert_ne!(first.text("/refresh_token"), second.text("/refresh_token"));
        app.refresh(&second.text("/refresh_token")).await.is(200);
    }

    async fn a_refresh_token_that_comes_twice_ends_the_session_and_tells_its_owner(app) {
        let first = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        let second = app.refresh(&first.text("/refresh_token")).await.is(200);
        app.refresh(&first.text("/refresh_token")).await.is(401).is_refused("auth.invalid_token");
        app.refresh(&second.text("/refresh_token")).await.is(401).is_refused("auth.invalid_token");
        app.bearer(&second).session().await.is(401).is_refused("auth.invalid_token");
        assert_eq!(app.letters(), ["session_reuse to ana@desk.example"]);
        let audit = app.audit().await;
        let reuse = audit.iter().find(|entry| entry["outcome"] == "denied").unwrap();
        assert_eq!(reuse["action"], "session.refresh");
        assert_eq!(reuse["target_id"], first.body["session"]["id"]);
        assert_eq!(reuse["actor_id"], first.body["session"]["account_id"]);
    }

    async fn of_two_refreshes_at_once_one_wins_and_the_session_ends(app) {
        let first = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        let token = first.text("/refresh_token");
        let answers = at_once(vec![app.refresh(&token), app.refresh(&token)]).await;
        assert_eq!(statuses(&answers), [200, 401]);
        let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
        app.bearer(winner).session().await.is_refused("auth.invalid_token");
        app.refresh(&winner.text("/refresh_token")).await.is_refused("auth.invalid_token");
        assert_eq!(app.letters().len(), 1);
    }

    async fn a_session_ends_after_thirty_idle_minutes(app) {
        let first = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        app.clock.advance(SignedDuration::from_secs(29 * 60 + 59));
        let second = app.refresh(&first.text("/refresh_token")).await.is(200);
        app.clock.advance(SignedDuration::from_mins(30));
        app.refresh(&second.text("/refresh_token")).await.is(401).is_refused("auth.invalid_token");
    }

    async fn every_request_keeps_a_session_from_being_idle(app) {
        let first = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        app.clock.advance(SignedDuration::from_mins(4));
        app.bearer(&first).session().await.is(200);
        app.clock.advance(SignedDuration::from_mins(29));
        app.refresh(&first.text("/refresh_token")).await.is(200);
    }

    async fn a_session_ends_after_twelve_hours_however_busy(app) {
        let mut tokens = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        for _ in 0..24 {
            app.clock.advance(SignedDuration::from_secs(1799));
            tokens = app.refresh(&tokens.text("/refresh_token")).await.is(200);
        }
        app.clock.advance(SignedDuration::from_secs(23));
        let last = app.refresh(&tokens.text("/refresh_token")).await.is(200);
        assert_eq!(last.body["expires_in"], 1); // no token outlives its session
        app.clock.advance(SignedDuration::from_secs(1));
        app.refresh(&last.text("/refresh_token")).await.is(401);
        app.bearer(&last).session().await.is(401);
    }

    async fn an_access_token_lasts_five_minutes(app) {
        let first = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        app.clock.advance(SignedDuration::from_secs(299));
        app.bearer(&first).session().await.is(200);
        app.clock.advance(SignedDuration::from_secs(1));
        app.bearer(&first).session().await.is(401).is_refused("auth.invalid_token");
    }

    async fn signing_out_ends_a_session_at_once(app) {
        let first = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        let ana = app.bearer(&first);
        ana.session().await.is(200);
        ana.delete("/v1/sessions/current").await.is(204);
        ana.session().await.is(401).is_refused("auth.invalid_token");
        ana.delete("/v1/sessions/current").await.is(401);
        app.refresh(&first.text("/refresh_token")).await.is(401);
        assert_eq!(app.letters(), [""; 0]); // a token of a session that was signed out is no theft
    }

    async fn signing_out_ends_this_session_only(app) {
        let first = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        let second = app.sign_in(ANA, PASSWORD).await.is(201);
        app.bearer(&first).delete("/v1/sessions/current").await.is(204);
        app.bearer(&second).session().await.is(200);
    }

    async fn somebody_switched_off_is_refused_within_a_second(app) {
        let staff = app.staff(ANA).await;
        let ana = staff.at_work().await;
        ana.get("/v1/tenants").await.is(200);
        app.burglar()
            .run("UPDATE accounts SET status = 'inactive' WHERE email = 'ana@desk.example'");
        app.clock.advance(SignedDuration::from_secs(1));
        ana.get("/v1/tenants").await.is(403).is_refused("account.inactive");
        ana.session().await.is(403).is_refused("account.inactive");
        ana.verify(&staff.code()).await.is(403).is_refused("account.inactive");
    }

    async fn somebody_switched_off_changes_nothing_from_that_moment(app) {
        let ana = app.staff(ANA).await.at_work().await;
        ana.get("/v1/tenants").await.is(200);
        app.burglar()
            .run("UPDATE accounts SET status = 'inactive' WHERE email = 'ana@desk.example'");
        ana.post("/v1/tenants", make::tenant("pine")).await.is(403).is_refused("account.inactive");
        ana.begin_second_factor().await.is(403).is_refused("account.inactive");
    }

    async fn somebody_switched_off_cannot_carry_a_session_on(app) {
        let first = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        app.burglar()
            .run("UPDATE accounts SET status = 'inactive' WHERE email = 'ana@desk.example'");
        app.refresh(&first.text("/refresh_token")).await.is(401).is_refused("auth.invalid_token");
    }

    async fn people_of_a_suspended_tenant_are_refused_and_come_back_with_it(app) {
        let admin = app.platform_admin().await;
        let tenant = app.tenant_id("pine").await;
        let sara = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let path = format!("/v1/tenants/{tenant}");
        sara.get(&path).await.is(200);
        admin.post(&format!("{path}/suspend"), make::reason()).await.is(200);
        sara.get(&path).await.is(403).is_refused("tenant.suspended");
        sara.session().await.is(403).is_refused("tenant.suspended");
        admin.post(&format!("{path}/resume"), make::reason()).await.is(200);
        sara.get(&path).await.is(200);
    }

    async fn a_password_is_hashed_anew_with_todays_cost(app) {
        app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        let hash = hashed_at_another_cost(&app).await;
        app.sign_in(ANA, "wrong").await.is(401);
        assert_eq!(app.burglar().texts("SELECT password_hash FROM accounts")[0], hash);
        app.sign_in(ANA, PASSWORD).await.is(201);
        let anew = app.burglar().texts("SELECT password_hash FROM accounts");
        assert_ne!(anew, [hash]);
        app.sign_in(ANA, PASSWORD).await.is(201);
        assert_eq!(app.burglar().texts("SELECT password_hash FROM accounts"), anew);
    }

    async fn whoever_is_switched_off_while_they_sign_in_is_turned_away_and_it_is_written_down(app) {
        let begun = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        hashed_at_another_cost(&app).await;
        // Between the check of the password, which hashes it anew, and the session.
        app.burglar().meanwhile("UPDATE OF password_hash ON accounts", "UPDATE accounts SET status = 'inactive'");
        app.sign_in(ANA, PASSWORD).await.is(401).is_refused("auth.wrong_credentials");
        let audit = app.audit().await;
        let denied = audit.iter().find(|entry| entry["outcome"] == "denied").unwrap();
        assert_eq!((&denied["action"], &denied["rule"]), (&json!("session.create"), &json!("auth.wrong_credentials")));
        assert_eq!(denied["target_id"], begun.body["session"]["account_id"]);
        assert_eq!(app.letters(), [""; 0]);
        app.sign_in(ANA, PASSWORD).await.is(401);
        assert_eq!(app.letters(), ["sign_in_inactive to ana@desk.example"]);
    }

    async fn what_opens_a_session_is_kept_as_a_hash_only(app) {
        let link = app.invite(ANA).await;
        let tokens = app.redeem(&link, PASSWORD).await.is(201);
        let whole = std::fs::read(app.database.url())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let Ok(whole) = whole else { return }; // the file of SQLite shows what both keep
        for secret in
            [link, tokens.text("/refresh_token"), tokens.text("/access_token"), PASSWORD.to_owned()]
        {
            assert!(!whole.contains(&secret), "{secret}");
        }
    }

    async fn what_is_no_refresh_token_is_refused(app) {
        app.refresh(&format!("cdr_{}", "A".repeat(43)))
            .await
            .is(401)
            .is_refused("auth.invalid_token");
        app.refresh(&app.invite(ANA).await).await.is(422).at(&["#/refresh_token"]);
    }

    async fn a_session_that_is_long_over_is_forgotten_with_its_tokens(app) {
        let first = app.redeem(&app.invite(ANA).await, PASSWORD).await.is(201);
        app.refresh(&first.text("/refresh_token")).await.is(200);
        let forget = async |app: &App| {
            let (house, now) = (app.house.clone(), app.house.clock.now());
            let work = move |conn: &mut Conn| {
                let origin = Origin::of_job("test");
                let tx = &mut Tx { conn, now, origin: &origin, keys: &house.keys, entropy: &house.entropy, hours: &caredesk_core::policy::hours::DeskHours::built_in() };
                forget_over(tx, now)
            };
            app.house.db.write::<_, StoreError, _>(work).await.unwrap()
        };
        assert_eq!(forget(&app).await, 0);
        app.clock.advance(SignedDuration::from_hours(12));
        assert_eq!(forget(&app).await, 1);
        assert_eq!((app.count("sessions"), app.count("refresh_tokens")), (0, 0));
    }

    async fn an_address_enrols_once(app) {
        app.invite(ANA).await;
        let who = new_admin("ANA@desk.example");
        let again = app.house.create_desk_account(&operator(), who).await;
        assert_eq!(again.unwrap_err().code().as_str(), "account.address_in_use");
    }
}

/// Keeps [`PASSWORD`] for everybody as a hash of another cost than today's; the hash.
async fn hashed_at_another_cost(app: &App) -> String {
    let costly = HashParams::new(20 * 1024, 3, 1).unwrap();
    let old = Hasher::start(costly, HashLimits::default(), keys(), Entropy::system()).unwrap();
    let hash = old.hash(PASSWORD.to_owned().into()).await.unwrap();
    app.burglar().run(&format!("UPDATE accounts SET password_hash = '{hash}'"));
    hash
}

/// Names that nobody has, from one address, until the address has to wait.
async fn tries_names(database: Database) {
    let five = Allowance { attempts: 5, window: SignedDuration::from_mins(15) };
    let limits = Limits { sign_in_per_address: five, ..Limits::default() };
    let app = App::with(database, limits, (1_000_000, 1_000_000)).await;
    let link = app.invite(ANA).await;
    for number in 0..5 {
        app.sign_in(&format!("nobody{number}@desk.example"), PASSWORD).await.is(401);
    }
    let refused = app.sign_in("another@desk.example", PASSWORD).await.is(429);
    assert_eq!(refused.is_refused("throttle.too_many_requests").header("retry-after"), "900");
    app.redeem(&link, PASSWORD).await.is(429); // links are counted with them
    app.clock.advance(SignedDuration::from_mins(15));
    app.redeem(&link, PASSWORD).await.is(201);
}

#[actix_web::test]
async fn an_address_that_tries_names_is_throttled_on_sqlite() {
    tries_names(Database::sqlite()).await;
}

#[actix_web::test]
async fn an_address_that_tries_names_is_throttled_on_postgres() {
    tries_names(Database::postgres()).await;
}
