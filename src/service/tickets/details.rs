//! Details that help the desk to help, field by field (TS, "Helpful hint"): past the door like all words, asked for
//! where they are missing, and a browser that is too old pointed out.

use std::collections::BTreeMap;
use std::sync::Arc;

use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::{ArticleAudience, ContextKey};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{ArticleId, TenantId, TicketId};
use caredesk_core::domain::ticket::{BrowserWords, DetailId, ErrorWords, StepsBefore, TicketText};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::UpholdObjection;
use caredesk_core::policy::browsers::BrowserSupport;
use caredesk_core::policy::desk::{Decision, RequesterKind};
use caredesk_core::policy::pii::{Case, Detector, Hint, Piece};
use caredesk_core::policy::{Action, HelpfulDetail, Permit};

use super::Words;
use crate::guard::Refusal;
use crate::service::house::House;
use crate::service::steps::across;
use crate::service::steps::door::{self, DetailHeard, Heard};
use crate::store::articles::ArticleQuery;
use crate::store::columns::Json;
use crate::store::db::Conn;
use crate::store::tickets::{Detail, DetailsRow, Masked, Telling, TicketRow};
use crate::store::{self, Tx};
use crate::vault::{Keyring, Place};

/// The screen that the article about old browsers is shown for.
const BROWSER_SCREEN: &str = "screen.browser";

/// What somebody tells beside their words.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// The number of the user whom it happened to.
    pub user_id: Option<DetailId>,
    /// The id of the class.
    pub class_id: Option<DetailId>,
    /// The id of the child.
    pub child_id: Option<DetailId>,
    /// The browser and its version.
    pub browser: Option<BrowserWords>,
    /// The address that the account was made with.
    pub account_email: Option<EmailAddress>,
    /// The words of the error message.
    pub error_message: Option<ErrorWords>,
    /// What was done just before.
    pub steps: Option<StepsBefore>,
}

impl Details {
    /// What was told, by its field.
    pub(super) fn told(&self) -> Vec<(HelpfulDetail, String)> {
        use HelpfulDetail as D;
        let id = |id: &Option<DetailId>| id.as_ref().map(|id| id.as_str().to_owned());
        let all = [
            (D::UserId, id(&self.user_id)),
            (D::ClassId, id(&self.class_id)),
            (D::ChildId, id(&self.child_id)),
            (D::Browser, self.browser.as_ref().map(|words| words.as_str().to_owned())),
            (D::AccountEmail, self.account_email.as_ref().map(|email| email.as_str().to_owned())),
            (D::ErrorMessage, self.error_message.as_ref().map(|words| words.as_str().to_owned())),
            (D::Steps, self.steps.as_ref().map(|words| words.as_str().to_owned())),
        ];
        all.into_iter().filter_map(|(detail, text)| Some((detail, text?))).collect()
    }
}

impl House {
    /// Looks at what somebody tells beside the words of a new ticket. What it tells of the words is masked there, too.
    ///
    /// # Errors
    /// What was looked at cannot be kept, which is a bug.
    pub async fn hear_details(&self, details: &Details, heard: Heard) -> Result<Heard, Refusal> {
        let told = details.told();
        if told.is_empty() {
            return Ok(heard);
        }
        let rules = Arc::clone(&self.rules);
        let looked = tokio::task::spawn_blocking(move || with(&rules.detector, told, heard));
        looked.await.map_err(|failure| Refusal::Broken(failure.to_string()))?
    }
}

/// What is told beside the words, masked; with what it tells of the words.
fn with(
    detector: &Detector,
    told: Vec<(HelpfulDetail, String)>,
    mut heard: Heard,
) -> Result<Heard, Refusal> {
    let known = heard.case.clone();
    for (detail, text) in told {
        // The address is structured, and the first tier has to know it (TS).
        if detail == HelpfulDetail::AccountEmail {
            let (masked, original, hints) = (text, None, Vec::new());
            heard.details.push(DetailHeard { detail, masked, original, hints });
            continue;
        }
        let words = Words { text: TicketText::parse(&text).ok(), ..Words::default() };
        let one = door::heard(detector, &words, heard.case.clone());
        heard.case = one.case;
        heard.details.extend(one.text.map(|passed| DetailHeard {
            detail,
            masked: passed.masked.as_str().to_owned(),
            original: passed.original,
            hints: passed.hints,
        }));
    }
    if heard.case != known {
        again(detector, &mut heard)?;
    }
    let known = heard.case.clone();
    across::mask(detector, &mut heard)?;
    if heard.case != known {
        again(detector, &mut heard)?;
    }
    Ok(heard)
}

