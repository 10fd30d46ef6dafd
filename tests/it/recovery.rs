//! Recovery codes, and the second factor of those who may go without one.

use caredesk::guard::second_factor::code_at;
use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::moment::{at_once, statuses};
use crate::support::staff::secret;

/// Enrols a second factor for somebody who has none; the answer shows the recovery codes.
async fn enrol(app: &App, who: &Actor<'_>) -> ([u8; 20], Answer) {
    let secret = secret(&who.begin_second_factor().await.is(200));
    let confirmed = who.confirm(&code_at(&secret, app.house.clock.now())).await.is(200);
    (secret, confirmed)
}

/// The recovery codes that an answer shows.
fn codes(answer: &Answer) -> Vec<String> {
    let codes = answer.body["recovery_codes"].as_array().unwrap().iter();
    codes.map(|code| code.as_str().unwrap().to_owned()).collect()
}

impl Actor<'_> {
    async fn recover(&self, code: &str) -> Answer {
        self.post("/v1/second-factor/recover", json!({"recovery_code": code})).await
    }

    async fn renew(&self) -> Answer {
        self.send(Method::POST, "/v1/second-factor/recovery-codes", None, &[]).await
    }

    async fn send_code(&self) -> Answer {
        self.send(Method::POST, "/v1/second-factor/send-code", None, &[]).await
    }

    async fn verify_sent(&self, code: &str) -> Answer {
        self.post("/v1/second-factor/verify-code", json!({"code": code})).await
    }
}

