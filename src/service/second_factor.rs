//! The second factor: enrolling it, proving it, proving it again for what needs a fresh one.

use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::code::Code;
use caredesk_core::policy::action::{EnrolSecondFactor, VerifySecondFactor};
use caredesk_core::policy::{Action, Permit};

use super::house::{Ask, House};
use super::steps::issue;
use crate::guard::{Refusal, admit, second_factor, standing};
use crate::store::audit::What;
use crate::store::factors::Factor;
use crate::store::sessions::LiveSession;
use crate::store::{self, Tx};

/// What an authenticator app is given, once.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The shared secret in base32.
    pub secret: String,
    /// The same with its labels, as a QR code holds it.
    pub uri: String,
}

/// A session that has just proved its second factor.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The session.
    pub session: LiveSession,
    /// An access token that says so.
    pub access: String,
    /// When that token is over.
    pub access_expires_at: caredesk_core::domain::time::Moment,
}

impl House {
    /// Makes a secret for whoever asks, to be confirmed with a first code.
    ///
    /// # Errors
    /// `second_factor.already_enrolled`.
    pub async fn begin_second_factor(&self, ask: &Ask) -> Result<Enrolment, Refusal> {
        let begun = self.transact(ask, |tx, actor| {
            let actor = standing(tx, actor)?;
            let permit = admit::<EnrolSecondFactor>(&actor, tx.now)?;
            let person = signed_in(&actor)?;
            let factor = store::factors::find(tx.conn, tx.keys, person.account)?;
            if factor.is_some_and(|factor| factor.is_confirmed) {
                return Err(Refusal::Because(Code::SecondFactorEnrolled));
            }
            let secret = second_factor::new_secret(tx.entropy);
            store::factors::begin(tx, &permit, person.account, secret.as_slice())?;
            let facts = store::accounts::find(tx.conn, person.account)?.ok_or(Refusal::NotFound)?;
            store::audit::record(tx, &permit, about(&person))?;
            Ok(Enrolment {
                secret: second_factor::base32(&secret),
                uri: second_factor::otpauth_uri(&secret, "caredesk", facts.account.email.as_str()),
            })
        });
        let begun = begun.await;
        self.noted(ask, begun).await
    }

    /// Confirms the secret with a code of it; the session has its second factor from then on.
    ///
    /// # Errors
    /// `second_factor.wrong_code`, `second_factor.not_enrolled` if none was begun,
    /// `second_factor.already_enrolled`.
    pub async fn confirm_second_factor(&self, ask: &Ask, code: &str) -> Result<Proven, Refusal> {
        self.prove::<EnrolSecondFactor, _>(ask, code, |tx, permit, person, factor, step| {
            if factor.is_confirmed {
                return Err(Refusal::Because(Code::SecondFactorEnrolled));
            }
            if store::factors::confirm(tx, permit, person.account, step)? {
                Ok(())
            } else {
                Err(Refusal::Because(Code::SecondFactorWrongCode))
            }
        })
        .await
    }

    /// Proves the second factor: after signing in, and again where a fresh proof is asked for.
    ///
    /// # Errors
    /// `second_factor.wrong_code`, also for a code that was used; `second_factor.not_enrolled`.
    pub async fn verify_second_factor(&self, ask: &Ask, code: &str) -> Result<Proven, Refusal> {
        self.prove::<VerifySecondFactor, _>(ask, code, |tx, permit, person, factor, step| {
            if !factor.is_confirmed {
                return Err(Refusal::Because(Code::SecondFactorMissing));
            }
            if store::factors::take_step(tx, permit, person.account, step)? {
                Ok(())
            } else {
                Err(Refusal::Because(Code::SecondFactorWrongCode))
            }
        })
        .await
    }

    /// Finds the time step of a code and takes it with `take`; marks the session, and says so in a new
    /// access token. Attempts are counted, wrong codes are written down.
    async fn prove<A, F>(&self, ask: &Ask, code: &str, take: F) -> Result<Proven, Refusal>
    where
        A: Action<Target = ()>,
        F: Fn(&mut Tx<'_>, &Permit<A>, &Person, &Factor, i64) -> Result<(), Refusal>
            + Send
            + 'static,
    {
        let account = signed_in(&ask.actor)?.account.to_string();
        self.count(ask, "second-factor", &account, self.limits.codes_per_account).await?;
        let (code, signer) = (code.to_owned(), std::sync::Arc::clone(&self.signer));
        let ended = self
            .transact(ask, move |tx, actor| {
                let actor = standing(tx, actor)?;
                let permit = admit::<A>(&actor, tx.now)?;
                let person = signed_in(&actor)?;
                let factor = store::factors::find(tx.conn, tx.keys, person.account)?
                    .ok_or(Refusal::Because(Code::SecondFactorMissing))?;
                let secret: &[u8; 20] = factor.secret.as_slice().try_into().map_err(|_length| {
                    Refusal::Broken("a second factor of odd length".to_owned())
                })?;
                let step =
                    second_factor::matching_step(secret, &code, tx.now, Some(factor.last_step))
                        .ok_or(Refusal::Because(Code::SecondFactorWrongCode))?;
                take(tx, &permit, &person, &factor, step)?;
                store::audit::record(tx, &permit, about(&person))?;
                store::sessions::prove(tx, person.session)?;
                let session = store::sessions::find(tx.conn, person.session)?
                    .ok_or(Refusal::Because(Code::InvalidToken))?;
                let (access, access_expires_at) = issue::access(tx, &signer, &session)?;
                Ok(Proven { session, access, access_expires_at })
            })
            .await;
        match &ended {
            Ok(_) => {
                self.forget_attempts(ask, "second-factor", &account).await?;
                self.doorman.forget_all();
            }
            Err(Refusal::Because(Code::SecondFactorWrongCode)) => {
                let action = VerifySecondFactor::KIND.as_str();
                self.note_refusal(ask, action, Code::SecondFactorWrongCode, None).await;
            }
            Err(_) => {}
        }
        self.noted(ask, ended).await
    }
}

/// The person who asks.
fn signed_in(actor: &Actor) -> Result<Person, Refusal> {
    actor.person().cloned().ok_or(Refusal::Because(Code::Unauthenticated))
}

/// An audit entry about the account of whoever asks.
fn about(person: &Person) -> What {
    What { tenant: person.tenant, target: Some(person.account.uuid()), detail: None }
}
