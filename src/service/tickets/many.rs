//! Many tickets given to one agent at once: each by the rule of one, under its lock, and with few statements.

use std::collections::HashMap;

use caredesk_core::domain::account::{Account, AccountStatus};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, TicketId};
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{TicketState, TicketText, Tier};
use caredesk_core::policy::action::{AssignTicket, BulkAssignTickets};
use caredesk_core::policy::{Permit, pii::Case};
use serde_json::json;

use super::hearing::{Before, before_all};
use super::step::{Saying, Step, stepped};
use super::{Words, earlier, reader};
use crate::guard::{Refusal, admit, admit_tickets};
use crate::service::house::House;
use crate::service::steps::door::{self, Heard};
use crate::store::audit::What;
use crate::store::tickets::Detail;
use crate::store::{self, Tx};

/// Who is to have which tickets, and why.
#[derive(Debug, Clone)]
pub struct ManyAssigned {
    /// Which, each once.
    pub tickets: Vec<TicketId>,
    /// Who; whoever asks if nobody is named.
    pub agent: Option<AccountId>,
    /// Why, if somebody else has one of them.
    pub reason: Option<SpokenOnMany>,
}

/// What became of one of them: nothing to say, or why it was not given.
pub type RowResult = (TicketId, Option<Code>);

/// What is said on many tickets, behind the door of each: a name that one case has met is masked there, and so is what
/// goes on there from what its author said before.
#[derive(Debug, Clone)]
pub struct SpokenOnMany {
    text: TicketText,
    heard: HashMap<TicketId, (Before, Heard)>,
}

/// The words of a text, as they follow what was said before.
fn words(text: &TicketText, before: &Before) -> Words {
    before.followed_by(Words { text: Some(text.clone()), ..Words::default() })
}

impl House {
    /// Looks at what somebody says on many tickets, knowing the names that the case of each has met and what they said
    /// there before. Whether they may see them is asked later; nothing of them is handed over here.
    ///
    /// # Errors
    /// The database fails.
    pub async fn hear_on_many(
        &self,
        who: &Actor,
        tickets: &[TicketId],
        text: TicketText,
    ) -> Result<SpokenOnMany, Refusal> {
        let (keys, ids, author) = (self.keys.clone(), tickets.to_vec(), reader(who));
        let read =
            self.db.read::<_, Refusal, _>(move |conn| before_all(conn, &keys, (&ids, author)));
        let mut heard = HashMap::with_capacity(tickets.len());
        for (ticket, (before, case)) in read.await? {
            let one = self.hear(words(&text, &before), case).await;
            heard.insert(ticket, (before, one));
        }
        Ok(SpokenOnMany { text, heard })
    }
}

/// Gives tickets to an agent, each as if it were alone; what cannot be given stays as it is, and says why.
///
/// # Errors
/// `ticket.assignee_unfit` for nobody who could have a ticket, and whatever the permit denies.
pub fn assign_many(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    asked: &ManyAssigned,
) -> Result<Vec<RowResult>, Refusal> {
    let permit = admit::<BulkAssignTickets>(who, tx.now)?;
    let agent = agent(tx, who, asked)?;
    let mut results = Vec::with_capacity(asked.tickets.len());
    let mut steps = Vec::new();
    for (id, admitted) in admit_tickets::<AssignTicket>(tx, who, &asked.tickets)? {
        let step = admitted.and_then(|found| ready(tx, found, (&agent, asked.reason.is_some())));
        match step {
            Ok(step) => {
                results.push((id, None));
                steps.push(step);
            }
            Err(refusal @ (Refusal::Denied(_) | Refusal::NotFound | Refusal::Because(_))) => {
                results.push((id, Some(refusal.code())));
            }
            Err(broken) => return Err(broken),
        }
    }
    if !steps.is_empty() {
        give(tx, (&permit, house), (agent.id, asked.reason.as_ref()), &steps)?;
    }
    Ok(results)
}

