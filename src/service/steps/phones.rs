//! Telephone numbers as people write them, read where their organisation is known.

use caredesk_core::domain::account::Realm;
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::{PhoneNumber, Region, TextError, WrittenPhone};

use crate::guard::{Refusal, Violation};
use crate::store::{self, Tx};

/// Reads a number that whoever asks wrote: one without its country is dialled in the country of their
/// organisation. The database is asked for that only if it matters.
///
/// # Errors
/// The number is none; the violation says of the field `phone` why.
pub fn of_asker(
    tx: &mut Tx<'_>,
    who: &Actor,
    written: Option<&WrittenPhone>,
) -> Result<Option<PhoneNumber>, Refusal> {
    let Some(written) = written else { return Ok(None) };
    read(tx, who.person().and_then(|person| person.tenant), written).map(Some)
}

/// As [`of_asker`], of somebody who writes to an organisation.
///
/// # Errors
/// The number is none; the violation says of the field `phone` why.
pub fn of_tenant(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    written: &WrittenPhone,
) -> Result<PhoneNumber, Refusal> {
    read(tx, Some(tenant), written)
}

/// Where an organisation dials numbers that are written without their country, for the desk and for its own
/// people: whoever else writes one is told no more than that it lacks its country. The database is asked only
/// if one of the numbers needs it.
///
/// # Errors
/// The database fails.
pub fn region_for<'w>(
    tx: &mut Tx<'_>,
    (who, tenant): (&Actor, TenantId),
    mut written: impl Iterator<Item = &'w WrittenPhone>,
) -> Result<Option<Region>, Refusal> {
    let knows = |person: &Person| {
        person.tenant == Some(tenant) || person.standing.role.realm() == Realm::Desk
    };
    let is_kept = |written: &WrittenPhone| written.as_kept().is_some();
    if !who.person().is_some_and(knows) || written.all(is_kept) {
        return Ok(None);
    }
    Ok(store::tenants::phone_region(tx.conn, tenant)?)
}

/// Reads a number that is dialled in a region; `pointer` says where it stands.
///
/// # Errors
/// The number is none; the violation says why.
pub fn within(
    region: Option<&Region>,
    written: Option<&WrittenPhone>,
    pointer: &str,
) -> Result<Option<PhoneNumber>, Refusal> {
    let read = |written: &WrittenPhone| written.as_kept().map_or_else(|| written.read(region), Ok);
    let read = written.map(read).transpose();
    read.map_err(|error| Refusal::Invalid(vec![violation(error, pointer)]))
}

fn read(
    tx: &mut Tx<'_>,
    tenant: Option<TenantId>,
    written: &WrittenPhone,
) -> Result<PhoneNumber, Refusal> {
    if let Some(kept) = written.as_kept() {
        return Ok(kept);
    }
    let region = match tenant {
        Some(tenant) => store::tenants::phone_region(tx.conn, tenant)?,
        None => None,
    };
    let read = written.read(region.as_ref());
    read.map_err(|error| Refusal::Invalid(vec![violation(error, "#/phone")]))
}

/// What is wrong with a number.
fn violation(error: TextError, pointer: &str) -> Violation {
    let (code, detail) = match error {
        TextError::TooShort => ("too_short", "has too few digits"),
        TextError::TooLong => ("too_long", "has too many digits"),
        TextError::Form => {
            ("form", "has letters or an extension, or lacks its country, as in +1 201 555 0123")
        }
        TextError::Unknown => ("unknown", "is no number of the organisation's country"),
    };
    Violation { pointer: pointer.to_owned(), code: code.to_owned(), detail: detail.to_owned() }
}
