//! The keys of access tokens follow each other, and no request fails by it, on two instances.

use caredesk::guard::Refusal;
use caredesk::guard::tokens::Claims;
use caredesk::service::House;
use caredesk::service::keys::{Rotated, When};
use caredesk::store::signing_keys::{self, Term};
use caredesk::store::{Origin, StoreError, Tx};
use caredesk::vault::Clock;
use caredesk_core::domain::time::Moment;
use futures_util::future::join;
use jiff::SignedDuration;
use serde_json::Value;

use crate::support::actor::{Actor, claims};
use crate::support::app::{App, START, house};
use crate::support::db::Database;
use crate::support::staff::operator;

const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// How long a key signs before the next one does.
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Somebody signed in, as a client that refreshes its tokens before they are over.
struct Client {
    access: String,
    refresh: String,
    renew_at: Moment,
}

impl Client {
    /// Signs in.
    async fn of(app: &App) -> Self {
        let signed_in = app.staff("ana@desk.example").await.sign_in().await;
        let access = signed_in.text("/access_token");
        Self { access, refresh: signed_in.text("/refresh_token"), renew_at: app.renewal() }
    }

    /// Calls an instance, which must let it in.
    async fn calls(&self, app: &App) {
        app.opens(&self.access).await;
    }

    /// Has its tokens renewed by an instance.
    async fn renew(&mut self, app: &App) {
        let renewed = app.refresh(&self.refresh).await.is(200);
        self.access = renewed.text("/access_token");
        self.refresh = renewed.text("/refresh_token");
        self.renew_at = app.renewal();
    }
}

impl App {
    /// When a client that gets a token now asks for the next one.
    fn renewal(&self) -> Moment {
        self.house.clock.now().plus(SignedDuration::from_mins(4))
    }

    /// Calls with a token, which must be good.
    async fn opens(&self, token: &str) {
        self.bearing(token).session().await.is(200);
    }

    /// Calls with a token, which must be refused.
    async fn refuses(&self, token: &str) {
        self.bearing(token).session().await.is(401).is_refused("auth.invalid_token");
    }

    /// Whoever has a token.
    fn bearing(&self, token: &str) -> Actor<'_> {
        Actor { token: Some(token.to_owned()), ..self.nobody() }
    }

    /// The names of the keys that are published.
    async fn published(&self) -> Vec<String> {
        let keys = self.nobody().get("/.well-known/jwks.json").await.is(200);
        let name = |key: &Value| key["kid"].as_str().unwrap().to_owned();
        keys.body["keys"].as_array().unwrap().iter().map(name).collect()
    }

    /// Rotates as an operator does.
    async fn rotate(&self, when: When) -> Rotated {
        self.house.rotate_signing_key(&operator(), when).await.unwrap()
    }

    /// Rotates if the present key is old.
    async fn rotate_aged(&self) -> Result<Option<Rotated>, Refusal> {
        self.house.rotate_aged_signing_key(&operator(), MONTH).await
    }

    /// The keys that are kept.
    async fn terms(&self) -> Vec<Term> {
        terms(&self.house).await
    }

    /// What happens to be the time.
    fn now(&self) -> Moment {
        self.house.clock.now()
    }
}

/// The keys that are kept.
async fn terms(house: &House) -> Vec<Term> {
    house.db.read::<_, StoreError, _>(signing_keys::terms).await.unwrap()
}

/// The name of the key that signed a token.
fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

