//! A new ticket that goes on where a closed one ended (domain, `follow_up`).

use caredesk_core::domain::account::{Realm, Role};
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{ApplicationId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::ticket::TicketLinkKind;
use caredesk_core::policy::OpeningFacts;
use caredesk_core::policy::action::FollowUpTicket;
use caredesk_core::policy::desk::{Facts, Inquiry, RequestType, RequesterKind};
use serde_json::json;
use uuid::Uuid;

use super::beginning::{self, New};
use super::opening::OPENED;
use super::opening::{is_of_the_desk, known, searched};
use super::requester::{Requester, of_caller, of_oneself};
use super::step::{Saying, Step, begin};
use super::telling;
use super::{Asked, CallerAsked, Shown, Version, reader, shown};
use crate::guard::{Refusal, admit_opening, signed_in};
use crate::service::house::House;
use crate::service::steps::attempts;
use crate::service::steps::door::Heard;
use crate::service::steps::oneself;
use crate::store::tickets::{Detail, Party, Whole};
use crate::store::{self, Tx};

/// What somebody asks for who goes on from a closed ticket, but for the words.
#[derive(Debug, Clone)]
pub struct Following {
    /// What is asked for; as before if absent.
    pub request_type: Option<RequestType>,
    /// What is said to be known beside.
    pub facts: Facts,
    /// The search of the help centre that went before.
    pub help_search: Option<Uuid>,
}

/// Opens a ticket that goes on where a closed one ended. Policy decides anew; whoever was in copy is so again, and an
/// organisation that took part takes part.
///
/// # Errors
/// As every step; `ticket.help_search_required`; `ticket.caller_required` if the requester is nobody of the
/// organisation any more; invalid for what names nothing.
pub fn follow_up(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, following, heard): (Version, &Following, &Heard),
) -> Result<Shown, Refusal> {
    let step = begin::<FollowUpTicket>(tx, who, key, None)?;
    let party = step.party(tx)?;
    let person = signed_in(who)?;
    let is_own = step.after.requester_id == Some(person.account);
    let limits = &house.limits;
    let allowance = if is_own { limits.tickets_per_account } else { limits.tickets_per_agent };
    attempts::count_done(tx, (OPENED, person.account), allowance)?;
    let mut asked = asked(&step, following);
    let requester = if is_own {
        themselves(tx, &person, &party)?
    } else {
        let caller = caller(tx, &step.whole)?;
        let requester = of_caller(tx, &party, &caller).map_err(gone)?;
        asked.caller = Some(caller);
        requester
    };
    let search = searched_anew(tx, who, (&person, &party), (&asked, &requester))?;
    is_of_the_desk(house, &asked.request_type)?;
    asked.application = still_theirs(tx, &asked, (&party, &requester))?;
    let facts = known(tx, &asked, (&party, &requester), search)?;
    let inquiry = Inquiry {
        request_type: asked.request_type.clone(),
        requester: requester.kind,
        channel: requester.channel,
        facts,
        copy_on_referrals: party.settings.copy_on_referrals,
    };
    let (id, before) = (TicketId::of(tx.new_uuid()), Some(&step.whole.ticket.row));
    let (party, requester) = (&party, &requester);
    let new = New { id, asked: &asked, heard, party, requester, search, before };
    beginning::begin(tx, &step.permit, (who, house), (&new, &inquiry))?;
    tie(tx, &step, id)?;
    shown::opened(tx, &step.permit, id)
}

/// The search of the help centre that went before: whoever goes on by themselves opens a ticket as any other, and
/// searches first where they have to.
fn searched_anew(
    tx: &mut Tx<'_>,
    who: &Actor,
    (person, party): (&Person, &Party),
    (asked, requester): (&Asked, &Requester),
) -> Result<Option<Uuid>, Refusal> {
    let (search, help_search) = searched(tx, person, party, asked)?;
    if asked.caller.is_none() {
        let facts = OpeningFacts {
            tenant: party.id,
            request_type: asked.request_type.clone(),
            channel: requester.channel,
            is_for_caller: false,
            help_search,
        };
        admit_opening(who, facts, tx.now)?;
    }
    Ok(search)
}

