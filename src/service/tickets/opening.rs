//! Opening a ticket: policy decides first, and everything that follows is in one transaction.

use caredesk_core::domain::account::{Account, AccountStatus, Locale, Role};
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::application::OnlineAccount;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, DecisionId, HelpSearchId, TicketEntryId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::tenant::Contact;
use caredesk_core::domain::ticket::flow::Transition;
use caredesk_core::domain::ticket::{CaseNumber, EntryKind, MaskedText};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::action::ReportEmergency;
use caredesk_core::policy::decision_log::About;
use caredesk_core::policy::desk::{
    Channel, Decision, Effect, Fact, FactSource, Facts, Inquiry, Outcome, RequestType,
    RequesterKind,
};
use caredesk_core::policy::{Action, Intake, OpeningFacts, Permit, SearchedBefore, TicketSight};
use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use super::telling::{self, Notice, Reader};
use super::{Asked, Caller, CallerAsked, ENTRIES_SHOWN, Shown, shown};
use crate::guard::{Refusal, Violation, admit, admit_opening, may_open_tickets, signed_in};
use crate::service::house::House;
use crate::service::steps::door::{self, Heard};
use crate::service::steps::record_decision::record;
use crate::service::steps::{note, notice, oneself};
use crate::store::columns::{AnyId, Json};
use crate::store::tickets::{Detail, NewEntry, NewOriginals, Party, TicketRow};
use crate::store::{self, Tx};

/// What an emergency is asked for as.
pub(super) const EMERGENCY: &str = "tickets.submit.emergency";

/// Whom a ticket is for, and what is known of them.
struct Requester {
    kind: RequesterKind,
    account: Option<Account>,
    caller: Option<Caller>,
    channel: Channel,
    verification: Verification,
    locale: Locale,
    facts: Facts,
}

impl Requester {
    fn account_id(&self) -> Option<AccountId> {
        self.account.as_ref().map(|account| account.id)
    }

    /// As somebody who is written to.
    fn reader(&self) -> Reader {
        match (&self.account, &self.caller) {
            (Some(account), _) => Reader { locale: self.locale, ..Reader::of(account) },
            (None, Some(caller)) => Reader::of_caller(caller, self.locale),
            (None, None) => Reader { name: None, to: None, locale: self.locale },
        }
    }
}

/// Opens a ticket.
///
/// # Errors
/// `ticket.not_yours_to_open`, `ticket.help_search_required`, `ticket.caller_required`; invalid for what names
/// nothing; and whatever the permit denies.
pub fn open(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (asked, heard): (&Asked, &Heard),
) -> Result<Shown, Refusal> {
    may_open_tickets(who, tx.now)?;
    let person = signed_in(who)?;
    let party = organization(tx, &person, asked)?;
    let requester = match &asked.caller {
        Some(caller) => of_caller(tx, &party, caller)?,
        None => of_oneself(tx, &person)?,
    };
    let (search, help_search) = searched(tx, &person, &party, asked)?;
    let facts = OpeningFacts {
        tenant: party.id,
        request_type: asked.request_type.clone(),
        channel: requester.channel,
        is_for_caller: asked.caller.is_some(),
        help_search,
    };
    let permit = admit_opening(who, facts, tx.now)?;
    is_of_the_desk(house, &asked.request_type)?;
    let known = known(tx, asked, (&party, &requester), search)?;
    let inquiry = Inquiry {
        request_type: asked.request_type.clone(),
        requester: requester.kind,
        channel: requester.channel,
        facts: known,
        copy_on_referrals: party.settings.copy_on_referrals,
    };
    let id = TicketId::of(tx.new_uuid());
    let new = New { id, asked, heard, party: &party, requester: &requester, search };
    begin(tx, &permit, (who, house), (&new, &inquiry))?;
    let seen = (TicketSight::of(&permit), id, Some(person.account));
    shown::show(tx.conn, tx.keys, seen, (None, ENTRIES_SHOWN))
}

/// Takes the report of an emergency by somebody who has no session. Nothing of what becomes of it is told.
///
/// # Errors
/// Whatever the permit denies.
pub fn report_emergency(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (asked, (heard, id)): (&Asked, (&Heard, Uuid)),
) -> Result<(), Refusal> {
    let permit = admit::<ReportEmergency>(who, tx.now)?;
    let Some(caller) = &asked.caller else { return Ok(()) };
    let Some(party) = store::tickets::party(tx.conn, caller.tenant)? else { return Ok(()) };
    let requester = of_caller(tx, &party, caller)?;
    let facts = known(tx, asked, (&party, &requester), None)?;
    let inquiry = Inquiry {
        request_type: asked.request_type.clone(),
        requester: requester.kind,
        channel: requester.channel,
        facts,
        copy_on_referrals: party.settings.copy_on_referrals,
    };
    let (id, search) = (TicketId::of(id), None);
    let new = New { id, asked, heard, party: &party, requester: &requester, search };
    begin(tx, &permit, (who, house), (&new, &inquiry))
}