on_both! {
    async fn a_rotation_lets_no_request_fail(app) {
        let other = app.beside().await;
        let mut ana = Client::of(&app).await;
        let first = kid(&ana.access);
        let mut next = None;
        for step in 0..60 {
            if step == 10 {
                next = Some(other.rotate(When::AfterNotice).await);
            }
            if app.now() >= ana.renew_at {
                ana.renew(if step % 16 < 8 { &app } else { &other }).await;
            }
            ana.calls(&app).await;
            ana.calls(&other).await;
            let is_due = next.as_ref().is_some_and(|next| app.now() >= next.signs_from);
            let expected = if is_due { &next.as_ref().unwrap().kid } else { &first };
            let signers = [app.house.fresh_signer().await, other.house.fresh_signer().await];
            for signer in signers {
                let token = signer.sign(&claims(&app.house, uuid::Uuid::nil(), uuid::Uuid::nil()));
                assert_eq!(kid(&token.unwrap()), *expected, "step {step}");
            }
            app.clock.advance(SignedDuration::from_secs(30));
        }
        assert_eq!(kid(&ana.access), next.unwrap().kid);
        assert_ne!(kid(&ana.access), first);
    }

    async fn a_token_of_the_old_key_counts_until_it_is_over(app) {
        let other = app.beside().await;
        let ana = app.platform_admin().await;
        let next = app.rotate(When::AfterNotice).await;
        app.clock.set(next.signs_from.plus(-SECOND));
        let last = claims(&app.house, ana.account, ana.session);
        let endless = Claims { exp: last.exp + 86_400, ..last.clone() };
        let signer = other.house.fresh_signer().await;
        let [last, endless] = [last, endless].map(|claims| signer.sign(&claims).unwrap());
        assert_ne!(kid(&last), next.kid);
        app.clock.advance(SignedDuration::from_secs(599));
        for app in [&app, &other] {
            app.opens(&last).await;
        }
        app.clock.advance(SECOND);
        for app in [&app, &other] {
            app.refuses(&last).await;
        }
        app.clock.set(next.old_until.unwrap().plus(-SECOND));
        for app in [&app, &other] {
            app.opens(&endless).await;
        }
        app.clock.advance(SECOND);
        for app in [&app, &other] {
            app.refuses(&endless).await;
        }
    }

    async fn a_leaked_key_is_refused_everywhere_within_a_second_and_a_refresh_goes_on(app) {
        let other = app.beside().await;
        let mut ana = Client::of(&app).await;
        let leaked = ana.access.clone();
        for app in [&app, &other] {
            app.opens(&leaked).await;
        }
        let coming = app.rotate(When::AfterNotice).await;
        let next = other.rotate(When::AtOnce).await;
        assert_ne!(next.kid, coming.kid);
        other.refuses(&leaked).await; // at once where it was said
        app.clock.advance(SECOND);
        app.refuses(&leaked).await;
        ana.renew(&app).await;
        assert_eq!(kid(&ana.access), next.kid);
        for app in [&app, &other] {
            ana.calls(app).await;
            assert_eq!(app.published().await, std::slice::from_ref(&next.kid));
        }
        app.clock.set(coming.signs_from.plus(SECOND));
        ana.renew(&app).await;
        assert_eq!(kid(&ana.access), next.kid, "the coming key was retired with the others");
    }

    async fn a_key_that_another_instance_made_just_now_is_known_at_once(app) {
        let other = app.beside().await;
        let mut ana = Client::of(&app).await;
        let next = other.rotate(When::AtOnce).await;
        ana.renew(&other).await;
        assert_eq!(kid(&ana.access), next.kid);
        ana.calls(&app).await;
    }

    async fn made_up_keys_have_the_keys_read_once_a_second(app) {
        let ana = app.platform_admin().await;
        let stranger = App::start(Database::sqlite()).await;
        let forged = stranger.house.signer().sign(&claims(&app.house, ana.account, ana.session));
        let forged = forged.unwrap();
        let tries = async {
            for _ in 0..5 {
                app.refuses(&forged).await;
            }
        };
        let ((), sent) = app.statements_of(tries).await;
        let reads = sent.iter().filter(|sql| sql.contains("signing_keys"));
        assert_eq!(reads.count(), 1);
    }

    async fn a_coming_key_is_published_before_it_signs(app) {
        let other = app.beside().await;
        let [first] = <[String; 1]>::try_from(app.published().await).unwrap();
        let next = app.rotate(When::AfterNotice).await;
        assert_eq!((next.is_new, next.signs_from > app.now()), (true, true));
        app.clock.advance(SECOND);
        for app in [&app, &other] {
            assert_eq!(app.published().await, [next.kid.clone(), first.clone()]);
            assert_eq!(kid(&app.platform_admin().await.token.unwrap()), first);
        }
        // Whoever keeps a copy for the five minutes that it may be kept, and got it just before.
        assert!(next.signs_from.since(app.now()) > SignedDuration::from_mins(5));
        app.clock.set(next.old_until.unwrap());
        for app in [&app, &other] {
            assert_eq!(app.published().await, std::slice::from_ref(&next.kid));
        }
    }

    async fn a_second_rotation_names_the_key_that_is_on_its_way(app) {
        let next = app.rotate(When::AfterNotice).await;
        let again = app.rotate(When::AfterNotice).await;
        assert_eq!(again, Rotated { is_new: false, ..next });
        assert_eq!(app.terms().await.len(), 2);
    }

    async fn of_two_instances_that_find_the_key_old_one_makes_the_next(app) {
        let other = app.beside().await;
        assert_eq!(app.rotate_aged().await.unwrap(), None);
        app.clock.advance(MONTH);
        let (one, two) = join(app.rotate_aged(), other.rotate_aged()).await;
        let made: Vec<Rotated> = [one.unwrap(), two.unwrap()].into_iter().flatten().collect();
        assert_eq!(made.len(), 1);
        let kept = app.terms().await;
        assert_eq!((kept.len(), &kept[0].kid), (2, &made[0].kid));
        assert_eq!(kept[1].retired_at, made[0].old_until);
        let rotations = app.audit().await;
        let rotations = rotations.iter().filter(|entry| entry["action"] == "signing_key.rotate");
        assert_eq!(rotations.count(), 1);
    }

    async fn two_rotations_at_once_leave_one_key_that_counts(app) {
        let other = app.beside().await;
        join(app.rotate(When::AtOnce), other.rotate(When::AtOnce)).await;
        app.clock.advance(SECOND);
        let open = app.terms().await.into_iter().filter(|term| term.retired_at.is_none());
        let open: Vec<String> = open.map(|term| term.kid).collect();
        assert_eq!(app.published().await, open);
        assert_eq!(other.published().await, open);
        assert_eq!(open.len(), 1);
    }

    async fn a_restart_in_the_middle_changes_nothing(app) {
        let mut ana = Client::of(&app).await;
        let next = app.rotate(When::AfterNotice).await;
        let restarted = app.beside().await;
        ana.calls(&restarted).await;
        ana.renew(&restarted).await;
        assert_ne!(kid(&ana.access), next.kid);
        app.clock.set(next.signs_from);
        let restarted = app.beside().await;
        ana.renew(&restarted).await;
        assert_eq!(kid(&ana.access), next.kid);
        ana.calls(&app).await;
        assert_eq!(app.terms().await.len(), 2);
    }

    async fn an_instance_that_cannot_read_the_keys_goes_on_with_those_it_knows(app) {
        let ana = app.platform_admin().await;
        let spoilt = if app.database.is_sqlite() { "x'00'" } else { "'\\x00'" };
        app.burglar().run(&format!("UPDATE signing_keys SET secret = {spoilt}"));
        for _ in 0..3 {
            app.clock.advance(SECOND);
            app.opens(ana.token.as_ref().unwrap()).await;
        }
    }

    async fn keys_are_forgotten_a_day_after_they_were_retired(app) {
        let next = app.rotate(When::AfterNotice).await;
        let forget = async || {
            let (now, keys) = (app.now(), app.house.keys.clone());
            let entropy = app.house.entropy.clone();
            let forget = app.house.db.write::<_, StoreError, _>(move |conn| {
                let origin = Origin::of_job("test");
                let mut tx = Tx { conn, now, origin: &origin, keys: &keys, entropy: &entropy, hours: &caredesk_core::policy::hours::DeskHours::built_in() };
                signing_keys::forget_retired(&mut tx, SignedDuration::from_hours(24))
            });
            forget.await.unwrap()
        };
        app.clock.set(next.old_until.unwrap().plus(SignedDuration::from_hours(24) - SECOND));
        assert_eq!(forget().await, 0);
        app.clock.advance(SECOND);
        assert_eq!(forget().await, 1);
        assert_eq!(app.terms().await[0].kid, next.kid);
    }
}

/// Two first starts at the same moment.
async fn starts_twice(database: Database) {
    let start = || async {
        let (clock, _) = Clock::manual(START.parse().unwrap());
        house(&database, None, clock, caredesk::service::Limits::default()).await
    };
    let (one, two) = join(start(), start()).await;
    assert_eq!(terms(&one).await.len(), 1);
    let nobody = claims(&one, uuid::Uuid::nil(), uuid::Uuid::nil());
    let token = one.signer().sign(&nobody).unwrap();
    assert_eq!(two.signer().verify(&token, two.clock.now()), Ok(nobody));
}

#[actix_web::test]
async fn two_first_starts_make_one_key_on_sqlite() {
    starts_twice(Database::sqlite()).await;
}

#[actix_web::test]
async fn two_first_starts_make_one_key_on_postgres() {
    starts_twice(Database::postgres()).await;
}
