//! Keeping a decision of the desk's policy.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AccountId, DecisionId};
use caredesk_core::policy::Intake;
use caredesk_core::policy::action::RecordDecision;
use caredesk_core::policy::decision_log::{About, Circumstances, LoggedDecision};
use caredesk_core::policy::desk::{Decision, DeskPolicy, Inquiry};

use crate::guard::{Refusal, admit};
use crate::store::audit::What;
use crate::store::{self, Tx};

/// Keeps a decision that is acted on, in the transaction of what is done.
///
/// # Errors
/// The database fails.
pub fn record(
    tx: &mut Tx<'_>,
    who: &Actor,
    policy: &DeskPolicy,
    (inquiry, decision): (&Inquiry, &Decision),
    about: About,
) -> Result<DecisionId, Refusal> {
    let permit = admit::<RecordDecision>(who, tx.now)?;
    let id = DecisionId::of(tx.new_uuid());
    let circumstances = Circumstances {
        id,
        at: tx.now,
        actor_kind: who.kind().to_owned(),
        actor: who.person().map(|person| -> AccountId { person.account }),
        about,
        policy_version: policy.policy_version(),
        request: tx.origin.request.clone(),
    };
    let logged = LoggedDecision::of(inquiry, decision, circumstances);
    // What a family asked the desk is none of its organisation's, unless it takes part.
    let is_seen = logged.about.ticket.is_none()
        || inquiry.requester.is_of_organization()
        || Intake::of(decision).organization_takes_part;
    let what = What {
        tenant: logged.about.tenant.filter(|_| is_seen),
        target: Some(id.uuid()),
        detail: Some(store::decisions::detail_of(&logged)),
    };
    let entry = store::audit::record_entry(tx, &permit, what)?;
    store::decisions::insert(tx, &permit, logged, entry)?;
    Ok(id)
}
