//! How a ticket begins once policy has decided: its row, its first words, the messages, the entry in the audit.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{DecisionId, TicketEntryId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{CaseNumber, EntryKind, MaskedText, TicketTag};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::decision_log::About;
use caredesk_core::policy::desk::{Decision, Effect, Inquiry};
use caredesk_core::policy::pii::Hint;
use caredesk_core::policy::{Action, Intake, Permit};
use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use super::details::DetailsOf;
use super::requester::Requester;
use super::telling::{self, Notice};
use super::turning::ToTurnTo;
use super::{Asked, details};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::service::steps::door::{self, Heard, Passed};
use crate::service::steps::record_decision::record;
use crate::service::steps::{note, notice};
use crate::store::columns::{AnyId, Json};
use crate::store::tickets::{Detail, NewEntry, NewOriginals, Party, TicketRow};
use crate::store::{self, Tx};

/// A ticket that is about to be there.
pub(super) struct New<'n> {
    pub(super) id: TicketId,
    pub(super) asked: &'n Asked,
    pub(super) heard: &'n Heard,
    pub(super) party: &'n Party,
    pub(super) requester: &'n Requester,
    pub(super) search: Option<Uuid>,
    /// The closed ticket that it goes on from.
    pub(super) before: Option<&'n TicketRow>,
}

/// Decides, and does what follows: the row, its first words, the messages, the entry in the audit.
pub(super) fn begin<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (who, house): (&Actor, &House),
    (new, inquiry): (&New<'_>, &Inquiry),
) -> Result<(), Refusal> {
    let policy = &house.rules.desk;
    let decision = policy.evaluate(inquiry);
    let mut intake = Intake::of(&decision);
    // A copy to the organisation goes on through follow-ups.
    intake.organization_takes_part |=
        new.before.is_some_and(|before| before.organization_takes_part);
    let id = new.id;
    let about = About {
        tenant: Some(new.party.id),
        ticket: Some(id),
        requester: new.requester.account_id(),
        verification: new.requester.verification,
        locale: new.requester.locale,
    };
    let decided = record(tx, who, policy, (inquiry, &decision), about)?;
    let row = new.row(id, (&intake, &decision, decided), tx.now)?;
    let originals = new.originals(tx, id)?;
    let number = store::tickets::insert(tx, permit, &row, originals)?;
    let mut entries = vec![new.first_entry(tx, who, (id, &intake))?];
    let mut to = ToTurnTo::default();
    if intake.transition == Transition::Refer {
        let role = new.requester.account.as_ref().map(|account| account.role);
        to = ToTurnTo::of(tx, new.party, (&decision, role))?;
        entries.push(new.answer(tx, id, (&decision, &to))?);
    }
    store::tickets::add_first(tx, permit, &row, entries)?;
    if intake.is_policy_question {
        store::tickets::tag(tx, permit, (id, tx.now), TicketTag::PolicyQuestion)?;
    }
    let (requester, locale) = (new.requester.kind, new.requester.locale);
    let whose = DetailsOf { tenant: new.party.id, ticket: id, requester, locale };
    details::keep(tx, permit, house, whose, (&new.heard.details, &decision))?;
    let title = policy.rule(inquiry.request_type.as_str());
    let title = title.map(|rule| rule.title.clone());
    let request = title.map_or_else(
        || inquiry.request_type.to_string(),
        |title| title.of(new.party.settings.locale).to_string(),
    );
    new.tell(tx, (who, id, number), (&intake, &decision), (&to, &request))?;
    let detail = json!({
        "number": number, "request_type": inquiry.request_type, "outcome": decision.outcome,
        "state": intake.state, "channel": inquiry.channel, "decision": decided
    });
    note::about(tx, permit, (row.seen_by(), id.uuid()), &detail)
}