/// Looks at everything again, of a case that has learned something.
fn again(detector: &Detector, heard: &mut Heard) -> Result<(), Refusal> {
    let mut earlier: Vec<String> = Vec::with_capacity(heard.details.len().saturating_add(2));
    earlier.extend(heard.subject.as_ref().map(|subject| subject.masked.as_str().to_owned()));
    earlier.extend(heard.text.as_ref().map(|text| text.masked.as_str().to_owned()));
    let is_free = |one: &&mut DetailHeard| one.detail != HelpfulDetail::AccountEmail;
    earlier.extend(heard.details.iter_mut().filter(is_free).map(|one| one.masked.clone()));
    let mut anew = door::looked_at_again(detector, &earlier, &mut heard.case).into_iter();
    if let Some(subject) = &mut heard.subject
        && let Some(text) = anew.next().filter(|text| text != subject.masked.as_str())
    {
        subject.original.get_or_insert_with(|| subject.masked.as_str().to_owned());
        subject.masked = door::kept(&text)?;
    }
    if let Some(said) = &mut heard.text
        && let Some(text) = anew.next().filter(|text| text != said.masked.as_str())
    {
        said.original.get_or_insert_with(|| said.masked.as_str().to_owned());
        said.masked = door::kept(&text)?;
    }
    for one in heard.details.iter_mut().filter(is_free) {
        let Some(text) = anew.next().filter(|text| *text != one.masked) else { continue };
        one.original.get_or_insert_with(|| one.masked.clone());
        one.masked = text;
    }
    Ok(())
}

/// Where what was written of the details stands sealed.
fn place(tenant: TenantId, ticket: TicketId) -> Place {
    let (table, row) = ("ticket_details", ticket.uuid());
    Place { tenant: Some(tenant), table, row, column: "original" }
}

/// What was written of the details of a ticket, sealed.
pub(super) fn sealed(
    tx: &Tx<'_>,
    (tenant, ticket): (TenantId, TicketId),
    written: &BTreeMap<HelpfulDetail, String>,
) -> Result<Vec<u8>, Refusal> {
    let text = serde_json::to_string(written);
    let text = text.map_err(|error| Refusal::Broken(error.to_string()))?;
    Ok(door::sealed(tx, &place(tenant, ticket), &text))
}

/// What was written where something of the details of a ticket was masked, by its field.
pub(super) fn opened(
    keys: &Keyring,
    (tenant, ticket): (TenantId, TicketId),
    sealed: &[u8],
) -> Result<BTreeMap<HelpfulDetail, String>, Refusal> {
    let text = door::opened(keys, &place(tenant, ticket), sealed)?;
    serde_json::from_str(&text).map_err(|error| Refusal::Broken(error.to_string()))
}

/// Whose details they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct DetailsOf {
    /// The organisation that the ticket is about.
    pub(super) tenant: TenantId,
    /// The ticket.
    pub(super) ticket: TicketId,
    /// As what whoever asks was judged.
    pub(super) requester: RequesterKind,
    /// Their language.
    pub(super) locale: Locale,
}

impl DetailsOf {
    /// The ticket's organisation and id.
    pub(super) const fn of(self) -> (TenantId, TicketId) {
        (self.tenant, self.ticket)
    }
}

/// How a detail is told by whoever holds a permit.
pub(super) fn told_by<A: Action>(now: Moment, permit: &Permit<A>, hints: Vec<Hint>) -> Telling {
    let who = permit.actor().person();
    let (by, of) = (who.map(|person| person.account), who.and_then(|person| person.tenant));
    Telling { by, of, at: now, hints }
}