/// Writes into the decision log that somebody tried to open a ticket who logs none.
pub(super) fn note_attempt(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    asked: &Asked,
) -> Result<(), Refusal> {
    let person = signed_in(who)?;
    // What no rule knows is free text, and would be kept as it came.
    if is_of_the_desk(house, &asked.request_type).is_err() {
        return Ok(());
    }
    let Some(tenant) = person.tenant else { return Ok(()) };
    let Some(party) = store::tickets::party(tx.conn, tenant)? else { return Ok(()) };
    let requester = of_oneself(tx, &person)?;
    let inquiry = Inquiry {
        request_type: asked.request_type.clone(),
        requester: requester.kind,
        channel: requester.channel,
        facts: known(tx, asked, (&party, &requester), None)?,
        copy_on_referrals: party.settings.copy_on_referrals,
    };
    let decision = house.rules.desk.evaluate(&inquiry);
    let about = About {
        tenant: Some(tenant),
        ticket: None,
        requester: requester.account_id(),
        verification: requester.verification,
        locale: requester.locale,
    };
    record(tx, who, &house.rules.desk, (&inquiry, &decision), about).map(drop)
}

/// The organisation that a ticket is about: the caller's, one's own, or the one that a family means.
fn organization(tx: &mut Tx<'_>, person: &Person, asked: &Asked) -> Result<Party, Refusal> {
    let (id, pointer) = match (&asked.caller, person.tenant) {
        (Some(caller), _) => (Some(caller.tenant), "#/on_behalf_of/tenant_id"),
        (None, Some(own)) => (Some(own), "#/tenant_id"),
        (None, None) if person.standing.role == Role::Guardian => {
            let meant = (asked.application, asked.tenant);
            let found = store::tickets::tenant_of_family(tx.conn, person.account, meant)?;
            (found, "#/tenant_id")
        }
        (None, None) => return Err(Refusal::Because(Code::TicketCallerRequired)),
    };
    let found = match id {
        Some(id) => store::tickets::party(tx.conn, id)?,
        None => None,
    };
    found.ok_or_else(|| unknown(pointer, "names no organisation that a ticket can be about here"))
}

/// Whoever opens a ticket for themselves.
fn of_oneself(tx: &mut Tx<'_>, person: &Person) -> Result<Requester, Refusal> {
    let found = store::accounts::find(tx.conn, person.account)?.ok_or(Refusal::NotFound)?;
    Ok(Requester {
        kind: oneself::requester_of(person.standing.role),
        locale: found.account.locale,
        account: Some(found.account),
        caller: None,
        channel: Channel::Portal,
        verification: Verification::SignedIn,
        facts: oneself::of_standing(person)?,
    })
}

/// Whoever an agent opens a ticket for, or reports an emergency without a session: nothing about them is proved.
fn of_caller(tx: &mut Tx<'_>, party: &Party, asked: &CallerAsked) -> Result<Requester, Refusal> {
    let mut account = None;
    if asked.account.is_none() {
        asked.caller.is_reached("#/on_behalf_of/email")?;
    }
    if let Some(id) = asked.account {
        let pointer = "#/on_behalf_of/account_id";
        let found = store::accounts::find(tx.conn, id)?.map(|found| found.account);
        let is_theirs = match &found {
            Some(found) if found.tenant == Some(party.id) => true,
            Some(found) if found.role == Role::Guardian => {
                let meant = (None, Some(party.id));
                store::tickets::tenant_of_family(tx.conn, id, meant)?.is_some()
            }
            _ => false,
        };
        let found = found.filter(|_| is_theirs);
        account = Some(found.ok_or_else(|| unknown(pointer, "is nobody of this organisation"))?);
    }
    if !is_judged_so(asked.requester, account.as_ref()) {
        return Err(Refusal::Invalid(vec![Violation {
            pointer: "#/on_behalf_of/requester".to_owned(),
            code: "not_theirs".to_owned(),
            detail: "is not what this caller is".to_owned(),
        }]));
    }
    let mut facts = Facts::new();
    let from = FactSource::Record;
    let mut put =
        |fact, flag| facts.set_flag(fact, flag, from).map_err(|error| oneself::broken(&error));
    put(Fact::IdentityVerified, false)?;
    if let Some(account) = &account {
        put(Fact::RequesterActive, account.status == AccountStatus::Active)?;
        put(Fact::TwoFactor, account.has_second_factor)?;
        let logs_tickets = matches!(account.role, Role::SiteAdmin | Role::SupportUser);
        put(Fact::SupportPrivilege, logs_tickets)?;
    }
    let usual = account.as_ref().map_or(party.settings.locale, |account| account.locale);
    let has_caller = account.is_none().then(|| asked.caller.clone());
    Ok(Requester {
        kind: asked.requester,
        locale: asked.locale.unwrap_or(usual),
        account,
        caller: has_caller,
        channel: asked.channel,
        verification: Verification::None,
        facts,
    })
}

