//! The desk's staff, come in by the front door: a link, a password, a second factor.

use caredesk::guard::second_factor;
use caredesk::service::Ask;
use caredesk::service::desk_accounts::NewStaff;
use caredesk::store::Origin;
use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::actor::Actor as Who;
use caredesk_core::domain::{EmailAddress, PersonName};
use data_encoding::BASE32_NOPAD;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::actor::Actor;
use super::answer::Answer;
use super::app::App;

/// A password that passes every rule.
pub(crate) const PASSWORD: &str = "violet tractor 93 sings at dusk";

/// A member of the staff with everything they know.
pub(crate) struct Staff<'a> {
    pub(crate) app: &'a App,
    pub(crate) email: String,
    pub(crate) secret: [u8; 20],
}

impl App {
    /// Invites a platform admin; the secret of the link.
    pub(crate) async fn invite(&self, email: &str) -> String {
        let (_, link) =
            self.house.create_desk_account(&operator(), new_admin(email)).await.unwrap();
        link.expose().to_owned()
    }

    /// Redeems a link.
    pub(crate) async fn redeem(&self, link: &str, password: &str) -> Answer {
        self.nobody()
            .post("/v1/enrolments/redeem", json!({"token": link, "password": password}))
            .await
    }

    /// Signs in.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({"realm": "desk", "name": email, "password": password});
        self.nobody().post("/v1/sessions", body).await
    }

    /// Forgets a password.
    pub(crate) async fn forget(&self, claim: &Value) -> Answer {
        self.nobody().post("/v1/password-resets", claim.clone()).await
    }

    /// Redeems a reset link.
    pub(crate) async fn reset(&self, link: &str, password: &str) -> Answer {
        let body = json!({"token": link, "password": password});
        self.nobody().post("/v1/password-resets/redeem", body).await
    }

    /// Refreshes a session.
    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.nobody().post("/v1/sessions/refresh", json!({"refresh_token": token})).await
    }

    /// Whoever an answer's tokens are for.
    pub(crate) fn bearer(&self, answer: &Answer) -> Actor<'_> {
        Actor {
            app: self,
            token: Some(answer.text("/access_token")),
            account: answer.text("/session/account_id").parse().unwrap(),
            session: answer.text("/session/id").parse().unwrap(),
        }
    }

    /// A platform admin with password and second factor, enrolled the whole way.
    pub(crate) async fn staff(&self, email: &str) -> Staff<'_> {
        self.enrol(email, &self.invite(email).await).await
    }

    /// Goes all the way with a link: password, second factor.
    pub(crate) async fn enrol(&self, email: &str, link: &str) -> Staff<'_> {
        let redeemed = self.redeem(link, PASSWORD).await.is(201);
        let ana = self.bearer(&redeemed);
        let secret = secret(&ana.begin_second_factor().await.is(200));
        let code = second_factor::code_at(&secret, self.house.clock.now());
        ana.confirm(&code).await.is(200);
        Staff { app: self, email: email.to_owned(), secret }
    }
}

impl<'a> Staff<'a> {
    /// Signs in with the password, not yet with the second factor.
    pub(crate) async fn sign_in(&self) -> Answer {
        self.app.sign_in(&self.email, PASSWORD).await.is(201)
    }

    /// Signs in with everything, in a time step of its own.
    pub(crate) async fn at_work(&self) -> Actor<'a> {
        self.app.clock.advance(SignedDuration::from_secs(30));
        let ana = self.app.bearer(&self.sign_in().await);
        self.app.bearer(&ana.verify(&self.code()).await.is(200))
    }

    /// What the authenticator app shows.
    pub(crate) fn code(&self) -> String {
        second_factor::code_at(&self.secret, self.app.house.clock.now())
    }
}

impl Actor<'_> {
    pub(crate) async fn begin_second_factor(&self) -> Answer {
        self.send(Method::POST, "/v1/second-factor/begin", None, &[]).await
    }

    pub(crate) async fn confirm(&self, code: &str) -> Answer {
        self.post("/v1/second-factor/confirm", json!({"code": code})).await
    }

    pub(crate) async fn verify(&self, code: &str) -> Answer {
        self.post("/v1/second-factor/verify", json!({"code": code})).await
    }

    pub(crate) async fn session(&self) -> Answer {
        self.get("/v1/sessions/current").await
    }
}

/// The secret that an enrolment shows.
pub(crate) fn secret(begun: &Answer) -> [u8; 20] {
    BASE32_NOPAD.decode(begun.text("/secret").as_bytes()).unwrap().try_into().unwrap()
}

/// A platform admin who is about to get an account.
pub(crate) fn new_admin(email: &str) -> NewStaff {
    NewStaff {
        role: Role::PlatformAdmin,
        name: PersonName::parse("Ana Ruiz").unwrap(),
        email: EmailAddress::parse(email).unwrap(),
        locale: Locale::English,
    }
}

/// Whoever has a shell.
pub(crate) fn operator() -> Ask {
    Ask::of(Who::Operator, Origin { request: "test:operator".to_owned(), address: None })
}

/// A problem without what differs from request to request.
pub(crate) fn without_ids(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    body.as_object_mut().unwrap().remove("request_id");
    body
}
