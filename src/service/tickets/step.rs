//! What every step of a ticket is made of: an entry of the timeline, a change of its row, messages and an entry of
//! the audit, in one transaction.

use caredesk_core::domain::account::Realm;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{TenantId, TicketEntryId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::flow::{self, Transition};
use caredesk_core::domain::ticket::{EntryKind, MaskedText, Resolution};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, ActionKind, Permit, TicketFacts, TicketSight};
use serde_json::Value;

use super::telling::{self, Notice};
use super::{ENTRIES_SHOWN, Shown, Spoken, Version, earlier, shown};
use crate::guard::{Refusal, Violation, admit_ticket};
use crate::service::house::House;
use crate::service::steps::door::{self, Heard};
use crate::service::steps::{note, undelivered};
use crate::store::columns::Json;
use crate::store::tickets::{Detail, NewEntry, Party, TicketRow, Whole};
use crate::store::{self, Tx};

/// As what somebody acts who spoke to an agent.
pub(super) const CALLER: &str = "caller";

/// A step that is about to be taken: the permit, the ticket as it is before, and as it is to be after.
pub(super) struct Step<A: Action> {
    pub(super) permit: Permit<A>,
    pub(super) whole: Whole,
    pub(super) after: TicketRow,
    pub(super) transition: Option<Transition>,
}

/// What an entry of the timeline says.
pub(super) struct Saying<'s> {
    pub(super) kind: EntryKind,
    pub(super) is_internal: bool,
    pub(super) heard: Option<&'s Heard>,
    pub(super) text: Option<MaskedText>,
    pub(super) detail: Detail,
}

impl<'s> Saying<'s> {
    /// What everybody reads who sees the ticket.
    pub(super) fn aloud(heard: &'s Heard) -> Self {
        let (kind, detail) = (EntryKind::Reply, Detail::default());
        Self { kind, is_internal: false, heard: Some(heard), text: None, detail }
    }

    /// What the desk's people read.
    pub(super) fn internally(heard: &'s Heard) -> Self {
        Self { kind: EntryKind::Event, is_internal: true, ..Self::aloud(heard) }
    }

    /// What happened, without words.
    pub(super) fn nothing(detail: Detail) -> Self {
        Self { kind: EntryKind::Event, is_internal: false, heard: None, text: None, detail }
    }
}

/// Asks for the permit, and works out what the step leads to. `closes_as` is how the ticket ends, where the step
/// leaves a choice.
pub(super) fn begin<A>(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
    closes_as: Option<Resolution>,
) -> Result<Step<A>, Refusal>
where
    A: Action<Target = TicketFacts>,
{
    let found = admit_ticket::<A>(tx, who, key)?;
    stepped(tx.now, found, closes_as)
}

/// Works out what a step leads to that was allowed, at a moment.
pub(super) fn stepped<A>(
    now: Moment,
    (permit, whole): (Permit<A>, Whole),
    closes_as: Option<Resolution>,
) -> Result<Step<A>, Refusal>
where
    A: Action<Target = TicketFacts>,
{
    let mut after = whole.ticket.row.clone();
    let transition = permit.target().transition(A::KIND, permit.actor());
    if let Some(transition) = transition {
        let next = flow::next(transition, &permit.target().flow)?;
        let ends = match (closes_as, next.closes_as) {
            (_, []) => None,
            (None, [only, ..]) => Some(*only),
            (Some(chosen), all) if all.contains(&chosen) => Some(chosen),
            (Some(_), _) => return Err(not_an_end()),
        };
        after = after.moved(transition, (&next, ends), now);
    }
    Ok(Step { permit, whole, after, transition })
}

/// How a ticket cannot end by a step.
fn not_an_end() -> Refusal {
    invalid("#/resolution", "enum", "is none that a ticket is resolved as")
}

/// Something that is not right.
pub(super) fn invalid(pointer: &str, code: &str, detail: &str) -> Refusal {
    Refusal::Invalid(vec![Violation {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        detail: detail.to_owned(),
    }])
}

/// What was said, behind the door, with the names that the case has met by it kept; what was said before is
/// looked at again if it met some.
pub(super) fn hear<A: Action>(
    tx: &mut Tx<'_>,
    house: &House,
    (permit, whole): (&Permit<A>, &Whole),
    said: &Spoken,
) -> Result<Heard, Refusal> {
    let row = &whole.ticket.row;
    let (mut heard, before) = said.settled(tx, house, row.id)?;
    if heard.has_learned || heard.completes.is_some() {
        earlier::mask(tx, permit, (whole, &*house.rules.detector), (&mut heard, &before))?;
    }
    let names = door::sealed_names(tx, (row.tenant_id, row.id.uuid()), &heard.case)?;
    store::tickets::keep_names(tx, permit, row.id, names)?;
    Ok(heard)
}

impl<A: Action<Target = TicketFacts>> Step<A> {
    /// The ticket's id and its organisation's.
    pub(super) fn of(&self) -> (TicketId, TenantId) {
        (self.after.id, self.after.tenant_id)
    }

    /// Takes the ticket from whoever had it before, if they look after it no more.
    pub(super) fn free_if_left(&mut self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        if !undelivered::is_looked_after(tx, &self.whole.ticket.row)? {
            self.after.assignee_id = None;
        }
        Ok(())
    }

    /// What was said, behind the door: see [`hear`].
    pub(super) fn hear(
        &self,
        tx: &mut Tx<'_>,
        house: &House,
        said: &Spoken,
    ) -> Result<Heard, Refusal> {
        hear(tx, house, (&self.permit, &self.whole), said)
    }

