//! Signing in, carrying on, signing out.

use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::account::AccountStatus;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::policy::Action;
use caredesk_core::policy::action::{EndOwnSession, ReadOwnSession, RefreshSession, SignIn};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::house::{Ask, House};
use super::steps::issue;
pub use super::steps::issue::Tokens;
use crate::guard::{self, Refusal, admit};
use crate::store::accounts::SignInFacts;
use crate::store::audit::What;
use crate::store::sessions::LiveSession;
use crate::store::throttle::Allowance;
use crate::store::{self, StoreError, Tx};
use crate::vault::{Opaque, OpaqueKind, Purpose};

/// What somebody signs in with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Their address.
    pub email: EmailAddress,
    /// Their password.
    pub password: SecretString,
    /// Their device, as it calls itself.
    pub user_agent: Option<String>,
}

impl House {
    /// Signs a member of the desk's staff in with address and password. The session has no second
    /// factor yet, and can do nothing but get one.
    ///
    /// # Errors
    /// `auth.wrong_credentials` for an unknown name, a wrong password and an inactive account alike,
    /// after the same work; `throttle.too_many_requests`; `service.busy` when too many sign in.
    pub async fn sign_in(&self, ask: &Ask, with: Credentials) -> Result<Tokens, Refusal> {
        let name = format!("desk|{}", with.email.folded());
        self.count(ask, "sign-in-name", &name, self.limits.sign_in_per_name).await?;
        self.count_address(ask).await?;
        let email = with.email.clone();
        let known = self
            .db
            .read::<_, StoreError, _>(move |conn| store::accounts::desk_sign_in(conn, &email))
            .await?;
        let stored = known.as_ref().and_then(|known| known.password_hash.clone());
        let password = guard::passwords::prepare(with.password.expose_secret());
        let verdict = self.hasher.verify(password.clone(), stored.clone()).await?;
        let account = known
            .filter(|known| verdict.ok && known.account.status == AccountStatus::Active)
            .map(|known| known.account);
        let Some(account) = account else {
            self.note_refusal(ask, SignIn::KIND.as_str(), Code::WrongCredentials, None).await;
            return Err(Refusal::Because(Code::WrongCredentials));
        };
        if let (true, Some(old)) = (verdict.needs_rehash, stored) {
            self.rehash(account.id, password, old).await?;
        }
        self.forget_attempts(ask, "sign-in-name", &name).await?;
        self.begin_session(ask, account.id, with.user_agent).await
    }

    /// Begins a session for an account whose password was right a moment ago.
    async fn begin_session(
        &self,
        ask: &Ask,
        account: AccountId,
        user_agent: Option<String>,
    ) -> Result<Tokens, Refusal> {
        let signer = std::sync::Arc::clone(&self.signer);
        self.transact(ask, move |tx, actor| {
            let permit = admit::<SignIn>(actor, tx.now)?;
            // Read again: the account may have been switched off while the password was hashed.
            let facts = store::accounts::find(tx.conn, account)?;
            let active = facts.filter(|facts| facts.account.status == AccountStatus::Active);
            let SignInFacts { account, .. } =
                active.ok_or(Refusal::Because(Code::WrongCredentials))?;
            let tokens = issue::begin(tx, &signer, (account.id, account.role), user_agent.clone())?;
            let target = Some(account.id.uuid());
            store::audit::record(
                tx,
                &permit,
                What { tenant: account.tenant, target, detail: None },
            )?;
            Ok(tokens)
        })
        .await
    }

    /// Keeps the password's hash with today's parameters.
    async fn rehash(
        &self,
        account: AccountId,
        password: SecretString,
        old: String,
    ) -> Result<(), Refusal> {
        let new = self.hasher.hash(password).await?;
        self.db.write(move |conn| store::accounts::rehash(conn, account, &old, &new)).await?;
        Ok(())
    }

    /// Exchanges a refresh token for new tokens of the same session, once.
    ///
    /// # Errors
    /// `auth.invalid_token` for an unknown or used token and an ended session alike. A token that is
    /// used twice ends its session: one of the two users is not its owner.
    pub async fn refresh(&self, ask: &Ask, token: &str) -> Result<Tokens, Refusal> {
        let refused = Refusal::Because(Code::InvalidToken);
        let Some(token) = Opaque::parse(token, OpaqueKind::Refresh) else { return Err(refused) };
        let hashes = token.hashes(&self.keys);
        let signer = std::sync::Arc::clone(&self.signer);
        let ended = self
            .transact::<_, Refusal, _>(ask, move |tx, actor| {
                let permit = admit::<RefreshSession>(actor, tx.now)?;
                let Some((hash, facts)) = find_refresh(tx, &hashes)? else { return Ok(None) };
                let live = store::sessions::find(tx.conn, facts.session)?;
                let Some(live) = live.filter(|live| !live.is_over(tx.now)) else { return Ok(None) };
                if live.person.standing.is_switched_off() {
                    return Ok(None);
                }
                if facts.used_at.is_some() || !store::sessions::use_refresh(tx, &hash)? {
                    reused(tx, &live)?;
                    return Ok(None);
                }
                store::sessions::touch(tx.conn, facts.session, tx.now)?;
                let tokens = issue::tokens(tx, &signer, facts.session)?;
                let target = Some(facts.session.uuid());
                store::audit::record(
                    tx,
                    &permit,
                    What { tenant: live.person.tenant, target, detail: None },
                )?;
                Ok(Some(tokens))
            })
            .await?;
        self.doorman.forget_all();
        ended.ok_or(refused)
    }