/// Whether a caller can be judged as somebody. An account says what its owner is, but for what no role tells; of
/// whoever has none nothing is proved.
fn is_judged_so(requester: RequesterKind, account: Option<&Account>) -> bool {
    if requester.is_agent() || requester == RequesterKind::System {
        return false;
    }
    match account {
        None => true,
        Some(account) if account.role == Role::Guardian => !requester.is_of_organization(),
        Some(account) => {
            requester == oneself::requester_of(account.role)
                || matches!(requester, RequesterKind::Provider | RequesterKind::BusinessOwner)
        }
    }
}

/// Whether the help centre was searched, and which search it was.
fn searched(
    tx: &mut Tx<'_>,
    person: &Person,
    party: &Party,
    asked: &Asked,
) -> Result<(Option<Uuid>, SearchedBefore), Refusal> {
    let logs_tickets = matches!(person.standing.role, Role::SiteAdmin | Role::SupportUser);
    let is_emergency = asked.request_type.as_str() == EMERGENCY;
    if !logs_tickets || is_emergency || asked.caller.is_some() {
        return Ok((None, SearchedBefore::NotAsked));
    }
    let recent = match asked.help_search.map(HelpSearchId::of) {
        Some(id) => store::help_searches::recent(tx.conn, person.account, id, tx.now)?,
        None => None,
    };
    Ok(match recent {
        Some(search) => (Some(search.id.uuid()), SearchedBefore::Done),
        None if party.settings.help_search_required => (None, SearchedBefore::Missing),
        None => (None, SearchedBefore::NotAsked),
    })
}

/// Everything that is known about a request.
fn known(
    tx: &mut Tx<'_>,
    asked: &Asked,
    (party, requester): (&Party, &Requester),
    search: Option<Uuid>,
) -> Result<Facts, Refusal> {
    let stated = oneself::stated(asked.facts.clone()).map_err(|refused| {
        let violation = |fact: Fact| Violation {
            pointer: format!("#/facts/{fact}"),
            code: "not_yours_to_state".to_owned(),
            detail: "is read from the record, or has to be proved".to_owned(),
        };
        Refusal::Invalid(refused.into_iter().map(violation).collect())
    })?;
    let mut more = oneself::site_admins(party.site_admins, party.site_admins_with_factor)?;
    let broken = |error| oneself::broken(&error);
    more.set_flag(Fact::OpensTicket, true, FactSource::Channel).map_err(broken)?;
    more.set_flag(Fact::HelpSearched, search.is_some(), FactSource::Record).map_err(broken)?;
    if let Some(id) = asked.application {
        let found = store::tickets::application(tx.conn, party.id, id)?;
        let is_own = |account: &Option<AccountId>| {
            requester.kind != RequesterKind::Family
                || asked.caller.is_some()
                || *account == requester.account_id()
        };
        let found = found.filter(|(.., account)| is_own(account));
        let (online, until, preferred, _) = found.ok_or_else(|| {
            unknown("#/application_id", "names no application that a ticket can be about here")
        })?;
        let state = link_state(online, until, tx.now);
        more.set_word(Fact::LinkState, state, FactSource::Record).map_err(broken)?;
        let method = preferred.as_str();
        more.set_word(Fact::PreferredContact, method, FactSource::Record).map_err(broken)?;
    }
    Ok(stated.overlaid_by(&requester.facts).overlaid_by(&more))
}

