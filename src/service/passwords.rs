//! Passwords: changed by whoever knows the present one, or set anew with a link.

use std::time::Duration;

use caredesk_core::domain::account::Claimed;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::proof::LinkPurpose;
use caredesk_core::policy::Action;
use caredesk_core::policy::action::{ChangePassword, RedeemPasswordReset, RequestPasswordReset};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::house::{Ask, House};
use super::steps::attempts::{self, name_of};
use super::steps::issue::{self, Tokens};
use super::steps::judge::judge;
use super::steps::{codes, note, notice, resets};
use crate::guard::{self, Refusal, admit, passwords, signed_in};
use crate::store;
use crate::store::audit::What;

/// Whoever asks for a link waits at least this long, so that the time tells nothing about the name.
const AT_LEAST: Duration = Duration::from_millis(100);

impl House {
    /// Changes the password of whoever asks. Every other session ends, and every reset link.
    ///
    /// # Errors
    /// `password.wrong` for a wrong present password; a new one that is easy to guess;
    /// `throttle.too_many_requests`.
    pub async fn change_password(
        &self,
        ask: &Ask,
        (present, new): (SecretString, SecretString),
    ) -> Result<(), Refusal> {
        let facts = self
            .look(ask, |conn, looker| {
                admit::<ChangePassword>(&looker.actor, looker.now)?;
                let person = signed_in(&looker.actor)?;
                store::accounts::find(conn, person.account)?.ok_or(Refusal::NotFound)
            })
            .await?;
        self.count_password(ask, &facts).await?;
        let old = facts.password_hash.clone();
        let typed = passwords::prepare(present.expose_secret());
        if !self.hasher.verify(typed, old.clone()).await?.ok {
            return Err(self.wrong_password(ask, facts.account.id).await);
        }
        self.forget_passwords(ask, facts.account.id).await?;
        judge("#/new_password", new.clone(), facts.words()).await?;
        let hash = self.hasher.hash(passwords::prepare(new.expose_secret())).await?;
        let (account, old) = (facts.account, old.unwrap_or_default());
        let id = account.id;
        let ended = self.transact(ask, move |tx, actor| {
            let actor = guard::standing(tx, actor)?;
            let permit = admit::<ChangePassword>(&actor, tx.now)?;
            let person = signed_in(&actor)?;
            if !store::accounts::change_password(tx, &permit, (account.id, &old), &hash)? {
                return Err(Refusal::Because(Code::PasswordWrong));
            }
            let ended = store::sessions::end_all(tx, &permit, account.id, Some(person.session))?;
            store::links::end(tx, &permit, account.id, LinkPurpose::PasswordReset)?;
            notice::account(tx, &account, MessageKind::PasswordChanged, json!({}))?;
            let whose = (account.tenant, account.id.uuid());
            note::about(tx, &permit, whose, &json!({"sessions_ended": ended}))
        });
        match ended.await {
            // Another one by now, though it was right a moment ago.
            Err(Refusal::Because(Code::PasswordWrong)) => {
                return Err(self.wrong_password(ask, id).await);
            }
            ended => self.noted(ask, ended).await?,
        }
        self.doorman.forget_all();
        Ok(())
    }

    /// Writes a wrong present password down.
    async fn wrong_password(&self, ask: &Ask, account: AccountId) -> Refusal {
        let (action, rule) = (ChangePassword::KIND.as_str(), Code::PasswordWrong);
        self.note_refusal(ask, action, rule, Some(account.uuid())).await;
        Refusal::Because(rule)
    }

    /// Sends a link for a new password to whoever has the name, if there is such an account in use.
    ///
    /// # Errors
    /// `throttle.too_many_requests` for an address that asks too often; nothing that tells of the name.
    pub async fn request_password_reset(&self, ask: &Ask, claimed: Claimed) -> Result<(), Refusal> {
        let until = tokio::time::Instant::now() + AT_LEAST;
        self.count_address(ask).await?;
        let limits = self.limits;
        let asked = self.transact(ask, move |tx, actor| {
            let permit = admit::<RequestPasswordReset>(actor, tx.now)?;
            // Held before its contact is read: a change of that ends the links that went to the one of before.
            let facts = match store::accounts::claimed(tx.conn, &claimed)? {
                Some(facts) => store::accounts::find_held(tx.conn, facts.account.id)?,
                None => None,
            };
            let facts = facts.filter(|facts| facts.is_open() && facts.password_hash.is_some());
            let tenant = store::tenants::claimed(tx.conn, &claimed)?;
            let target = facts.as_ref().map(|facts| facts.account.id.uuid());
            store::audit::record(tx, &permit, What { tenant, target, detail: None })?;
            let Some(facts) = facts else { return Ok(()) };
            let Some(to) = facts.account.contact() else { return Ok(()) };
            if codes::is_capped(tx, &limits, &facts, &to.key())? {
                return Ok(());
            }
            resets::send(tx, &permit, (&facts.account, to)).map(drop)
        });
        let asked = asked.await;
        tokio::time::sleep_until(until).await;
        asked
    }

    /// Sets a new password with the link that was sent, ends every session and begins a new one. The
    /// second factor stays, and the new session has not proved it.
    ///
    /// # Errors
    /// `link.not_usable` for a used, expired and unknown link alike; a password that is easy to guess.
    pub async fn redeem_password_reset(
        &self,
        ask: &Ask,
        (link, password): (&str, SecretString),
        user_agent: Option<String>,
    ) -> Result<Tokens, Refusal> {
        let purpose = LinkPurpose::PasswordReset;
        let (facts, hashes) = self.usable_link::<RedeemPasswordReset>(ask, purpose, link).await?;
        judge("#/password", password.clone(), facts.words()).await?;
        let hash = self.hasher.hash(passwords::prepare(password.expose_secret())).await?;
        let (signer, name) = (self.fresh_signer().await, name_of(&facts));
        let account = facts.account;
        let ended = self
            .transact(ask, move |tx, actor| {
                let permit = admit::<RedeemPasswordReset>(actor, tx.now)?;
                let redeemed = store::links::redeem(tx, &permit, purpose, &hashes)?;
                if redeemed != Some(account.id)
                    || !store::accounts::reset_password(tx, &permit, account.id, &hash)?
                {
                    return Err(Refusal::Because(Code::LinkNotUsable));
                }
                store::links::end(tx, &permit, account.id, purpose)?;
                store::sessions::end_all(tx, &permit, account.id, None)?;
                notice::account(tx, &account, MessageKind::PasswordChanged, json!({}))?;
                let tokens = issue::begin(tx, &permit, &signer, (&account, user_agent.clone()))?;
                // Whoever reads the account's mail is at home here, unless there is more to prove.
                if !tokens.session.person.standing.has_to_prove() {
                    attempts::make_familiar(tx, &name)?;
                }
                Ok(tokens)
            })
            .await;
        self.doorman.forget_all();
        match ended {
            Err(Refusal::Because(Code::LinkNotUsable)) => {
                Err(self.refused_link::<RedeemPasswordReset>(ask).await)
            }
            ended => ended,
        }
    }
}