    /// Writes the step down: the row, the entry of the timeline, the entry of the audit.
    pub(super) fn write(
        &self,
        tx: &mut Tx<'_>,
        saying: Saying<'_>,
        detail: &Value,
    ) -> Result<(), Refusal> {
        self.write_entry(tx, saying, detail).map(drop)
    }

    /// As [`Self::write`]; says which entry of the timeline it is.
    pub(super) fn write_entry(
        &self,
        tx: &mut Tx<'_>,
        saying: Saying<'_>,
        detail: &Value,
    ) -> Result<TicketEntryId, Refusal> {
        if self.after != self.whole.ticket.row {
            store::tickets::move_on(tx, &self.permit, &self.whole.ticket.row, &self.after)?;
        }
        let row = self.entry(tx, saying);
        let entry = row.id;
        store::tickets::add(tx, &self.permit, vec![row])?;
        note::about(tx, &self.permit, (self.after.seen_by(), self.after.id.uuid()), detail)?;
        Ok(entry)
    }

    /// The entry of the timeline that the step makes.
    pub(super) fn entry(&self, tx: &Tx<'_>, saying: Saying<'_>) -> NewEntry {
        let (id, tenant) = self.of();
        let entry = TicketEntryId::of(tx.new_uuid());
        let said = saying.heard.and_then(|heard| heard.text.as_ref());
        let place = door::place_of_entry(tenant, entry.uuid());
        let original = said.and_then(|said| said.original.as_ref());
        let original = original.map(|text| door::sealed(tx, &place, text));
        let who = self.permit.actor();
        // Which agent wrote it down is in the audit.
        let tells_details = A::KIND == ActionKind::AddTicketDetails;
        let is_callers =
            A::KIND == ActionKind::ReplyForCaller || (tells_details && self.is_by_desk());
        NewEntry {
            id: entry,
            ticket_id: id,
            at: tx.now,
            kind: saying.kind,
            author: if is_callers { CALLER } else { who.kind() }.to_owned(),
            author_id: who.person().map(|person| person.account).filter(|_| !is_callers),
            transition: self.transition,
            is_internal: saying.is_internal,
            text: saying.text.or_else(|| said.map(|said| said.masked.clone())),
            original,
            hints: Json(said.map(|said| said.hints.clone()).unwrap_or_default()),
            detail: Json(Detail {
                resolution: self.after.resolution.filter(|_| self.ends()),
                names_requester: said.is_some_and(|said| said.names_requester),
                ..saying.detail
            }),
        }
    }

    /// Whether somebody of the desk takes it.
    pub(super) fn is_by_desk(&self) -> bool {
        let person = self.permit.actor().person();
        person.is_some_and(|person| person.standing.role.realm() == Realm::Desk)
    }

    /// Whether the ticket ends by it.
    fn ends(&self) -> bool {
        self.whole.ticket.row.closed_at.is_none() && self.after.closed_at.is_some()
    }

    /// Tells the requester, and everybody in copy.
    pub(super) fn tell(
        &self,
        tx: &mut Tx<'_>,
        (kind, facts): (MessageKind, &Value),
    ) -> Result<(), Refusal> {
        self.tell_each(tx, kind, (facts, facts))
    }

    /// As [`Self::tell`], of what the requester is told and what everybody in copy is.
    pub(super) fn tell_each(
        &self,
        tx: &mut Tx<'_>,
        kind: MessageKind,
        (facts, copied): (&Value, &Value),
    ) -> Result<(), Refusal> {
        let author = self.permit.actor().person().map(|person| person.account);
        if author.is_none() || author != self.after.requester_id {
            let reader = telling::requester(tx, &self.whole)?;
            telling::tell(tx, &reader, self.of(), (kind, facts.clone()))?;
        }
        telling::tell_watchers(tx, self.of(), author, (kind, copied))
    }

    /// The organisation of the ticket.
    pub(super) fn party(&self, tx: &mut Tx<'_>) -> Result<Party, Refusal> {
        let found = store::tickets::party(tx.conn, self.after.tenant_id)?;
        found.ok_or_else(|| Refusal::Broken("a ticket's organisation is gone".to_owned()))
    }

    /// Tells the organisation that something was said, where it gets a copy of what is said to a family.
    pub(super) fn copy(&self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        let is_outside = !self.after.requester.is_of_organization();
        if !(self.after.organization_takes_part && is_outside) {
            return Ok(());
        }
        let party = self.party(tx)?;
        telling::tell_organization(tx, &party, self.notice("answered"))
    }

    /// What the organisation is told.
    pub(super) fn notice<'n>(&self, change: &'n str) -> Notice<'n> {
        let (ticket, number) = (self.after.id, self.whole.ticket.number);
        Notice { ticket, number, change, request: "", is_copied: true }
    }

    /// The ticket as whoever took the step sees it after.
    pub(super) fn shown(&self, tx: &mut Tx<'_>) -> Result<Shown, Refusal> {
        let sight = TicketSight::of(&self.permit);
        let page = (None, ENTRIES_SHOWN);
        let reader = super::reader(self.permit.actor());
        match shown::show(tx.conn, tx.keys, (sight, self.after.id, reader), page) {
            // Whoever handed it to the other tier sees it no more: once still, as they left it.
            Err(Refusal::NotFound) => {
                let (mut whole, row) = (self.whole.clone(), self.after.clone());
                whole.ticket.row = TicketRow { version: row.version.saturating_add(1), ..row };
                Ok(shown::left(whole, sight))
            }
            other => other,
        }
    }
}