/// How an application stands to the portal now, in the policy's word.
pub(super) fn link_state(
    online: OnlineAccount,
    until: Option<Moment>,
    now: Moment,
) -> &'static str {
    let is_over = until.is_some_and(|until| until <= now);
    let online =
        if online == OnlineAccount::Invited && is_over { OnlineAccount::Expired } else { online };
    online.as_str()
}

/// Refuses what the desk has no rule for.
pub(super) fn is_of_the_desk(house: &House, request_type: &RequestType) -> Result<(), Refusal> {
    let rule = house.rules.desk.rule(request_type.as_str());
    rule.map(|_| ()).ok_or_else(|| unknown("#/request_type", "is no type that the desk knows"))
}

/// Something that names nothing.
fn unknown(pointer: &str, detail: &str) -> Refusal {
    Refusal::Invalid(vec![Violation {
        pointer: pointer.to_owned(),
        code: "unknown".to_owned(),
        detail: detail.to_owned(),
    }])
}

/// A ticket that is about to be there.
struct New<'n> {
    id: TicketId,
    asked: &'n Asked,
    heard: &'n Heard,
    party: &'n Party,
    requester: &'n Requester,
    search: Option<Uuid>,
}

/// Decides, and does what follows: the row, its first words, the messages, the entry in the audit.
fn begin<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (who, house): (&Actor, &House),
    (new, inquiry): (&New<'_>, &Inquiry),
) -> Result<(), Refusal> {
    let policy = &house.rules.desk;
    let decision = policy.evaluate(inquiry);
    let intake = Intake::of(&decision);
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
    if intake.transition == Transition::Refer {
        entries.push(new.answer(tx, id, &decision)?);
    }
    store::tickets::add(tx, permit, entries)?;
    let title = policy.rule(inquiry.request_type.as_str());
    let title = title.map(|rule| rule.title.clone());
    let request = title.map_or_else(
        || inquiry.request_type.to_string(),
        |title| title.of(new.party.settings.locale).to_string(),
    );
    new.tell(tx, (who, id, number), (&intake, &decision, &request))?;
    let detail = json!({
        "number": number, "request_type": inquiry.request_type, "outcome": decision.outcome,
        "state": intake.state, "channel": inquiry.channel, "decision": decided
    });
    note::about(tx, permit, (row.is_for_team.then_some(new.party.id), id.uuid()), &detail)
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
            is_for_team: is_of_organization || intake.organization_takes_part,
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
            hints: Json(said.hints.clone()),
            detail: Json(Detail::default()),
        })
    }

    /// The answer of the policy, with whom to turn to.
    fn answer(
        &self,
        tx: &Tx<'_>,
        ticket: TicketId,
        decision: &Decision,
    ) -> Result<NewEntry, Refusal> {
        let said = MaskedText::parse(decision.say.of(self.requester.locale).as_str());
        let said = said.map_err(|error| Refusal::Broken(error.to_string()))?;
        Ok(NewEntry {
            id: TicketEntryId::of(tx.new_uuid()),
            ticket_id: ticket,
            at: tx.now.plus(SignedDuration::from_micros(1)),
            kind: EntryKind::Reply,
            author: Actor::System.kind().to_owned(),
            author_id: None,
            transition: Some(Transition::Refer),
            is_internal: false,
            text: Some(said),
            original: None,
            hints: Json(Vec::new()),
            detail: Json(Detail { contacts: self.contacts(decision), ..Detail::default() }),
        })
    }

    /// How the organisation is reached, where the answer sends the requester to it.
    fn contacts(&self, decision: &Decision) -> Vec<Contact> {
        if decision.outcome == Outcome::Refuse { Vec::new() } else { self.party.contacts.clone() }
    }

    /// Tells the requester the number and the answer, and the organisation what the decision wants it told.
    fn tell(
        &self,
        tx: &mut Tx<'_>,
        (who, id, number): (&Actor, TicketId, CaseNumber),
        (intake, decision, request): (&Intake, &Decision, &str),
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
                "contacts": telling::shown(&self.contacts(decision))
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
        let change = if has(Effect::FlagEmergency) { "emergency" } else { "referred" };
        let told = Notice { ticket: id, number, change, request, is_copied };
        if has(Effect::NotifyOrg) || has(Effect::FlagEmergency) {
            telling::tell_organization(tx, party, told)?;
        }
        if has(Effect::NotifySiteAdmins) {
            let facts = telling::facts_of(party, told);
            notice::site_admins(tx, party.id, MessageKind::OrganizationTold, &facts)?;
        }
        Ok(())
    }
}
