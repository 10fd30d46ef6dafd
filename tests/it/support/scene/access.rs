//! How people get in: passwords, links, codes, second factors and sessions.

use caredesk::guard::passwords;
use caredesk::store::columns::AnyId;
use caredesk::store::schema::{
    accounts, links, one_time_codes, recovery_codes, refresh_tokens, second_factor_enrolments,
    second_factors, sessions,
};
use caredesk::vault::{Opaque, OpaqueKind, Place, Purpose, RecoveryCode};
use caredesk_core::domain::ids::SessionId;
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::proof::{CodePurpose, LinkPurpose};
use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::Value;
use uuid::Uuid;

use super::{SENT, Scene, fresh_slug};
use crate::support::actor::{Actor, SECRET};
use crate::support::operations::{self, Operation};

impl Scene<'_> {
    /// Takes somebody's second factor away.
    pub(super) async fn lose_the_factor(&self, account: AnyId) {
        let factor = second_factors::table.filter(second_factors::account_id.eq(account));
        self.behind(move |conn| diesel::delete(factor).execute(conn)).await;
    }

    /// The hash of a password that an example names.
    pub(super) async fn hash(&self, password: &Value) -> String {
        let prepared = passwords::prepare(password.as_str().unwrap());
        self.app.house.hasher.hash(prepared).await.unwrap()
    }

    /// Makes an account of the name and password that the example signs in with.
    pub(super) async fn let_the_example_sign_in(&self, operation: &Operation) {
        let example = operation.example(operations::document()).unwrap();
        let hash = self.hash(&example["password"]).await;
        let id = AnyId(self.app.platform_admin().await.account);
        let key = example["name"].as_str().unwrap().to_owned();
        self.behind(move |conn| {
            let taken = accounts::table.filter(accounts::sign_in_key.eq(key.clone()));
            if taken.count().get_result::<i64>(conn)? > 0 {
                return Ok(0);
            }
            let account = accounts::table.filter(accounts::id.eq(id));
            let named = (accounts::sign_in_key.eq(key), accounts::password_hash.eq(hash));
            diesel::update(account).set(named).execute(conn)
        })
        .await;
    }

    /// Makes a link that nobody knows.
    pub(super) async fn keep_a_link(&self, account: AnyId, purpose: LinkPurpose) {
        let hash = Uuid::now_v7().as_bytes().to_vec();
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            let row = (
                links::hash.eq(hash),
                links::purpose.eq(purpose),
                links::account_id.eq(account),
                links::created_at.eq(now),
                links::expires_at.eq(now.plus(SignedDuration::from_hours(1))),
            );
            diesel::insert_into(links::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes the link of the example one of an account's.
    pub(super) async fn keep_the_example_link(
        &self,
        operation: &Operation,
        account: AnyId,
        purpose: LinkPurpose,
    ) {
        let kind = match purpose {
            LinkPurpose::Enrolment => OpaqueKind::Enrolment,
            LinkPurpose::PasswordReset => OpaqueKind::PasswordReset,
        };
        let example = operation.example(operations::document()).unwrap();
        let link = Opaque::parse(example["token"].as_str().unwrap(), kind).unwrap();
        let hash = link.hash(&self.app.house.keys).to_vec();
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            diesel::delete(links::table.find(hash.clone())).execute(conn)?;
            let row = (
                links::hash.eq(hash),
                links::purpose.eq(purpose),
                links::account_id.eq(account),
                links::created_at.eq(now),
                links::expires_at.eq(now.plus(SignedDuration::from_hours(1))),
            );
            diesel::insert_into(links::table).values(row).execute(conn)
        })
        .await;
    }

    /// Begins the enrolment of a second factor, with the secret of every minted account.
    pub(super) async fn begin_a_factor(&self, who: &Actor<'_>) {
        let table = "second_factor_enrolments";
        let place = Place { tenant: None, table, row: who.account, column: "secret" };
        let sealed = self.app.house.keys.seal(&self.app.house.entropy, &place, &SECRET);
        let (account, now) = (AnyId(who.account), self.app.house.clock.now());
        let session = AnyId(who.session);
        self.behind(move |conn| {
            let row = second_factor_enrolments::table.find(account);
            diesel::delete(row).execute(conn)?;
            let row = (
                second_factor_enrolments::account_id.eq(account),
                second_factor_enrolments::session_id.eq(session),
                second_factor_enrolments::secret.eq(sealed),
                second_factor_enrolments::created_at.eq(now),
            );
            diesel::insert_into(second_factor_enrolments::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes the recovery code of the example one of somebody's.
    pub(super) async fn keep_the_example_code(&self, operation: &Operation, who: &Actor<'_>) {
        let example = operation.example(operations::document()).unwrap();
        let code = RecoveryCode::parse(example["recovery_code"].as_str().unwrap()).unwrap();
        let hash = code.hash(&self.app.house.keys).to_vec();
        let (account, now) = (AnyId(who.account), self.app.house.clock.now());
        self.behind(move |conn| {
            diesel::delete(recovery_codes::table.find(hash.clone())).execute(conn)?;
            let row = (
                recovery_codes::hash.eq(hash),
                recovery_codes::account_id.eq(account),
                recovery_codes::created_at.eq(now),
            );
            diesel::insert_into(recovery_codes::table).values(row).execute(conn)
        })
        .await;
    }

    /// Sends codes for a subject of somebody's; the new contact is one that nobody has.
    pub(super) async fn send_codes(
        &self,
        who: &Actor<'_>,
        subject: Uuid,
        purposes: &[CodePurpose],
    ) {
        let house = &self.app.house;
        let bound = format!("code|{subject}|{SENT}");
        let hash = house.keys.keyed_hash(Purpose::Tokens, bound.as_bytes()).to_vec();
        let (account, now) = (AnyId(who.account), house.clock.now());
        let purposes = purposes.to_vec();
        self.behind(move |conn| {
            let old = one_time_codes::table.filter(one_time_codes::subject.eq(AnyId(subject)));
            diesel::delete(old).execute(conn)?;
            for purpose in purposes {
                let row = (
                    one_time_codes::id.eq(AnyId(Uuid::now_v7())),
                    one_time_codes::purpose.eq(purpose),
                    one_time_codes::subject.eq(AnyId(subject)),
                    one_time_codes::account_id.eq(account),
                    one_time_codes::method.eq(Method::Email),
                    one_time_codes::contact.eq(format!("{}@new.example", fresh_slug())),
                    one_time_codes::hash.eq(hash.clone()),
                    one_time_codes::attempts.eq(0_i64),
                    one_time_codes::created_at.eq(now),
                    one_time_codes::expires_at.eq(now.plus(SignedDuration::from_mins(10))),
                );
                diesel::insert_into(one_time_codes::table).values(row).execute(conn)?;
            }
            Ok(0)
        })
        .await;
    }

    /// Begins the session of the scene, as one of somebody's.
    pub(super) async fn begin_the_session(&self, who: &Actor<'_>) {
        let (id, account) = (AnyId(self.session), AnyId(who.account));
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            diesel::delete(sessions::table.filter(sessions::id.eq(id))).execute(conn)?;
            let row = (
                sessions::id.eq(id),
                sessions::account_id.eq(account),
                sessions::created_at.eq(now),
                sessions::last_used_at.eq(now),
                sessions::expires_at.eq(now.plus(SignedDuration::from_hours(1))),
            );
            diesel::insert_into(sessions::table).values(row).execute(conn)
        })
        .await;
    }

    /// Makes a session that the refresh token of the example belongs to.
    pub(super) async fn keep_the_example_token(&self, operation: &Operation) {
        let example = operation.example(operations::document()).unwrap();
        let token = example["refresh_token"].as_str().unwrap();
        let token = Opaque::parse(token, OpaqueKind::Refresh).unwrap();
        let hash = token.hash(&self.app.house.keys).to_vec();
        let session = SessionId::of(self.app.platform_admin().await.session);
        let now = self.app.house.clock.now();
        self.behind(move |conn| {
            diesel::delete(refresh_tokens::table.find(hash.clone())).execute(conn)?;
            let row = (
                refresh_tokens::hash.eq(hash),
                refresh_tokens::session_id.eq(session),
                refresh_tokens::issued_at.eq(now),
            );
            diesel::insert_into(refresh_tokens::table).values(row).execute(conn)
        })
        .await;
    }
}