impl New<'_> {
    /// The row of the ticket.
    fn row(
        &self,
        id: TicketId,
        (intake, decision, decided): (&Intake, &Decision, DecisionId),
        now: Moment,
    ) -> Result<TicketRow, Refusal> {
        let subject = self.heard.subject.as_ref();
        let subject =
            subject.ok_or_else(|| Refusal::Broken("a ticket has no subject".to_owned()))?;
        let is_of_organization = self.requester.kind.is_of_organization();
        Ok(TicketRow {
            id,
            tenant_id: self.party.id,
            kind: intake.kind,
            state: intake.state,
            tier: intake.tier,
            priority: intake.priority,
            resolution: intake.resolution,
            assignee_id: None,
            request_type: self.asked.request_type.clone(),
            outcome: decision.outcome,
            decision_id: decided,
            requester: self.requester.kind,
            requester_id: self.requester.account_id(),
            channel: self.requester.channel,
            verification: self.requester.verification,
            locale: self.requester.locale,
            application_id: self.asked.application,
            help_search_id: self.search.map(AnyId),
            is_confirmed: false,
            is_for_team: is_of_organization
                || intake.organization_takes_part
                || self.before.is_some_and(|before| before.is_for_team),
            organization_takes_part: intake.organization_takes_part,
            subject: subject.masked.clone(),
            first_answer_due_at: None,
            first_answered_at: intake.resolution.map(|_| now),
            resolution_due_at: None,
            waiting_since: None,
            closed_at: intake.resolution.map(|_| now),
            created_at: now,
            updated_at: now,
            version: 1,
            next_due_at: None,
        })
    }

    /// What of the ticket is sealed.
    fn originals(&self, tx: &Tx<'_>, id: TicketId) -> Result<NewOriginals, Refusal> {
        let tenant = self.party.id;
        let place = |column| door::place_of_ticket(tenant, id.uuid(), column);
        let subject = self.heard.subject.as_ref().and_then(|said| said.original.as_ref());
        let caller = self.requester.caller.as_ref().map(serde_json::to_string).transpose();
        let caller = caller.map_err(|error| Refusal::Broken(error.to_string()))?;
        Ok(NewOriginals {
            ticket_id: id,
            subject: subject.map(|text| door::sealed(tx, &place("subject"), text)),
            caller: caller.map(|caller| door::sealed(tx, &place("caller"), &caller)),
            names: door::sealed_names(tx, (tenant, id.uuid()), &self.heard.case)?,
        })
    }

    /// What the requester, or the agent for them, wrote.
    fn first_entry(
        &self,
        tx: &Tx<'_>,
        who: &Actor,
        (ticket, intake): (TicketId, &Intake),
    ) -> Result<NewEntry, Refusal> {
        let said = self.heard.text.as_ref();
        let said = said.ok_or_else(|| Refusal::Broken("a ticket has no text".to_owned()))?;
        let id = TicketEntryId::of(tx.new_uuid());
        let place = door::place_of_entry(self.party.id, id.uuid());
        let original = said.original.as_ref().map(|text| door::sealed(tx, &place, text));
        Ok(NewEntry {
            id,
            ticket_id: ticket,
            at: tx.now,
            kind: EntryKind::Reply,
            author: who.kind().to_owned(),
            author_id: who.person().map(|person| person.account),
            transition: (intake.transition == Transition::Open).then_some(Transition::Open),
            is_internal: false,
            text: Some(said.masked.clone()),
            original,
            hints: Json(self.hints(said)),
            detail: Json(Detail::default()),
        })
    }

    /// What was masked of the first words, for their author: in what the ticket is about, and in what is said.
    fn hints(&self, said: &Passed<MaskedText>) -> Vec<Hint> {
        let mut hints = said.hints.clone();
        for hint in self.heard.subject.iter().flat_map(|subject| &subject.hints) {
            let is_same =
                |known: &&mut Hint| (known.label, known.is_masked) == (hint.label, hint.is_masked);
            match hints.iter_mut().find(is_same) {
                Some(known) => known.count = known.count.saturating_add(hint.count),
                None => hints.push(*hint),
            }
        }
        hints
    }

    /// The answer of the policy, with whom to turn to.
    fn answer(
        &self,
        tx: &Tx<'_>,
        ticket: TicketId,
        (decision, to): (&Decision, &ToTurnTo),
    ) -> Result<NewEntry, Refusal> {
        let said = MaskedText::parse(decision.say.of(self.requester.locale).as_str());
        let said = said.map_err(|error| Refusal::Broken(error.to_string()))?;
        Ok(NewEntry {
            at: tx.now.plus(SignedDuration::from_micros(1)),
            kind: EntryKind::Reply,
            transition: Some(Transition::Refer),
            text: Some(said),
            ..NewEntry::by_itself(tx, ticket, to.detail())
        })
    }

    /// Whether the organisation gets a copy of what was said on the ticket of before.
    fn is_copied(&self) -> bool {
        let takes_part = self.before.is_some_and(|before| before.organization_takes_part);
        takes_part && !self.requester.kind.is_of_organization()
    }

    /// Tells the requester the number and the answer, and the organisation what the decision wants it told.
    fn tell(
        &self,
        tx: &mut Tx<'_>,
        (who, id, number): (&Actor, TicketId, CaseNumber),
        (intake, decision): (&Intake, &Decision),
        (to, request): (&ToTurnTo, &str),
    ) -> Result<(), Refusal> {
        let (party, mut reader) = (self.party, self.requester.reader());
        if matches!(who, Actor::Public) {
            // Anybody may name anybody's address: no words of theirs go there.
            reader.name = None;
        }
        let message = if intake.transition == Transition::Refer {
            let say = decision.say.of(self.requester.locale);
            let facts = json!({
                "number": number, "organisation": party.name, "say": say,
                "contacts": to.contacts(), "people": to.people()
            });
            (MessageKind::TicketReferred, facts)
        } else {
            let is_proof_missing = !intake.waits_for.is_empty();
            let facts = json!({"number": number, "is_proof_missing": is_proof_missing});
            (MessageKind::TicketOpened, facts)
        };
        telling::tell(tx, &reader, (id, party.id), message)?;
        let has = |effect| decision.effects.contains(&effect);
        let is_copied = intake.organization_takes_part;
        let change = match (has(Effect::FlagEmergency), intake.is_policy_question) {
            (true, _) => "emergency",
            (false, true) => "policy_question",
            (false, false) => "referred",
        };
        let told = Notice { ticket: id, number, change, request, is_copied };
        if has(Effect::NotifyOrg) || has(Effect::FlagEmergency) {
            telling::tell_organization(tx, party, told)?;
        } else if self.is_copied() {
            let told = Notice { change: "answered", request: "", ..told };
            telling::tell_organization(tx, party, told)?;
        }
        if has(Effect::NotifySiteAdmins) {
            let facts = telling::facts_of(party, told);
            notice::site_admins(tx, party.id, MessageKind::OrganizationTold, &facts)?;
        }
        Ok(())
    }
}