/// Ties the new ticket to the one that it goes on from: the link, who is in copy, the entry of its timeline.
fn tie(tx: &mut Tx<'_>, step: &Step<FollowUpTicket>, id: TicketId) -> Result<(), Refusal> {
    let (before, tenant) = step.of();
    store::tickets::link(tx, &step.permit, (id, TicketLinkKind::FollowUp, before))?;
    let watchers = store::tickets::watchers(tx.conn, before)?;
    store::tickets::watch(tx, &step.permit, (id, tx.now), watchers)?;
    let detail = Detail { ticket: Some(id), ..Detail::default() };
    step.write(tx, Saying::nothing(detail), &json!({"follow_up": id}))?;
    let Some(new) = store::tickets::number(tx.conn, id)? else { return Ok(()) };
    let told = (MessageKind::TicketWatched, &json!({"number": new}));
    telling::tell_watchers(tx, (id, tenant), reader(step.permit.actor()), told)
}

/// What is asked for: as before where nothing else is named.
fn asked(step: &Step<FollowUpTicket>, following: &Following) -> Asked {
    let row = &step.after;
    let request_type = following.request_type.clone();
    Asked {
        request_type: request_type.unwrap_or_else(|| row.request_type.clone()),
        facts: following.facts.clone(),
        tenant: None,
        application: row.application_id,
        help_search: following.help_search,
        caller: None,
    }
}

/// The requester of before, who goes on by themselves. A family that is linked to nothing there any more does not.
fn themselves(tx: &mut Tx<'_>, person: &Person, party: &Party) -> Result<Requester, Refusal> {
    if person.standing.role == Role::Guardian {
        let meant = (None, Some(party.id));
        let linked = store::tickets::tenant_of_family(tx.conn, person.account, meant)?;
        linked.ok_or(Refusal::Because(Code::TicketNotYours))?;
    }
    of_oneself(tx, person)
}

/// The requester of before, for whom an agent goes on: nothing about them is proved by that.
fn caller(tx: &Tx<'_>, whole: &Whole) -> Result<CallerAsked, Refusal> {
    let row = &whole.ticket.row;
    let sealed = whole.caller.as_ref();
    let caller = sealed.map(|sealed| shown::caller(tx.keys, (row.tenant_id, row.id), sealed));
    Ok(CallerAsked {
        requester: kind_by_now(whole),
        tenant: row.tenant_id,
        channel: row.channel,
        account: row.requester_id,
        caller: caller.transpose()?.unwrap_or_default(),
        locale: Some(row.locale),
    })
}

/// As what the requester of before is judged: a user by the role that they have by now.
fn kind_by_now(whole: &Whole) -> RequesterKind {
    let kind = whole.ticket.row.requester;
    let is_told_by_role = !matches!(kind, RequesterKind::Provider | RequesterKind::BusinessOwner);
    let somebody = whole.ticket.requester.as_ref();
    let user = somebody.filter(|somebody| somebody.role.realm() == Realm::Tenant);
    user.filter(|_| is_told_by_role).map_or(kind, |user| oneself::requester_of(user.role))
}

/// What is said where nobody can be asked for: the requester of before is nobody of the organisation any more.
fn gone(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Invalid(_) => Refusal::Because(Code::TicketCallerRequired),
        other => other,
    }
}

/// The application that the ticket of before was about, if this one can be, too.
fn still_theirs(
    tx: &mut Tx<'_>,
    asked: &Asked,
    (party, requester): (&Party, &Requester),
) -> Result<Option<ApplicationId>, Refusal> {
    let Some(id) = asked.application else { return Ok(None) };
    let found = store::tickets::application(tx.conn, party.id, id)?;
    let is_own = |account| {
        requester.kind != RequesterKind::Family
            || asked.caller.is_some()
            || account == requester.account_id()
    };
    Ok(found.filter(|(.., account)| is_own(*account)).map(|_| id))
}
