//! Signing in, in every realm, with name and password.

use caredesk_core::domain::account::{Account, Claimed, Realm};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::policy::Action;
use caredesk_core::policy::action::SignIn;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::house::{Ask, House, TOLD_EVERY};
use super::steps::attempts::{self, NAME_HERE, named};
use super::steps::issue::{self, Tokens};
use super::steps::notice;
use crate::guard::{self, Refusal, admit};
use crate::store::accounts::SignInFacts;
use crate::store::audit::{Refused, What};
use crate::store::throttle::Allowance;
use crate::store::{self, StoreError, Tx};

/// What somebody signs in with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Who they say they are.
    pub claimed: Claimed,
    /// Their password.
    pub password: SecretString,
    /// Their device, as it calls itself.
    pub user_agent: Option<String>,
}

/// Somebody inactive is told whom to turn to at most this often.
const TOLD: Allowance = Allowance { attempts: 1, window: TOLD_EVERY };

impl House {
    /// Signs somebody in. The session of an account with a second factor has not proved it yet, and can
    /// do nothing but that.
    ///
    /// # Errors
    /// `auth.wrong_credentials` for an unknown name, a wrong password, an inactive account and a
    /// suspended organisation alike, after the same work; `throttle.too_many_requests`; `service.busy`
    /// when too many sign in.
    pub async fn sign_in(&self, ask: &Ask, with: Credentials) -> Result<Tokens, Refusal> {
        self.count_sign_in(ask, &with.claimed).await?;
        let claimed = with.claimed.clone();
        let known = self
            .db
            .read::<_, StoreError, _>(move |conn| store::accounts::claimed(conn, &claimed))
            .await?;
        let stored = known.as_ref().and_then(|known| known.password_hash.clone());
        let password = guard::passwords::prepare(with.password.expose_secret());
        let verdict = self.hasher.verify(password.clone(), stored.clone()).await?;
        let facts = match known {
            Some(facts) if verdict.ok && facts.is_open() => facts,
            known => return Err(self.turned_away(ask, with.claimed, (known, verdict.ok)).await),
        };
        let mut checked = stored.unwrap_or_default();
        if verdict.needs_rehash {
            checked = self.rehash(facts.account.id, password, checked).await?;
        }
        let whose = (facts.account.id, named(&with.claimed));
        match self.begin_session(ask, whose, (checked, with.user_agent)).await {
            // Switched off meanwhile, or the password is another one by now: nobody is told of either.
            Err(Refusal::Because(Code::WrongCredentials)) => {
                Err(self.turned_away(ask, with.claimed, (Some(facts), false)).await)
            }
            begun => begun,
        }
    }

    /// Writes a refused sign-in down. If only the account's state was in the way, its person is told
    /// whom to turn to: by message, so that the answer says nothing.
    async fn turned_away(
        &self,
        ask: &Ask,
        claimed: Claimed,
        (known, password_was_right): (Option<SignInFacts>, bool),
    ) -> Refusal {
        let target = known.as_ref().map(|facts| facts.account.id.uuid());
        let noted = self
            .transact::<_, Refusal, _>(ask, move |tx, actor| {
                let tenant = store::tenants::claimed(tx.conn, &claimed)?;
                let refused = Refused {
                    action: SignIn::KIND.as_str().to_owned(),
                    rule: Code::WrongCredentials.as_str().to_owned(),
                    what: What { tenant, target, detail: None },
                    times: 1,
                };
                store::audit::record_denial(tx, actor, refused)?;
                let may_be_told =
                    |facts: &&SignInFacts| password_was_right && !facts.is_suspended();
                match known.as_ref().filter(may_be_told) {
                    Some(facts) => whom_to_turn_to(tx, facts),
                    None => Ok(()),
                }
            })
            .await;
        if let Err(refusal) = noted {
            tracing::error!(?refusal, "a refused sign-in could not be written down");
        }
        Refusal::Because(Code::WrongCredentials)
    }

    /// Begins a session for an account whose password was right a moment ago, by the hash `checked`, and
    /// forgets what was tried before at its name.
    async fn begin_session(
        &self,
        ask: &Ask,
        (account, name): (AccountId, String),
        (checked, user_agent): (String, Option<String>),
    ) -> Result<Tokens, Refusal> {
        let signer = self.fresh_signer().await;
        self.transact(ask, move |tx, actor| {
            let permit = admit::<SignIn>(actor, tx.now)?;
            // Read again, and held: it may have been switched off while the password was hashed, or have
            // another password by now. What ends its sessions ends this one, or comes before it.
            if !store::accounts::hold(tx.conn, account, &checked)? {
                return Err(Refusal::Because(Code::WrongCredentials));
            }
            let facts = store::accounts::find(tx.conn, account)?.filter(SignInFacts::is_open);
            let facts = facts.ok_or(Refusal::Because(Code::WrongCredentials))?;
            let agent = user_agent.clone();
            let tokens = issue::begin(tx, &permit, &signer, (&facts.account, agent))?;
            attempts::forget(tx, NAME_HERE, &name)?;
            // With the password alone a place is not familiar: the second factor may not be theirs.
            if !tokens.session.person.standing.has_to_prove() {
                attempts::make_familiar(tx, &name)?;
            }
            Ok(tokens)
        })
        .await
    }

    /// Keeps the password's hash with today's parameters, and hands it on.
    async fn rehash(
        &self,
        account: AccountId,
        password: SecretString,
        old: String,
    ) -> Result<String, Refusal> {
        let new = self.hasher.hash(password).await?;
        let kept = new.clone();
        let write = move |conn: &mut _| store::accounts::rehash(conn, account, &old, &kept);
        if self.db.write(write).await? {
            Ok(new)
        } else {
            // Somebody else has just changed it, the same person for one: to be tried again.
            Err(StoreError::Busy.into())
        }
    }
}

/// Tells somebody inactive who knows the password which Site Admins can help (PM1, "Reactivating users").
fn whom_to_turn_to(tx: &mut Tx<'_>, facts: &SignInFacts) -> Result<(), Refusal> {
    let account = &facts.account;
    let key = attempts::key(tx.keys, "told-inactive", &account.id.to_string());
    if store::throttle::count(tx, &key, TOLD)?.is_some() {
        return Ok(());
    }
    let admins = store::accounts::administrators(tx.conn, account)?;
    let admins: Vec<_> = admins.iter().filter(|admin| admin.id != account.id).map(shown).collect();
    let organisation = facts.tenant.as_ref().map(|tenant| tenant.name.as_str());
    let of_desk = account.role.realm() == Realm::Desk;
    let said = json!({"admins": admins, "organisation": organisation, "of_desk": of_desk});
    notice::account(tx, account, MessageKind::SignInInactive, said)
}

/// An administrator as a message names them.
fn shown(admin: &Account) -> serde_json::Value {
    json!({"name": admin.name, "email": admin.email})
}
