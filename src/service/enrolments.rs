//! Redeeming an enrolment link: a first password, and a session to get a second factor in.

use caredesk_core::domain::code::Code;
use caredesk_core::domain::proof::LinkPurpose;
use caredesk_core::policy::action::RedeemEnrolment;
use secrecy::{ExposeSecret, SecretString};

use super::house::{Ask, House};
use super::steps::issue::{self, Tokens};
use super::steps::judge::judge;
use crate::guard::{Refusal, admit, passwords};
use crate::store;

impl House {
    /// Sets the first password of the account that the link is for, and signs in.
    ///
    /// # Errors
    /// `link.not_usable` for a used, expired and unknown link alike; a password that is too short, too
    /// long or too easy to guess.
    pub async fn redeem_enrolment(
        &self,
        ask: &Ask,
        link: &str,
        password: SecretString,
        user_agent: Option<String>,
    ) -> Result<Tokens, Refusal> {
        let purpose = LinkPurpose::Enrolment;
        let (facts, hashes) = self.usable_link::<RedeemEnrolment>(ask, purpose, link).await?;
        judge("#/password", password.clone(), facts.words()).await?;
        let hash = self.hasher.hash(passwords::prepare(password.expose_secret())).await?;
        let (signer, account) = (self.fresh_signer().await, facts.account);
        let ended = self
            .transact(ask, move |tx, actor| {
                let permit = admit::<RedeemEnrolment>(actor, tx.now)?;
                let redeemed = store::links::redeem(tx, &permit, purpose, &hashes)?;
                if redeemed != Some(account.id)
                    || !store::accounts::activate(tx, &permit, account.id, &hash)?
                {
                    return Err(Refusal::Because(Code::LinkNotUsable));
                }
                issue::begin(tx, &permit, &signer, (&account, user_agent.clone()))
            })
            .await;
        match ended {
            Err(Refusal::Because(Code::LinkNotUsable)) => {
                Err(self.refused_link::<RedeemEnrolment>(ask).await)
            }
            ended => ended,
        }
    }
}
