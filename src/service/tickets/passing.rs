//! What time does to tickets: a target is missed, a requester who is silent is reminded, and the ticket of one who
//! stays silent ends. Acts as the product itself.

use caredesk_core::domain::account::{Account, AccountStatus};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::flow::{LAPSES_AFTER, REMINDS_AFTER, REOPENS_WITHIN};
use caredesk_core::domain::ticket::{TicketEvent, TicketTarget};
use caredesk_core::policy::TimedStep;
use caredesk_core::policy::action::{LapseTicket, MissTicketTarget, RemindRequester};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::step::{Saying, Step, begin};
use crate::guard::Refusal;
use crate::service::steps::notice;
use crate::store::tickets::Detail;
use crate::store::{self, Tx};

/// Does everything that time has done to a ticket by now. Whoever finds it locked leaves it to the other.
///
/// # Errors
/// The database fails.
pub fn pass(tx: &mut Tx<'_>, who: &Actor, id: TicketId) -> Result<(), Refusal> {
    // Each step sets off what it did, so that there are a few of them at most.
    while let Some(step) = due(tx, id)? {
        match step {
            TimedStep::Miss(target) => miss(tx, who, (id, target))?,
            TimedStep::Remind => remind(tx, who, id)?,
            TimedStep::Lapse => lapse(tx, who, id)?,
        }
    }
    Ok(())
}

/// What is to be done to a ticket now, which is locked by it; if nothing, it is left alone until then.
fn due(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<TimedStep>, Refusal> {
    let Some((row, targets)) = store::tickets::claim(tx, id)? else { return Ok(None) };
    match targets.next_step(&row.target_facts()) {
        Some((at, step)) if at <= tx.now => Ok(Some(step)),
        later => {
            store::tickets::sleep_until(tx, id, later.map(|(at, _)| at))?;
            Ok(None)
        }
    }
}

/// Writes down that a target was missed, and tells whoever has the ticket.
fn miss(
    tx: &mut Tx<'_>,
    who: &Actor,
    (id, target): (TicketId, TicketTarget),
) -> Result<(), Refusal> {
    let step = begin::<MissTicketTarget>(tx, who, (id, None), None)?;
    let event = Some(TicketEvent::TargetMissed);
    let detail = Detail { event, target: Some(target), ..Detail::default() };
    let saying = Saying { is_internal: true, ..Saying::nothing(detail) };
    step.write(tx, saying, &json!({"target": target}))?;
    let (told, is_assigned) = told(tx, &step)?;
    let number = step.whole.ticket.number;
    let facts = json!({"number": number, "target": target, "is_assigned": is_assigned});
    notice::each(tx, &told, MessageKind::TargetMissed, &facts)?;
    let now = Some(tx.now);
    let mut targets = store::tickets::targets(tx.conn, &step.after)?;
    match target {
        TicketTarget::FirstAnswer => targets.first_answer_missed_at = now,
        TicketTarget::Resolution => targets.resolution_missed_at = now,
    }
    Ok(store::tickets::keep_targets(tx, &step.permit, &step.after, &targets)?)
}

/// Whom a missed target is told: the agent who has the ticket, or the managers of the desk. Says whether somebody
/// has it.
fn told(tx: &mut Tx<'_>, step: &Step<MissTicketTarget>) -> Result<(Vec<Account>, bool), Refusal> {
    if let Some(agent) = step.after.assignee_id {
        let found = store::accounts::find(tx.conn, agent)?.map(|found| found.account);
        if let Some(agent) = found.filter(|agent| agent.status == AccountStatus::Active) {
            return Ok((vec![agent], true));
        }
    }
    Ok((store::accounts::desk_managers(tx.conn)?, false))
}

/// Reminds the requester that the desk waits for them, once in a wait.
fn remind(tx: &mut Tx<'_>, who: &Actor, id: TicketId) -> Result<(), Refusal> {
    let step = begin::<RemindRequester>(tx, who, (id, None), None)?;
    let event = Some(TicketEvent::RequesterReminded);
    step.write(tx, Saying::nothing(Detail { event, ..Detail::default() }), &Value::Null)?;
    let left = days(LAPSES_AFTER - REMINDS_AFTER);
    let facts = json!({"number": step.whole.ticket.number, "days": left});
    step.tell(tx, (MessageKind::TicketReminder, &facts))?;
    step.copy(tx)?;
    let mut targets = store::tickets::targets(tx.conn, &step.after)?;
    targets.reminded_at = Some(tx.now);
    Ok(store::tickets::keep_targets(tx, &step.permit, &step.after, &targets)?)
}

/// Closes a ticket whose requester stays silent.
fn lapse(tx: &mut Tx<'_>, who: &Actor, id: TicketId) -> Result<(), Refusal> {
    let step = begin::<LapseTicket>(tx, who, (id, None), None)?;
    step.write(tx, Saying::nothing(Detail::default()), &Value::Null)?;
    let facts = json!({"number": step.whole.ticket.number, "days": days(REOPENS_WITHIN)});
    step.tell(tx, (MessageKind::TicketLapsed, &facts))?;
    step.copy(tx)
}

/// A length of time in days.
fn days(span: SignedDuration) -> i64 {
    span.as_hours() / 24
}