    /// The session of whoever asks.
    ///
    /// # Errors
    /// The session ended meanwhile.
    pub async fn read_own_session(&self, ask: &Ask) -> Result<LiveSession, Refusal> {
        self.look(ask, |conn, looker| {
            admit::<ReadOwnSession>(&looker.actor, looker.now)?;
            let person = looker.actor.person().ok_or(Refusal::Because(Code::Unauthenticated))?;
            store::sessions::find(conn, person.session)?.ok_or(Refusal::Because(Code::InvalidToken))
        })
        .await
    }

    /// Ends the session of whoever asks.
    ///
    /// # Errors
    /// The session ended meanwhile.
    pub async fn end_own_session(&self, ask: &Ask) -> Result<(), Refusal> {
        let ended = self.transact(ask, |tx, actor| {
            let actor = guard::standing(tx, actor)?;
            let permit = admit::<EndOwnSession>(&actor, tx.now)?;
            let person = actor.person().ok_or(Refusal::Because(Code::Unauthenticated))?;
            store::sessions::end(tx, person.session)?;
            let target = Some(person.session.uuid());
            store::audit::record(
                tx,
                &permit,
                What { tenant: person.tenant, target, detail: None },
            )?;
            Ok::<_, Refusal>(())
        });
        let ended = ended.await;
        self.noted(ask, ended).await?;
        self.doorman.forget_all();
        Ok(())
    }

    /// Counts an attempt; the count stays, whatever becomes of the attempt.
    pub(super) async fn count(
        &self,
        ask: &Ask,
        what: &'static str,
        whose: &str,
        allowance: Allowance,
    ) -> Result<(), Refusal> {
        let key = self.attempts_key(what, whose);
        let wait = self
            .transact::<_, StoreError, _>(ask, move |tx, _| {
                store::throttle::count(tx, &key, allowance)
            })
            .await?;
        match wait {
            None => Ok(()),
            Some(wait) => Err(Refusal::Throttled(wait)),
        }
    }

    /// Counts an attempt to get in from the address of whoever asks.
    pub(super) async fn count_address(&self, ask: &Ask) -> Result<(), Refusal> {
        let address = ask.origin.address.clone().unwrap_or_default();
        self.count(ask, "sign-in-address", &address, self.limits.sign_in_per_address).await
    }

    /// Forgets the attempts of somebody who succeeded.
    pub(super) async fn forget_attempts(
        &self,
        ask: &Ask,
        what: &'static str,
        whose: &str,
    ) -> Result<(), Refusal> {
        let key = self.attempts_key(what, whose);
        self.transact::<_, StoreError, _>(ask, move |tx, _| store::throttle::forget(tx, &key))
            .await?;
        Ok(())
    }

    /// The key that attempts are counted under: keyed, so that the table names nobody.
    fn attempts_key(&self, what: &'static str, whose: &str) -> [u8; 32] {
        self.keys.keyed_hash(Purpose::Tokens, format!("{what}|{whose}").as_bytes())
    }
}

/// The refresh token among the hashes that it may be kept under.
fn find_refresh(
    tx: &mut Tx<'_>,
    hashes: &[[u8; 32]],
) -> Result<Option<([u8; 32], store::sessions::RefreshFacts)>, StoreError> {
    for hash in hashes {
        if let Some(facts) = store::sessions::find_refresh(tx.conn, hash)? {
            return Ok(Some((*hash, facts)));
        }
    }
    Ok(None)
}

/// A refresh token came a second time: ends the session, tells its owner, writes it down.
fn reused(tx: &mut Tx<'_>, live: &LiveSession) -> Result<(), Refusal> {
    store::sessions::end(tx, live.person.session)?;
    let actor = Actor::Person(live.person.clone());
    store::audit::record_denial(
        tx,
        &actor,
        store::audit::Refused {
            action: RefreshSession::KIND.as_str().to_owned(),
            rule: Code::InvalidToken.as_str().to_owned(),
            what: What {
                tenant: live.person.tenant,
                target: Some(live.person.session.uuid()),
                detail: Some(json!({"ended": "refresh token used twice"}).to_string()),
            },
        },
    )?;
    if let Some(facts) = store::accounts::find(tx.conn, live.person.account)? {
        let message = Message {
            kind: MessageKind::SessionReuse,
            to: facts.account.email,
            locale: facts.account.locale,
            tenant: facts.account.tenant,
        };
        store::notifications::queue(tx, &message, json!({}))?;
    }
    Ok(())
}