/// Keeps what was told beside the words of a new ticket, and what is asked for still.
pub(super) fn keep<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    house: &House,
    whose: DetailsOf,
    (told, decision): (&[DetailHeard], &Decision),
) -> Result<(), Refusal> {
    let given: Vec<HelpfulDetail> = told.iter().map(|one| one.detail).collect();
    let asked_for = HelpfulDetail::to_ask_for(&decision.effects, &given);
    if given.is_empty() && asked_for.is_empty() {
        return Ok(());
    }
    let of = |detail| told.iter().find(|one| one.detail == detail);
    let masked = |detail| of(detail).map(|one| one.masked.clone());
    let written = |one: &DetailHeard| Some((one.detail, one.original.clone()?));
    let written: BTreeMap<HelpfulDetail, String> = told.iter().filter_map(written).collect();
    let original = if written.is_empty() { None } else { Some(sealed(tx, whose.of(), &written)?) };
    let telling = |one: &DetailHeard| (one.detail, told_by(tx.now, permit, one.hints.clone()));
    let tellings = told.iter().map(telling).collect();
    let (support, article) = match of(HelpfulDetail::Browser) {
        Some(browser) => judged(tx, house, whose, browser)?,
        None => (None, None),
    };
    let row = DetailsRow {
        ticket_id: whose.ticket,
        user_id: masked(HelpfulDetail::UserId),
        class_id: masked(HelpfulDetail::ClassId),
        child_id: masked(HelpfulDetail::ChildId),
        account_email: masked(HelpfulDetail::AccountEmail),
        browser: masked(HelpfulDetail::Browser),
        error_message: masked(HelpfulDetail::ErrorMessage),
        steps: masked(HelpfulDetail::Steps),
        original,
        asked_for: Json(asked_for),
        browser_support: support,
        article_id: article,
        tellings: Json(tellings),
    };
    Ok(store::tickets::keep_details(tx, permit, row)?)
}

/// Whether a browser that was told is supported, and the article that points out that it is not.
pub(super) fn judged(
    tx: &mut Tx<'_>,
    house: &House,
    whose: DetailsOf,
    told: &DetailHeard,
) -> Result<(Option<BrowserSupport>, Option<ArticleId>), Refusal> {
    let typed = told.original.as_ref().unwrap_or(&told.masked);
    let support = house.rules.browsers.judge(typed).support;
    let is_old = support == BrowserSupport::Outdated;
    let article = if is_old { article(tx.conn, whose)? } else { None };
    Ok((Some(support), article))
}

/// Masks what stands beside the words of a ticket with what is known by now, and the piece of it that goes on in new
/// words; the ticket is locked. The address is structured, and stays. Says whether something of it is masked by it.
pub(super) fn mask_anew<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (ticket, detector): (&TicketRow, &Detector),
    (case, broken): (&mut Case, Option<(HelpfulDetail, Piece)>),
) -> Result<bool, Refusal> {
    use HelpfulDetail as D;
    let of = (ticket.tenant_id, ticket.id);
    let Some(mut row) = store::tickets::details(tx.conn, ticket.id)? else { return Ok(false) };
    let upheld = unmasked(tx, &row)?;
    let told: Vec<(HelpfulDetail, &mut String)> = [
        (D::UserId, &mut row.user_id),
        (D::ClassId, &mut row.class_id),
        (D::ChildId, &mut row.child_id),
        (D::Browser, &mut row.browser),
        (D::ErrorMessage, &mut row.error_message),
        (D::Steps, &mut row.steps),
    ]
    .into_iter()
    .filter_map(|(detail, text)| Some((detail, text.as_mut()?)))
    .filter(|(detail, _)| !upheld.contains(detail))
    .collect();
    let piece = |detail: HelpfulDetail| {
        broken.as_ref().filter(|(of, _)| *of == detail).map(|(_, piece)| piece)
    };
    let without = |(detail, text): &(HelpfulDetail, &mut String)| match piece(*detail) {
        Some(piece) => piece.text.clone(),
        None => (**text).clone(),
    };
    let before: Vec<String> = told.iter().map(without).collect();
    let mut written = BTreeMap::new();
    let anew = door::looked_at_again(detector, &before, case);
    for ((detail, text), anew) in told.into_iter().zip(anew).filter(|((_, is), will)| **is != *will)
    {
        written.insert(detail, std::mem::replace(text, anew));
    }
    if written.is_empty() {
        return Ok(false);
    }
    // What was masked before was written otherwise than it stood there.
    if let Some(sealed) = &row.original {
        written.extend(opened(tx.keys, of, sealed)?);
    }
    if let Some((detail, piece)) = &broken
        && let Some(written) = written.get_mut(detail)
    {
        *written = piece.sealed(written);
    }
    row.original = Some(sealed(tx, of, &written)?);
    store::tickets::mask_details(tx, permit, row)?;
    Ok(true)
}

