//! Opening a ticket: policy decides first, and everything that follows is in one transaction.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::application::OnlineAccount;
use caredesk_core::domain::ids::{AccountId, HelpSearchId, TicketId};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::ReportEmergency;
use caredesk_core::policy::decision_log::About;
use caredesk_core::policy::desk::{Fact, FactSource, Facts, Inquiry, RequestType, RequesterKind};
use caredesk_core::policy::{OpeningFacts, SearchedBefore};
use uuid::Uuid;

use super::beginning::{New, begin};
use super::requester::{Requester, of_caller, of_oneself, organization};
use super::{Asked, Shown, shown};
use crate::guard::{Refusal, Violation, admit, admit_opening, may_open_tickets, signed_in};
use crate::service::house::House;
use crate::service::steps::door::Heard;
use crate::service::steps::record_decision::record;
use crate::service::steps::{attempts, oneself};
use crate::store::tickets::Party;
use crate::store::{self, Tx};

/// What an emergency is asked for as.
pub(super) const EMERGENCY: &str = "tickets.submit.emergency";

/// The rule of who opens tickets on the portal.
const OPENING: &str = "tickets.submit";

/// Tickets that an account opens.
pub(super) const OPENED: &str = "tickets-opened";

/// Opens a ticket.
///
/// # Errors
/// `ticket.not_yours_to_open`, `throttle.too_many_requests`, `ticket.help_search_required`, `ticket.caller_required`; invalid for what names
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
    let allowance = match asked.caller {
        Some(_) => house.limits.tickets_per_agent,
        None => house.limits.tickets_per_account,
    };
    attempts::count_done(tx, (OPENED, person.account), allowance)?;
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
    let new = New { id, asked, heard, party: &party, requester: &requester, search, before: None };
    begin(tx, &permit, (who, house), (&new, &inquiry))?;
    shown::opened(tx, &permit, id)
}

/// Takes the report of an emergency by somebody who has no session. Nothing of what becomes of it is told.
///
/// # Errors
/// Whatever the permit denies.
pub(super) fn report_emergency(
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
    let new = New { id, asked, heard, party: &party, requester: &requester, search, before: None };
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
    let mut inquiry = Inquiry {
        request_type: asked.request_type.clone(),
        requester: requester.kind,
        channel: requester.channel,
        facts: known(tx, asked, (&party, &requester), None)?,
        copy_on_referrals: party.settings.copy_on_referrals,
    };
    let mut decision = house.rules.desk.evaluate(&inquiry);
    if !decision.outcome.sends_away() {
        // What was refused stands in the log as refused: by the rule of opening, where its own would do it.
        inquiry.request_type =
            RequestType::parse(OPENING).map_err(|error| Refusal::Broken(error.to_string()))?;
        decision = house.rules.desk.evaluate(&inquiry);
    }
    if !decision.outcome.sends_away() {
        return Ok(());
    }
    let about = About {
        tenant: Some(tenant),
        ticket: None,
        requester: requester.account_id(),
        verification: requester.verification,
        locale: requester.locale,
    };
    record(tx, who, &house.rules.desk, (&inquiry, &decision), about).map(drop)
}

/// Whether the help centre was searched, and which search it was.
pub(super) fn searched(
    tx: &mut Tx<'_>,
    person: &Person,
    party: &Party,
    asked: &Asked,
) -> Result<(Option<Uuid>, SearchedBefore), Refusal> {
    let logs_tickets = matches!(person.standing.role, Role::SiteAdmin | Role::SupportUser);
    let is_emergency = asked.request_type.is_emergency();
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

/// What is said to be known beside, refused where it is nobody's to say.
pub(super) fn stated(facts: &Facts) -> Result<Facts, Refusal> {
    oneself::stated(facts.clone()).map_err(|refused| {
        let violation = |fact: Fact| Violation {
            pointer: format!("#/facts/{fact}"),
            code: "not_yours_to_state".to_owned(),
            detail: "is read from the record, or has to be proved".to_owned(),
        };
        Refusal::Invalid(refused.into_iter().map(violation).collect())
    })
}

/// Everything that is known about a request.
pub(super) fn known(
    tx: &mut Tx<'_>,
    asked: &Asked,
    (party, requester): (&Party, &Requester),
    search: Option<Uuid>,
) -> Result<Facts, Refusal> {
    let stated = stated(&asked.facts)?;
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
pub(super) fn unknown(pointer: &str, detail: &str) -> Refusal {
    Refusal::Invalid(vec![Violation {
        pointer: pointer.to_owned(),
        code: "unknown".to_owned(),
        detail: detail.to_owned(),
    }])
}
