//! Redeeming an enrolment link: a first password, and a session to get a second factor in.

use caredesk_core::domain::account::Account;
use caredesk_core::domain::code::Code;
use caredesk_core::policy::Action;
use caredesk_core::policy::action::RedeemEnrolment;
use secrecy::{ExposeSecret, SecretString};

use super::house::{Ask, House};
use super::steps::issue::{self, Tokens};
use crate::guard::passwords::{self, Weakness};
use crate::guard::{Refusal, Violation, admit};
use crate::store::audit::What;
use crate::store::{self, StoreError};
use crate::vault::{Opaque, OpaqueKind};

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
        self.count_address(ask).await?;
        let hashes = match Opaque::parse(link, OpaqueKind::Enrolment) {
            Some(link) => link.hashes(&self.keys),
            None => return Err(self.refused_link(ask).await),
        };
        let (mine, now) = (hashes.clone(), self.clock.now());
        let account = self
            .db
            .read::<_, StoreError, _>(move |conn| {
                for hash in &mine {
                    if let Some(account) = store::enrolments::find(conn, hash, now)? {
                        return store::accounts::find(conn, account);
                    }
                }
                Ok(None)
            })
            .await?;
        let Some(facts) = account else { return Err(self.refused_link(ask).await) };
        judge(password.clone(), facts.account.clone()).await?;
        let hash = self.hasher.hash(passwords::prepare(password.expose_secret())).await?;
        let signer = std::sync::Arc::clone(&self.signer);
        let ended = self
            .transact(ask, move |tx, actor| {
                let permit = admit::<RedeemEnrolment>(actor, tx.now)?;
                let mut redeemed = None;
                for link in &hashes {
                    redeemed = redeemed.or(store::enrolments::redeem(tx, &permit, link)?);
                }
                let account = redeemed.filter(|account| *account == facts.account.id);
                let account = account.ok_or(Refusal::Because(Code::LinkNotUsable))?;
                if !store::accounts::activate(tx, &permit, account, &hash)? {
                    return Err(Refusal::Because(Code::LinkNotUsable));
                }
                let holder = (account, facts.account.role);
                let tokens = issue::begin(tx, &signer, holder, user_agent.clone())?;
                let target = Some(account.uuid());
                store::audit::record(
                    tx,
                    &permit,
                    What { tenant: facts.account.tenant, target, detail: None },
                )?;
                Ok(tokens)
            })
            .await;
        match ended {
            Err(Refusal::Because(Code::LinkNotUsable)) => Err(self.refused_link(ask).await),
            ended => ended,
        }
    }

    /// Writes a refused link down.
    async fn refused_link(&self, ask: &Ask) -> Refusal {
        self.note_refusal(ask, RedeemEnrolment::KIND.as_str(), Code::LinkNotUsable, None).await;
        Refusal::Because(Code::LinkNotUsable)
    }
}

/// Refuses a password that is easy to guess for somebody who knows the account. Judging takes up to a
/// tenth of a second, so it happens on a blocking thread.
async fn judge(password: SecretString, account: Account) -> Result<(), Refusal> {
    let judged = tokio::task::spawn_blocking(move || {
        let words = [account.name.as_str(), account.email.as_str()];
        passwords::check(password.expose_secret(), &words)
    });
    judged.await.map_err(|error| Refusal::Broken(error.to_string()))?.map_err(weak)
}

/// What is wrong with a password, as a violation of the body.
fn weak(weakness: Weakness) -> Refusal {
    Refusal::Invalid(vec![Violation {
        pointer: "#/password".to_owned(),
        code: Code::PasswordTooWeak.as_str().to_owned(),
        detail: weakness.to_string(),
    }])
}