/// Whoever is to have them: an agent in use.
fn agent(tx: &mut Tx<'_>, who: &Actor, asked: &ManyAssigned) -> Result<Account, Refusal> {
    let unfit = || Refusal::Because(Code::TicketAssigneeUnfit);
    let id = asked.agent.or(reader(who)).ok_or_else(unfit)?;
    let found = store::accounts::find(tx.conn, id)?.map(|found| found.account);
    let is_agent = |account: &Account| {
        Tier::of(account.role).is_some() && account.status == AccountStatus::Active
    };
    found.filter(is_agent).ok_or_else(unfit)
}

/// The step that gives a ticket to an agent.
fn ready(
    tx: &Tx<'_>,
    found: (Permit<AssignTicket>, store::tickets::Whole),
    (agent, has_reason): (&Account, bool),
) -> Result<Step<AssignTicket>, Refusal> {
    let mut step = stepped(tx.now, found, None)?;
    if Tier::of(agent.role) != Some(step.after.tier) {
        return Err(Refusal::Because(Code::TicketAssigneeUnfit));
    }
    if step.transition == Some(Transition::Reassign) && !has_reason {
        return Err(Refusal::Because(Code::TicketAlreadyAssigned));
    }
    step.after.assignee_id = Some(agent.id);
    Ok(step)
}

/// Writes all the steps down: the rows by the state that they are in then, the entries of the timelines, the entries
/// of the audit.
fn give(
    tx: &mut Tx<'_>,
    (permit, house): (&Permit<BulkAssignTickets>, &House),
    (agent, reason): (AccountId, Option<&SpokenOnMany>),
    steps: &[Step<AssignTicket>],
) -> Result<(), Refusal> {
    for state in TicketState::ALL {
        let here = steps.iter().filter(|step| step.after.state == *state);
        let ids: Vec<TicketId> = here.map(|step| step.after.id).collect();
        store::tickets::give_all(tx, permit, (agent, *state), ids)?;
    }
    let ids: Vec<TicketId> = steps.iter().map(|step| step.after.id).collect();
    let mut now = match reason {
        Some(_) => before_all(tx.conn, tx.keys, (&ids, reader(permit.actor())))?,
        None => HashMap::new(),
    };
    let mut entries = Vec::with_capacity(steps.len());
    let mut notes = Vec::with_capacity(steps.len());
    for step in steps {
        let detail = Detail { assignee: Some(agent), ..Detail::default() };
        let (id, _) = step.of();
        let heard = match (reason, now.remove(&id)) {
            (Some(reason), Some(now)) => Some(settled(tx, house, (step, reason), now)?),
            _ => None,
        };
        let saying = match &heard {
            Some(heard) => Saying { detail, ..Saying::internally(heard) },
            None => Saying::nothing(detail),
        };
        entries.push(step.entry(tx, saying));
        notes.push(noted(step, agent));
    }
    store::tickets::add(tx, permit, entries)?;
    Ok(store::audit::record_all(tx, permit, notes)?)
}

/// What the audit keeps of one: in its organisation's chain if that sees it.
fn noted(step: &Step<AssignTicket>, agent: AccountId) -> What {
    What {
        tenant: step.after.seen_by(),
        target: Some(step.after.id.uuid()),
        detail: Some(json!({"agent": agent}).to_string()),
    }
}

/// What is said on one of them, looked at again if its case has met other names since or its author has said something
/// else; what it has learned by it is kept, and masked in what was said before.
fn settled(
    tx: &mut Tx<'_>,
    house: &House,
    (step, reason): (&Step<AssignTicket>, &SpokenOnMany),
    (now, case): (Before, Case),
) -> Result<Heard, Refusal> {
    let (id, tenant) = step.of();
    let same = reason.heard.get(&id).filter(|(then, _)| *then == now);
    let mut heard = same.map_or_else(
        || door::heard(&house.rules.detector, &words(&reason.text, &now), case),
        |(_, heard)| heard.clone(),
    );
    if heard.has_learned || heard.completes.is_some() {
        let known = (&step.whole, &*house.rules.detector);
        earlier::mask(tx, &step.permit, known, (&mut heard, &now))?;
        let names = door::sealed_names(tx, (tenant, id.uuid()), &heard.case)?;
        store::tickets::keep_names(tx, &step.permit, id, names)?;
    }
    Ok(heard)
}
