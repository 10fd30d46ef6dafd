//! How a use case is run: one reading of the clock, one transaction, again if it collides; the answer
//! kept for repeated requests; a refusal written down after the rollback.

use std::sync::Arc;

use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::code::Code;
use caredesk_core::policy::Denials;
use uuid::Uuid;

use super::house::{Ask, House};
use crate::guard::{self, Refusal};
use crate::store::db::Conn;
use crate::store::idempotency::{self, Claim, KeptAnswer, Known};
use crate::store::{self, Fault, Tx};

/// What became of a request that changes something.
#[derive(Debug, Clone)]
pub struct Performed {
    /// The answer.
    pub answer: KeptAnswer,
    /// Whether it was done before and this is the answer that was given then.
    pub is_replay: bool,
}

impl House {
    /// Runs `work` in a transaction for whoever asks, and keeps its answer for a repetition.
    ///
    /// # Errors
    /// What `work` says, with everything rolled back; a refusal by policy is in the audit by then.
    pub async fn perform<W>(&self, ask: &Ask, mut work: W) -> Result<Performed, Refusal>
    where
        W: FnMut(&mut Tx<'_>, &Actor) -> Result<KeptAnswer, Refusal> + Send + 'static,
    {
        let _taken = match &ask.claim {
            Some(claim) => {
                Some(self.take(claim).ok_or(Refusal::Because(Code::IdempotencyInProgress))?)
            }
            None => None,
        };
        let claim = ask.claim.clone();
        let ended = self
            .transact(ask, move |tx, actor| {
                let actor = guard::standing(tx, actor)?;
                let known = replay(tx, claim.as_ref())?;
                if let Some(answer) = known.filter(|_| is_heard(&actor)) {
                    return Ok(Performed { answer, is_replay: true });
                }
                let answer = work(tx, &actor)?;
                if let Some(claim) = &claim {
                    idempotency::keep(tx, claim, &answer)?;
                }
                Ok(Performed { answer, is_replay: false })
            })
            .await;
        self.noted(ask, ended).await
    }

    /// Runs `work` in a transaction, with what a transaction needs, and nothing else around it.
    pub(crate) async fn transact<T, E, W>(&self, ask: &Ask, mut work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fault,
        W: FnMut(&mut Tx<'_>, &Actor) -> Result<T, E> + Send + 'static,
    {
        let now = self.clock.now();
        let (keys, entropy) = (self.keys.clone(), self.entropy.clone());
        let (actor, origin) = (ask.actor.clone(), ask.origin.clone());
        let rules = Arc::clone(&self.rules);
        let run = move |conn: &mut Conn| {
            let (hours, keys, entropy) = (&rules.hours, &keys, &entropy);
            let mut tx = Tx { conn, now, origin: &origin, keys, entropy, hours };
            work(&mut tx, &actor)
        };
        self.db.write(run).await
    }

    /// Runs a read for whoever asks, on the standing that the door has checked within the last second.
    ///
    /// # Errors
    /// What `work` says; a refusal by policy is in the audit by then.
    pub async fn look<T, W>(&self, ask: &Ask, work: W) -> Result<T, Refusal>
    where
        T: Send + 'static,
        W: FnOnce(&mut Conn, &Looker) -> Result<T, Refusal> + Send + 'static,
    {
        let looker = Looker { actor: ask.actor.clone(), now: self.clock.now() };
        let ended = self.db.read(move |conn| work(conn, &looker)).await;
        self.noted(ask, ended).await
    }

    /// Writes a refusal by policy down, and hands the end of a use case on.
    pub(crate) async fn noted<T>(
        &self,
        ask: &Ask,
        ended: Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match &ended {
            Err(Refusal::Denied(denials)) => self.note_denial(ask, denials, None).await,
            Err(Refusal::Faulty { action, code, .. }) => {
                self.note_refusal(ask, action.as_str(), *code, None).await;
            }
            _ => {}
        }
        ended
    }

    /// Writes a refusal down, in a transaction of its own. A failure to do so is for the log: the
    /// refusal stands either way.
    pub(crate) async fn note_denial(&self, ask: &Ask, denials: &Denials, target: Option<Uuid>) {
        let (action, rule) = (denials.action.as_str(), denials.first.code);
        self.note_refusal(ask, action, rule, target).await;
    }

    /// As [`Self::note_denial`], for a refusal that is no decision of policy: a wrong password.
    pub(crate) async fn note_refusal(
        &self,
        ask: &Ask,
        action: &str,
        rule: Code,
        target: Option<Uuid>,
    ) {
        let what = store::audit::What { target, ..Default::default() };
        self.note_refusal_about(ask, action, rule, what).await;
    }

    /// As [`Self::note_refusal`], where it is known whom it concerns though nobody has said who asks.
    pub(crate) async fn note_refusal_about(
        &self,
        ask: &Ask,
        action: &str,
        rule: Code,
        what: store::audit::What,
    ) {
        let refused = store::audit::Refused {
            action: action.to_owned(),
            rule: rule.as_str().to_owned(),
            what,
            times: 1,
        };
        let noted = self
            .transact::<_, store::StoreError, _>(ask, move |tx, actor| {
                store::audit::record_denial(tx, actor, refused.clone())
            })
            .await;
        if let Err(error) = noted {
            tracing::error!(%error, %rule, "a refusal could not be written to the audit");
        }
    }
}

/// Whether whoever asks can ask for anything now. An answer is repeated to nobody else: they are refused
/// as if it were the first time.
fn is_heard(actor: &Actor) -> bool {
    let is_barred =
        |person: &Person| person.standing.is_switched_off() || person.standing.is_unproven();
    !actor.person().is_some_and(is_barred)
}

/// The answer that was kept for this claim, if the request is a repetition.
fn replay(tx: &mut Tx<'_>, claim: Option<&Claim>) -> Result<Option<KeptAnswer>, Refusal> {
    let Some(claim) = claim else { return Ok(None) };
    if !idempotency::lock(tx.conn, claim)? {
        return Err(Refusal::Because(Code::IdempotencyInProgress));
    }
    match idempotency::find(tx, claim)? {
        Known::Nothing => Ok(None),
        Known::Answered(answer) if answer.is_withheld() => {
            Err(Refusal::Because(Code::IdempotencyNotKept))
        }
        Known::Answered(answer) => Ok(Some(answer)),
        Known::OtherRequest => Err(Refusal::Because(Code::IdempotencyReused)),
    }
}

/// Who looks, and when.
pub struct Looker {
    /// Who.
    pub actor: Actor,
    /// When.
    pub now: caredesk_core::domain::time::Moment,
}
