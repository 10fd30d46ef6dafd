//! Details that are told of a ticket that is there ("the requester may add detail at any time"): each past the door
//! like everything that is said on it.

use std::collections::BTreeMap;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::ticket::{TicketText, Tier};
use caredesk_core::policy::action::AddTicketDetails;
use caredesk_core::policy::desk::Effect;
use caredesk_core::policy::{Action, HelpfulDetail, Permit, TicketSight};
use serde_json::json;

use super::details::{Details, DetailsOf, column, judged, opened, sealed, told_by};
use super::moves::count_reply;
use super::step::{Saying, Step, begin, hear, invalid};
use super::{Shown, Spoken, Version};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::service::steps::door::DetailHeard;
use crate::store::columns::Json;
use crate::store::tickets::{Detail, DetailsRow};
use crate::store::{self, Tx};

/// Details that somebody adds, behind the door.
#[derive(Debug, Clone, Default)]
pub struct MoreDetails {
    texts: Vec<(HelpfulDetail, Spoken)>,
    /// The address that the account was made with, which the first tier has to know (TS).
    email: Option<String>,
}

impl House {
    /// Looks at details that somebody adds to a ticket, as at whatever they say on it. What an agent adds is a
    /// caller's word. Whether they may see the ticket is asked later.
    ///
    /// # Errors
    /// The database fails.
    pub async fn hear_more_details(
        &self,
        who: &Actor,
        ticket: TicketId,
        details: &Details,
    ) -> Result<MoreDetails, Refusal> {
        let is_agent = who.person().is_some_and(|person| Tier::of(person.standing.role).is_some());
        let caller = Actor::Caller(ticket);
        let author = if is_agent { &caller } else { who };
        let mut more = MoreDetails::default();
        for (detail, text) in details.told() {
            if detail == HelpfulDetail::AccountEmail {
                more.email = Some(text);
                continue;
            }
            let text = TicketText::parse(&text);
            let text = text.map_err(|error| Refusal::Broken(error.to_string()))?;
            more.texts.push((detail, self.hear_on(author, ticket, text).await?));
        }
        Ok(more)
    }
}

/// Adds details to a ticket, or tells some anew. A ticket that waits for its requester is open again by that.
///
/// # Errors
/// As every step; invalid where nothing is told; `throttle.too_many_requests`.
pub fn add_details(
    tx: &mut Tx<'_>,
    who: &Actor,
    house: &House,
    (key, more): (Version, &MoreDetails),
) -> Result<Shown, Refusal> {
    let step = begin::<AddTicketDetails>(tx, who, key, None)?;
    if more.texts.is_empty() && more.email.is_none() {
        return Err(invalid("#", "required", "tells no detail"));
    }
    count_reply(tx, who, house)?;
    let told = tell_all(tx, house, &step, more)?;
    store::tickets::index_anew(tx, &step.permit, step.after.id)?;
    let before = &step.whole.ticket.row;
    if step.after == *before {
        // Whoever changes it next has read other details.
        store::tickets::move_on(tx, &step.permit, before, &step.after)?;
    }
    let on_record = json!({"details": told});
    let detail = Detail { details: told, ..Detail::default() };
    step.write(tx, Saying::nothing(detail), &on_record)?;
    step.copy(tx)?;
    step.shown(tx)
}

/// Tells every detail, one after the other, so that each is read with those before it; says which they are.
fn tell_all(
    tx: &mut Tx<'_>,
    house: &House,
    step: &Step<AddTicketDetails>,
    more: &MoreDetails,
) -> Result<Vec<HelpfulDetail>, Refusal> {
    let row = &step.after;
    let effects = store::decisions::effects_of(tx.conn, row.decision_id)?;
    let (tenant, requester, locale) = (row.tenant_id, row.requester, row.locale);
    let whose = (DetailsOf { tenant, ticket: row.id, requester, locale }, effects.as_slice());
    let mut told = Vec::with_capacity(more.texts.len().saturating_add(1));
    let mut current = step.whole.clone();
    for (detail, spoken) in &more.texts {
        if !told.is_empty() {
            // What was told before it may have masked the subject.
            let found = store::tickets::find(tx.conn, TicketSight::of(&step.permit), row.id)?;
            current = found.ok_or(Refusal::NotFound)?;
        }
        let heard = hear(tx, house, (&step.permit, &current), spoken)?;
        let Some(passed) = heard.text else { continue };
        let masked = passed.masked.as_str().to_owned();
        let one =
            DetailHeard { detail: *detail, masked, original: passed.original, hints: passed.hints };
        tell(tx, &step.permit, house, whose, one)?;
        told.push(*detail);
    }
    if let Some(email) = &more.email {
        let (detail, masked) = (HelpfulDetail::AccountEmail, email.clone());
        let one = DetailHeard { detail, masked, original: None, hints: Vec::new() };
        tell(tx, &step.permit, house, whose, one)?;
        told.push(detail);
    }
    Ok(told)
}

/// Keeps a detail that is told later, in place of what was told before, and what is asked for still by the effects of
/// the decision. Whoever calls has the ticket found anew.
fn tell<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    house: &House,
    (whose, effects): (DetailsOf, &[Effect]),
    told: DetailHeard,
) -> Result<(), Refusal> {
    let known = store::tickets::details(tx.conn, whose.ticket)?;
    let is_known = known.is_some();
    let mut row = known.unwrap_or_else(|| nothing_told(whose.ticket));
    let mut written = match &row.original {
        Some(sealed) => opened(tx.keys, whose.of(), sealed)?,
        None => BTreeMap::new(),
    };
    if told.detail == HelpfulDetail::Browser {
        (row.browser_support, row.article_id) = judged(tx, house, whose, &told)?;
    }
    let DetailHeard { detail, masked, original, hints } = told;
    written.remove(&detail);
    written.extend(original.map(|text| (detail, text)));
    row.original = if written.is_empty() { None } else { Some(sealed(tx, whose.of(), &written)?) };
    *column(&mut row, detail) = Some(masked);
    row.tellings.0.insert(detail, told_by(tx.now, permit, hints));
    let mut given = HelpfulDetail::ALL.to_vec();
    given.retain(|detail| column(&mut row, *detail).is_some());
    row.asked_for = Json(HelpfulDetail::to_ask_for(effects, &given));
    if is_known {
        Ok(store::tickets::change_details(tx, permit, row)?)
    } else {
        Ok(store::tickets::keep_details(tx, permit, row)?)
    }
}

/// What stands beside the words of a ticket before anything is told.
fn nothing_told(ticket: TicketId) -> DetailsRow {
    DetailsRow {
        ticket_id: ticket,
        user_id: None,
        class_id: None,
        child_id: None,
        account_email: None,
        browser: None,
        error_message: None,
        steps: None,
        original: None,
        asked_for: Json(Vec::new()),
        browser_support: None,
        article_id: None,
        tellings: Json(BTreeMap::new()),
    }
}