/// The details that the second tier found not to be personal, as they were told last.
fn unmasked(tx: &mut Tx<'_>, row: &DetailsRow) -> Result<Vec<HelpfulDetail>, Refusal> {
    let upheld = store::tickets::upheld_details(tx.conn, row.ticket_id)?.into_iter();
    let is_there = |(detail, at): &(HelpfulDetail, Moment)| stood(row, *detail, *at);
    Ok(upheld.filter(is_there).map(|(detail, _)| detail).collect())
}

/// Whether what is told by a detail was told by it at a moment already.
fn stood(row: &DetailsRow, detail: HelpfulDetail, at: Moment) -> bool {
    row.tellings.0.get(&detail).is_none_or(|telling| telling.at <= at)
}

/// A detail of a ticket, as far as its masking is concerned, as it was told at a moment: nothing is masked of what
/// was told anew since.
pub(super) fn masked(
    tx: &mut Tx<'_>,
    (tenant, ticket): (TenantId, TicketId),
    (detail, at): (HelpfulDetail, Moment),
) -> Result<Masked, Refusal> {
    let row = store::tickets::details(tx.conn, ticket)?;
    let telling = row.as_ref().and_then(|row| row.tellings.0.get(&detail));
    let author_id = match telling {
        Some(telling) => telling.by,
        // Of old, all were told when the ticket was opened.
        None => store::tickets::author_of_subject(tx.conn, ticket)?,
    };
    let row = row.filter(|row| stood(row, detail, at));
    let mut original = row.and_then(|row| row.original);
    if let Some(sealed) = &original
        && !opened(tx.keys, (tenant, ticket), sealed)?.contains_key(&detail)
    {
        original = None;
    }
    Ok(Masked { author_id, is_internal: false, original, detail: Json(Detail::default()) })
}

/// Puts what was written in place of a masked detail. Whoever calls has the ticket found anew.
pub(super) fn put_back(
    tx: &mut Tx<'_>,
    permit: &Permit<UpholdObjection>,
    (tenant, ticket): (TenantId, TicketId),
    (detail, text): (HelpfulDetail, String),
) -> Result<(), Refusal> {
    let row = store::tickets::details(tx.conn, ticket)?;
    let mut row = row.ok_or(Refusal::Because(Code::TicketNothingMasked))?;
    if let Some(original) = &row.original {
        let mut written = opened(tx.keys, (tenant, ticket), original)?;
        written.remove(&detail);
        let is_left = !written.is_empty();
        row.original = if is_left { Some(sealed(tx, (tenant, ticket), &written)?) } else { None };
    }
    if let Some(telling) = row.tellings.0.get_mut(&detail) {
        telling.hints.clear();
    }
    *column(&mut row, detail) = Some(text);
    Ok(store::tickets::change_details(tx, permit, row)?)
}

/// Where a detail stands.
pub(super) fn column(row: &mut DetailsRow, detail: HelpfulDetail) -> &mut Option<String> {
    use HelpfulDetail as D;
    match detail {
        D::UserId => &mut row.user_id,
        D::ClassId => &mut row.class_id,
        D::ChildId => &mut row.child_id,
        D::Browser => &mut row.browser,
        D::AccountEmail => &mut row.account_email,
        D::ErrorMessage => &mut row.error_message,
        D::Steps => &mut row.steps,
    }
}

/// The article about old browsers that whoever asks can read, if one is published: an agent who asks for them reads
/// others.
fn article(conn: &mut Conn, whose: DetailsOf) -> Result<Option<ArticleId>, Refusal> {
    let DetailsOf { tenant, requester, locale, .. } = whose;
    let audience = match requester {
        RequesterKind::Family => ArticleAudience::Family,
        kind if kind.is_of_organization() => ArticleAudience::Staff,
        _ => ArticleAudience::Public,
    };
    let ask = ArticleQuery {
        locale: Some(locale),
        context_key: ContextKey::parse(BROWSER_SCREEN).ok(),
        limit: 1,
        ..ArticleQuery::default()
    };
    let found = store::articles::list_for(conn, (tenant, audience), &ask)?;
    Ok(found.rows.first().map(|article| article.id))
}