on_both! {
    async fn ten_recovery_codes_are_shown_once_and_each_works_once(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::SiteAdmin).await;
        let first = una.at_home().await;
        let (_, confirmed) = enrol(&app, &first).await;
        let codes = codes(&confirmed);
        assert_eq!(codes.len(), 10);
        let later = una.at_home().await;
        later.get("/v1/account").await.is(403).is_refused("second_factor.required");
        let proven = later.recover(&codes[0].to_lowercase().replace('-', " ")).await.is(200);
        assert_eq!(proven.text("/session/second_factor"), "proven");
        assert_eq!(later.get("/v1/account").await.is(200).body["recovery_codes_left"], 9);
        let last = una.at_home().await;
        last.recover(&codes[0]).await.is(422).is_refused("second_factor.wrong_recovery_code");
        last.recover(&codes[1]).await.is(200);
        let kept = app.burglar().texts("SELECT CAST(COUNT(*) AS text) FROM recovery_codes WHERE used_at IS NULL");
        assert_eq!(kept, ["8"]);
    }

    async fn of_two_uses_of_a_recovery_code_at_once_one_wins(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::SiteAdmin).await;
        let codes = codes(&enrol(&app, &una.at_home().await).await.1);
        let (one, other) = (una.at_home().await, una.at_home().await);
        let answers = at_once(vec![one.recover(&codes[0]), other.recover(&codes[0])]).await;
        assert_eq!(statuses(&answers), [200, 422]);
    }

    async fn whoever_recovers_is_told_and_so_are_the_site_admins(app) {
        app.tenant("pine").await;
        app.user("pine", "sara", Role::SiteAdmin).await;
        let una = app.user("pine", "una", Role::Member).await;
        let codes = codes(&enrol(&app, &una.at_home().await).await.1);
        una.at_home().await.recover(&codes[0]).await.is(200);
        assert_eq!(app.letters(), [
            "second_factor_changed to una@pine.example",
            "recovery_code_used to una@pine.example",
            "colleague_changed to sara@pine.example",
        ]);
    }

    async fn a_recovery_code_is_its_owners_alone(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::SiteAdmin).await;
        let eva = app.user("pine", "eva", Role::SiteAdmin).await;
        let codes = codes(&enrol(&app, &una.at_home().await).await.1);
        enrol(&app, &eva.at_home().await).await;
        eva.at_home().await.recover(&codes[0]).await.is(422);
        una.at_home().await.recover(&codes[0]).await.is(200);
    }

    async fn what_is_no_recovery_code_is_refused_and_counted(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::SiteAdmin).await;
        enrol(&app, &una.at_home().await).await;
        let una = una.at_home().await;
        for bad in ["x", "000000-000000-000000-000000", "UUUUUU-UUUUUU-UUUUUU-UUUUUU", "-", "0000 0000"] {
            una.recover(bad).await.is(422).is_refused("second_factor.wrong_recovery_code");
        }
        una.recover("x").await.is(429).is_refused("throttle.too_many_requests");
    }

    async fn new_recovery_codes_end_the_old_ones_and_want_a_fresh_proof(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::SiteAdmin).await;
        let session = una.sign_in().await;
        let first = app.bearer(&session);
        let old = codes(&enrol(&app, &first).await.1);
        let renewed = first.renew().await.is(200);
        app.clock.advance(SignedDuration::from_mins(6));
        let first = app.bearer(&app.refresh(&session.text("/refresh_token")).await.is(200));
        first.renew().await.is(401).is_refused("second_factor.step_up_required");
        let later = una.at_home().await;
        later.recover(&old[0]).await.is(422);
        later.recover(&codes(&renewed)[0]).await.is(200);
    }

    async fn after_a_recovery_the_lost_factor_is_replaced(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::SiteAdmin).await;
        let (lost, confirmed) = enrol(&app, &una.at_home().await).await;
        let una_again = una.at_home().await;
        una_again.recover(&codes(&confirmed)[0]).await.is(200);
        let (new, _) = enrol(&app, &una_again).await;
        let later = una.at_home().await;
        app.clock.advance(SignedDuration::from_secs(30));
        let now = app.house.clock.now();
        later.verify(&code_at(&lost, now)).await.is(422);
        later.verify(&code_at(&new, now)).await.is(200);
    }

    async fn a_factor_that_is_enrolled_has_to_be_proved_by_every_other_session(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        let (here, elsewhere) = (una.at_home().await, una.at_home().await);
        elsewhere.get("/v1/account").await.is(200);
        enrol(&app, &here).await;
        here.get("/v1/account").await.is(200);
        elsewhere.get("/v1/account").await.is(403).is_refused("second_factor.required");
    }

    async fn who_may_go_without_removes_the_factor_with_a_fresh_proof(app) {
        app.tenant("pine").await;
        let una = app.user("pine", "una", Role::Member).await;
        let here = una.at_home().await;
        here.delete("/v1/second-factor").await.is(409).is_refused("second_factor.not_enrolled");
        let (_, confirmed) = enrol(&app, &here).await;
        app.clock.advance(SignedDuration::from_mins(6));
        here.delete("/v1/second-factor").await.is(401).is_refused("second_factor.step_up_required");
        here.recover(&codes(&confirmed)[0]).await.is(200);
        here.delete("/v1/second-factor").await.is(204);
        assert_eq!(una.sign_in().await.text("/session/second_factor"), "not_required");
        assert_eq!(app.count("recovery_codes"), 0);
    }

    async fn removal_is_refused_where_a_second_factor_is_compulsory(app) {
        let tenant = app.tenant_id("pine").await;
        for (role, tenant) in [(Role::PlatformAdmin, None), (Role::TierOne, None), (Role::SiteAdmin, Some(tenant))] {
            let who = app.someone(role, tenant).await;
            who.delete("/v1/second-factor").await.is(403).is_refused("second_factor.compulsory");
        }
    }

    async fn a_guardian_proves_a_session_with_a_code_that_is_sent(app) {
        let gus = app.guardian("gus@home.example").await;
        let (here, elsewhere) = (gus.at_home().await, gus.at_home().await);
        let sent = here.send_code().await.is(200);
        assert_eq!(sent.text("/sent_to"), "g***@h***.example");
        let code = app.secret_of("contact_code", "gus@home.example");
        assert!(!sent.raw.contains(&code));
        let body = json!({"code": code});
        elsewhere.post("/v1/second-factor/verify-code", body.clone()).await.is(410).is_refused("code.not_usable");
        let wrong = if code == "000000" { "000001" } else { "000000" };
        here.post("/v1/second-factor/verify-code", json!({"code": wrong})).await.is(422).is_refused("code.wrong");
        let proven = here.post("/v1/second-factor/verify-code", body.clone()).await.is(200);
        assert_eq!(proven.text("/session/second_factor"), "proven");
        here.post("/v1/second-factor/verify-code", body).await.is(410).is_refused("code.not_usable");
    }

    async fn a_code_that_was_sent_allows_five_attempts(app) {
        let gus = app.guardian("gus@home.example").await;
        let here = gus.at_home().await;
        here.send_code().await.is(200);
        let code = app.secret_of("contact_code", "gus@home.example");
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..4 {
            here.verify_sent(wrong).await.is(422).is_refused("code.wrong");
        }
        app.clock.advance(SignedDuration::from_mins(5)); // past the window that counts all codes
        here.verify_sent(wrong).await.is(422).is_refused("code.wrong");
        here.verify_sent(&code).await.is(410).is_refused("code.not_usable");
        here.send_code().await.is(200);
        here.verify_sent(&app.secret_of("contact_code", "gus@home.example")).await.is(200);
    }

    async fn a_code_that_was_sent_counts_for_ten_minutes(app) {
        let gus = app.guardian("gus@home.example").await;
        let session = gus.sign_in().await;
        app.bearer(&session).send_code().await.is(200);
        let code = app.secret_of("contact_code", "gus@home.example");
        app.clock.advance(SignedDuration::from_mins(10));
        let here = app.bearer(&app.refresh(&session.text("/refresh_token")).await.is(200));
        here.verify_sent(&code).await.is(410).is_refused("code.not_usable");
        app.clock.advance(SignedDuration::from_secs(-1));
        here.verify_sent(&code).await.is(200);
    }

    async fn a_guardian_enrols_an_app_only_after_a_code_to_the_contact_on_file(app) {
        let gus = app.guardian("gus@home.example").await;
        let here = gus.at_home().await;
        here.begin_second_factor().await.is(401).is_refused("second_factor.step_up_required");
        here.send_code().await.is(200);
        here.verify_sent(&app.secret_of("contact_code", "gus@home.example")).await.is(200);
        enrol(&app, &here).await;
    }

    async fn a_code_that_is_sent_does_not_stand_in_for_the_app_of_who_has_one(app) {
        let gus = app.guardian("gus@home.example").await;
        let (here, elsewhere) = (gus.at_home().await, gus.at_home().await);
        elsewhere.send_code().await.is(200);
        let sent = app.secret_of("contact_code", "gus@home.example");
        app.clock.advance(SignedDuration::from_secs(1));
        here.send_code().await.is(200);
        let code = app.secrets_of("contact_code", "gus@home.example").pop().unwrap();
        here.verify_sent(&code).await.is(200);
        enrol(&app, &here).await;
        elsewhere.verify_sent(&sent).await.is(410).is_refused("code.not_usable"); // of before
        let later = gus.at_home().await;
        later.send_code().await.is(403).is_refused("second_factor.required");
        here.send_code().await.is(409).is_refused("second_factor.by_app");
    }

    async fn what_a_factor_proved_is_proved_no_more_when_it_is_removed(app) {
        let tenant = app.tenant("pine").await;
        let una = app.user("pine", "una", Role::SupportUser).await.at_home().await;
        enrol(&app, &una).await;
        una.delete("/v1/second-factor").await.is(204);
        assert_eq!(una.session().await.text("/second_factor"), "not_required");
        let path = format!("/v1/tenants/{}/settings", tenant.text("/id"));
        let asked = json!({"support_user_second_factor": true});
        app.platform_admin().await.patch(&path, &tenant.etag(), asked).await.is(200);
        app.clock.advance(SignedDuration::from_secs(1));
        una.get("/v1/account").await.is(403).is_refused("second_factor.required");
    }
}
