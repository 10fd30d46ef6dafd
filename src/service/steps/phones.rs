//! Telephone numbers as people write them, read where their organisation is known.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::{PhoneNumber, TextError, WrittenPhone};

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
    written.read(region.as_ref()).map_err(|error| Refusal::Invalid(vec![violation(error)]))
}

/// What is wrong with a number, of the field that is called so everywhere.
fn violation(error: TextError) -> Violation {
    let (code, detail) = match error {
        TextError::TooShort => ("too_short", "has too few digits"),
        TextError::TooLong => ("too_long", "has too many digits"),
        TextError::Form => {
            ("form", "has letters or an extension, or lacks its country, as in +1 201 555 0123")
        }
        TextError::Unknown => ("unknown", "is no number of the organisation's country"),
    };
    let pointer = "#/phone".to_owned();
    Violation { pointer, code: code.to_owned(), detail: detail.to_owned() }
}
