//! Whose account a caller says is theirs, where nobody named it as the ticket was opened: an emergency without a
//! session, a call about which the agent asked later. Naming it proves nothing. Codes go to the contact on file of it
//! then, and once the caller has read one out, or was called back there, the ticket is that account's.

use std::slice;

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::{Account, Realm, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::user::UserNumber;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::action::VerifyRequester;
use caredesk_core::policy::desk::RequesterKind;
use serde_json::json;

use super::hearing::{Before, know};
use super::opening::unknown;
use super::requester::of_organization;
use super::step::{Saying, Step, begin, invalid};
use super::{Named, Version, Words, earlier};
use crate::guard::Refusal;
use crate::service::house::House;
use crate::service::steps::{door, oneself};
use crate::store::tickets::{Detail, TicketRow};
use crate::store::{self, Tx};

/// An account that was named for a caller, as an agent sees it: by number and role.
#[derive(Debug, Clone)]
pub struct CallerNamed {
    /// The account.
    pub account: AccountId,
    /// What it is.
    pub role: Role,
    /// Its number in the organisation; none of a guardian's.
    pub number: Option<UserNumber>,
}

/// Names the account that a caller says is theirs. Codes that were sent before count no more.
///
/// # Errors
/// As every step; `ticket.caller_known` on a ticket that has an account, or whose requester is known; invalid for what
/// names nobody of the organisation, or nobody whom the caller could be.
pub fn name_caller(
    tx: &mut Tx<'_>,
    who: &Actor,
    (key, named): (Version, Named),
) -> Result<CallerNamed, Refusal> {
    let step = begin::<VerifyRequester>(tx, who, key, None)?;
    let row = &step.after;
    if row.requester_id.is_some() || row.verification != Verification::None {
        return Err(Refusal::Because(Code::TicketCallerKnown));
    }
    let (id, pointer) = match named {
        Named::Account(id) => (Some(id), "#/account_id"),
        Named::Number(number) => {
            (store::tickets::numbered(tx.conn, row.tenant_id, number)?, "#/number")
        }
    };
    let found = match id {
        Some(id) => of_organization(tx, row.tenant_id, id)?,
        None => None,
    };
    let account = found.ok_or_else(|| unknown(pointer, "is nobody of this organisation"))?;
    if !can_be(tx, row, &account)? {
        return Err(invalid(pointer, "not_theirs", "is not what this caller is"));
    }
    store::tickets::end_codes(tx, &step.permit)?;
    store::tickets::keep_claim(tx, &step.permit, account.id)?;
    let detail = Detail { claims: Some(account.id), ..Detail::default() };
    let saying = Saying { is_internal: true, ..Saying::nothing(detail) };
    step.write(tx, saying, &json!({"claims": account.id}))?;
    let number = store::tickets::number_of_user(tx.conn, account.id)?;
    Ok(CallerNamed { account: account.id, role: account.role, number })
}

/// Whether the caller of a ticket can be the owner of an account. An owner on file is proved by what is on file of
/// owners; what somebody of the organisation asked for is no family's to read; and an application is its own family's.
fn can_be(tx: &mut Tx<'_>, row: &TicketRow, account: &Account) -> Result<bool, Refusal> {
    if row.requester == RequesterKind::BusinessOwner {
        return Ok(false);
    }
    if account.role.realm() != Realm::Family {
        return Ok(true);
    }
    if row.requester.is_of_organization() {
        return Ok(false);
    }
    let Some(application) = row.application_id else { return Ok(true) };
    let found = store::tickets::application(tx.conn, row.tenant_id, application)?;
    Ok(found.is_some_and(|(.., linked)| linked == Some(account.id)))
}

/// The account that was named for the caller of a ticket which has none; none if none was.
///
/// # Errors
/// `ticket.no_contact_on_file` if it is nobody's of the organisation any more.
pub(super) fn claimed(tx: &mut Tx<'_>, row: &TicketRow) -> Result<Option<Account>, Refusal> {
    if row.requester_id.is_some() {
        return Ok(None);
    }
    let Some(id) = store::tickets::claimed(tx.conn, row.id)? else { return Ok(None) };
    let gone = || Refusal::Because(Code::TicketNoContact);
    let account = of_organization(tx, row.tenant_id, id)?.ok_or_else(gone)?;
    if can_be(tx, row, &account)? { Ok(Some(account)) } else { Err(gone()) }
}

/// Makes a ticket the account's that was named, once its owner has proved to be the caller. Nobody reads it any more by
/// a link that went to where the caller said.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    house: &House,
    step: &mut Step<VerifyRequester>,
) -> Result<(), Refusal> {
    let Some(account) = claimed(tx, &step.after)? else { return Ok(()) };
    let id = step.after.id;
    step.after.requester = kind_of(step.after.requester, account.role);
    step.after.requester_id = Some(account.id);
    step.after.is_for_team |= step.after.requester.is_of_organization();
    store::tickets::end_passes(tx, &step.permit, id)?;
    // Their requester sees it anyway, and is told once.
    store::tickets::unwatch(tx, &step.permit, id, account.id)?;
    learn(tx, house, (step, &account.name))
}

/// As what a caller is judged whose account is known: as what its owner is, but for what no role tells.
fn kind_of(before: RequesterKind, role: Role) -> RequesterKind {
    let is_family = role.realm() == Realm::Family;
    let keeps = if is_family {
        before != RequesterKind::Unknown
    } else {
        before == RequesterKind::Provider
    };
    if keeps { before } else { oneself::requester_of(role) }
}

/// Tells the case the name of its requester; what was said before is looked at again.
fn learn(
    tx: &mut Tx<'_>,
    house: &House,
    (step, name): (&Step<VerifyRequester>, &PersonName),
) -> Result<(), Refusal> {
    let (id, tenant) = step.of();
    let Some(met) = store::tickets::names(tx.conn, id)? else { return Ok(()) };
    let mut case = door::opened_names(tx.keys, (tenant, id.uuid()), &met.names)?;
    if !know(&mut case, slice::from_ref(name)) {
        return Ok(());
    }
    let detector = &*house.rules.detector;
    let mut heard = door::heard(detector, &Words::default(), case);
    earlier::mask(tx, &step.permit, (&step.whole, detector), (&mut heard, &Before::default()))?;
    let names = door::sealed_names(tx, (tenant, id.uuid()), &heard.case)?;
    Ok(store::tickets::keep_names(tx, &step.permit, id, names)?)
}
