//! The second factor: enrolled, proved, proved again.

use caredesk::guard::second_factor::code_at;
use caredesk_core::domain::account::Role;
use futures_util::future::join;
use jiff::SignedDuration;

use crate::support::make;
use crate::support::moment::{at_once, statuses};
use crate::support::staff::{PASSWORD, secret};

const ANA: &str = "ana@desk.example";
const STEP: SignedDuration = SignedDuration::from_secs(30);

on_both! {
    async fn a_code_proves_a_session(app) {
        let ana = app.someone_unproven(Role::PlatformAdmin, None).await;
        ana.get("/v1/tenants").await.is(403).is_refused("second_factor.required");
        let proven = ana.verify(&ana.code()).await.is(200);
        assert_eq!(proven.text("/session/second_factor"), "proven");
        app.bearer(&proven).get("/v1/tenants").await.is(200);
    }

    async fn a_code_works_once(app) {
        let ana = app.someone_unproven(Role::PlatformAdmin, None).await;
        ana.verify(&ana.code()).await.is(200);
        ana.verify(&ana.code()).await.is(422).is_refused("second_factor.wrong_code");
    }

    async fn of_two_uses_of_a_code_at_once_one_wins(app) {
        let ana = app.someone_unproven(Role::PlatformAdmin, None).await;
        let code = ana.code();
        let answers = at_once(vec![ana.verify(&code), ana.verify(&code)]).await;
        assert_eq!(statuses(&answers), [200, 422]);
    }

    async fn a_code_works_in_its_own_step_and_the_next(app) {
        let ana = app.someone_unproven(Role::PlatformAdmin, None).await;
        let code = ana.code();
        app.clock.advance(STEP);
        ana.verify(&code).await.is(200);
    }

    async fn a_code_of_earlier_and_of_later_is_refused(app) {
        let ana = app.someone_unproven(Role::PlatformAdmin, None).await;
        let early = ana.code();
        app.clock.advance(STEP * 3);
        let late = ana.code();
        app.clock.advance(-STEP);
        for code in [early, late] {
            ana.verify(&code).await.is(422).is_refused("second_factor.wrong_code");
        }
    }

    async fn after_a_code_the_one_before_it_is_over(app) {
        let ana = app.someone_unproven(Role::PlatformAdmin, None).await;
        let before = ana.code();
        app.clock.advance(STEP);
        ana.verify(&ana.code()).await.is(200);
        ana.verify(&before).await.is(422).is_refused("second_factor.wrong_code");
    }

    async fn five_wrong_codes_make_the_next_wait(app) {
        let ana = app.someone_unproven(Role::PlatformAdmin, None).await;
        for _ in 0..5 {
            ana.verify("000000").await.is(422).is_refused("second_factor.wrong_code");
        }
        let refused =
            ana.verify(&ana.code()).await.is(429).is_refused("throttle.too_many_requests");
        assert_eq!(refused.header("retry-after"), "300");
        app.clock.advance(SignedDuration::from_mins(5));
        ana.verify(&ana.code()).await.is(200);
    }

    async fn wrong_codes_add_up_across_the_sessions_of_an_account(app) {
        let staff = app.staff(ANA).await;
        for _ in 0..5 {
            app.bearer(&staff.sign_in().await).verify("000000").await.is(422);
        }
        app.clock.advance(STEP);
        app.bearer(&staff.sign_in().await).verify(&staff.code()).await.is(429);
    }

    async fn a_right_code_forgets_the_wrong_ones(app) {
        let ana = app.someone_unproven(Role::PlatformAdmin, None).await;
        for _ in 0..3 {
            for _ in 0..4 {
                ana.verify("000000").await.is(422);
            }
            ana.verify(&ana.code()).await.is(200);
            app.clock.advance(STEP);
        }
    }

    async fn a_wrong_code_is_written_down(app) {
        let ana = app.someone_unproven(Role::PlatformAdmin, None).await;
        ana.verify("000000").await.is(422);
        let entry = app.audit().await.pop().unwrap();
        assert_eq!(entry["action"], "second_factor.verify");
        assert_eq!(
            (&entry["outcome"], &entry["rule"]),
            (&"denied".into(), &"second_factor.wrong_code".into())
        );
        assert_eq!(entry["actor_id"], ana.account.to_string());
    }

    async fn a_proof_is_fresh_for_five_minutes(app) {
        let ana = app.platform_admin().await;
        app.clock.advance(SignedDuration::from_mins(5));
        ana.post("/v1/tenants", make::tenant("pine")).await.is(201);
        app.clock.advance(SignedDuration::from_secs(1));
        let refused = ana.post("/v1/tenants", make::tenant("oak")).await.is(401);
        assert!(refused.header("www-authenticate").contains("insufficient_user_authentication"));
        refused.is_refused("second_factor.step_up_required");
        ana.get("/v1/tenants").await.is(200); // reading wants no fresh proof
        ana.verify(&ana.code()).await.is(200);
        ana.post("/v1/tenants", make::tenant("oak")).await.is(201);
    }

    async fn a_factor_is_replaced_with_a_fresh_proof_and_counts_until_then(app) {
        let ana = app.platform_admin().await;
        app.clock.advance(SignedDuration::from_mins(6));
        ana.begin_second_factor().await.is(401).is_refused("second_factor.step_up_required");
        ana.verify(&ana.code()).await.is(200);
        let new = secret(&ana.begin_second_factor().await.is(200));
        app.clock.advance(STEP);
        ana.verify(&ana.code()).await.is(200); // the old one still counts
        let code = code_at(&new, app.house.clock.now());
        ana.confirm(&code).await.is(200);
        app.clock.advance(STEP);
        ana.verify(&ana.code()).await.is(422).is_refused("second_factor.wrong_code");
        ana.verify(&code_at(&new, app.house.clock.now())).await.is(200);
    }

    async fn nobody_enrols_over_a_confirmed_factor_with_a_password_alone(app) {
        let staff = app.staff(ANA).await;
        let thief = app.bearer(&staff.sign_in().await);
        thief.begin_second_factor().await.is(403).is_refused("second_factor.required");
        thief.confirm("000000").await.is(403).is_refused("second_factor.required");
    }

    async fn a_secret_that_was_planted_while_nobody_looked_is_worth_nothing_later(app) {
        let staff = app.staff(ANA).await;
        let ana = staff.at_work().await;
        let planted = secret(&ana.begin_second_factor().await.is(200)); // and not confirmed
        let thief = app.bearer(&staff.sign_in().await);
        let code = code_at(&planted, app.house.clock.now());
        thief.confirm(&code).await.is(403).is_refused("second_factor.required");
        app.clock.advance(STEP);
        thief.verify(&staff.code()).await.is(200); // even proved it is another session's secret
        thief.confirm(&code_at(&planted, app.house.clock.now())).await.is(409).is_refused("second_factor.not_enrolled");
    }

    async fn a_secret_waits_for_its_first_code_for_an_hour(app) {
        let signed_in = app.redeem(&app.invite(ANA).await, PASSWORD).await;
        let secret = secret(&app.bearer(&signed_in).begin_second_factor().await.is(200));
        let mut tokens = signed_in;
        for _ in 0..3 {
            app.clock.advance(SignedDuration::from_mins(20));
            tokens = app.refresh(&tokens.text("/refresh_token")).await.is(200);
        }
        let ana = app.bearer(&tokens);
        ana.confirm(&code_at(&secret, app.house.clock.now())).await.is(409).is_refused("second_factor.not_enrolled");
    }

    async fn a_factor_is_begun_before_it_is_confirmed_or_verified(app) {
        let ana = app.bearer(&app.redeem(&app.invite(ANA).await, PASSWORD).await);
        ana.confirm("000000").await.is(409).is_refused("second_factor.not_enrolled");
        ana.verify("000000").await.is(409).is_refused("second_factor.not_enrolled");
        let code = code_at(&secret(&ana.begin_second_factor().await), app.house.clock.now());
        ana.verify(&code).await.is(409).is_refused("second_factor.not_enrolled");
        ana.confirm(&code).await.is(200);
    }

    async fn beginning_again_replaces_a_secret_that_was_not_confirmed(app) {
        let ana = app.bearer(&app.redeem(&app.invite(ANA).await, PASSWORD).await);
        let first = secret(&ana.begin_second_factor().await.is(200));
        let second = secret(&ana.begin_second_factor().await.is(200));
        let now = app.house.clock.now();
        ana.confirm(&code_at(&first, now)).await.is(422).is_refused("second_factor.wrong_code");
        ana.confirm(&code_at(&second, now)).await.is(200);
    }

    async fn the_code_that_confirms_is_used_up(app) {
        let ana = app.bearer(&app.redeem(&app.invite(ANA).await, PASSWORD).await);
        let code = code_at(&secret(&ana.begin_second_factor().await), app.house.clock.now());
        ana.confirm(&code).await.is(200);
        ana.verify(&code).await.is(422).is_refused("second_factor.wrong_code");
    }

    async fn whoever_confirms_keeps_the_factor_whatever_is_begun_at_that_moment(app) {
        for round in 0..5 {
            let ana = app.bearer(
                &app.redeem(&app.invite(&format!("ana{round}@desk.example")).await, PASSWORD).await,
            );
            let kept = secret(&ana.begin_second_factor().await);
            let code = code_at(&kept, app.house.clock.now());
            let (confirmed, begun) = join(ana.confirm(&code), ana.begin_second_factor()).await;
            app.clock.advance(STEP);
            let now = app.house.clock.now();
            if confirmed.status == 200 {
                // The next one, to replace it, which counts for nothing yet; or it came to a factor that
                // its session has not proved.
                assert!(matches!(begun.status.as_u16(), 200 | 403), "{}", begun.raw);
                ana.verify(&code_at(&kept, now)).await.is(200);
            } else {
                ana.confirm(&code_at(&secret(&begun.is(200)), now)).await.is(200);
            }
        }
    }

    async fn other_sessions_of_an_account_stay_unproven(app) {
        let staff = app.staff(ANA).await;
        let other = app.bearer(&staff.sign_in().await);
        staff.at_work().await.get("/v1/tenants").await.is(200);
        other.get("/v1/tenants").await.is(403).is_refused("second_factor.required");
    }

    async fn a_site_admin_needs_a_second_factor_and_a_member_none(app) {
        let tenant = app.tenant_id("pine").await;
        let sara = app.someone_unproven(Role::SiteAdmin, Some(tenant)).await;
        sara.get("/v1/tenants").await.is_refused("second_factor.required");
        assert_eq!(sara.session().await.text("/second_factor"), "required");
        let mia = app.someone_unproven(Role::Member, Some(tenant)).await;
        assert_eq!(mia.session().await.text("/second_factor"), "required"); // who has one proves it
        app.burglar().run("DELETE FROM second_factors");
        app.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(mia.session().await.text("/second_factor"), "not_required");
        assert_eq!(sara.session().await.text("/second_factor"), "enrolment_required");
    }
}
