//! Days of first use from before an organisation came to this product, imported on evidence: else a new
//! customer would have no Support User for six months.

use std::collections::{BTreeMap, HashMap, HashSet};

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::evidence::Evidence;
use caredesk_core::domain::ids::{AccountId, EvidenceId, TenantId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::user::{EARLIEST_FIRST_USE, EarlierUse, UserNumber};
use caredesk_core::policy::action::ImportFirstUse;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use super::steps::notice;
use crate::guard::{Refusal, Violation, admit_tenant};
use crate::store::accounts::first_use::KnownUse;
use crate::store::audit::What;
use crate::store::{self, Tx};

/// What an import left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// How many days were set.
    pub count: usize,
    /// The id that the evidence is kept under.
    pub evidence: EvidenceId,
}

/// Sets the days on which some users first used what the organisation had before: all of them, or none.
///
/// # Errors
/// Every row that is not right, not found, and whatever the permit denies.
pub fn import(
    tx: &mut Tx<'_>,
    who: &Actor,
    id: TenantId,
    (rows, evidence): (&[EarlierUse], &Evidence),
) -> Result<Imported, Refusal> {
    let permit = admit_tenant::<ImportFirstUse>(tx, who, id, None)?;
    store::tenants::govern(tx.conn, id)?;
    let tenant = store::tenants::find(tx.conn, permit.scope(), id)?.ok_or(Refusal::NotFound)?;
    let zone = tenant.settings.time_zone.zone();
    let numbers = rows.iter().filter_map(number).collect();
    let known = store::accounts::first_use::known(tx, &permit, numbers)?;
    let users = judged(rows, &known, (&zone, tx.now)).map_err(Refusal::Invalid)?;
    let evidence = store::evidence::record(tx, &permit, None, evidence)?;
    // A statement for each day and not for each user: many began together.
    let mut days: BTreeMap<Date, Vec<AccountId>> = BTreeMap::new();
    for (user, day) in users {
        days.entry(day).or_default().push(user);
    }
    for (day, users) in days {
        let midnight = midnight(day, &zone)?;
        store::accounts::first_use::import(tx, &permit, (users, midnight), evidence)?;
    }
    let count = rows.len();
    let detail = Some(json!({"evidence": evidence, "users": count}).to_string());
    store::audit::record(tx, &permit, What { tenant: Some(id), target: Some(id.uuid()), detail })?;
    let facts = json!({"organisation": tenant.name, "count": count});
    let told = [&tenant.points.notification_address];
    notice::tell(tx, &tenant, MessageKind::FirstUseImported, &told, &facts)?;
    Ok(Imported { count, evidence })
}

/// The number that a row names.
fn number(row: &EarlierUse) -> Option<i64> {
    UserNumber::parse(&row.number).map(UserNumber::get)
}

/// When a day begins where the organisation is.
fn midnight(day: Date, zone: &TimeZone) -> Result<Moment, Refusal> {
    let begins = day.to_zoned(zone.clone()).map_err(|error| Refusal::Broken(error.to_string()))?;
    Ok(Moment::of(begins.timestamp()))
}

/// Whose day each row is, or everything that is wrong with the rows.
fn judged(
    rows: &[EarlierUse],
    known: &[KnownUse],
    (zone, now): (&TimeZone, Moment),
) -> Result<Vec<(AccountId, Date)>, Vec<Violation>> {
    let day_of = |at: Moment| at.timestamp().to_zoned(zone.clone()).date();
    let by_number: HashMap<i64, &KnownUse> =
        known.iter().filter_map(|user| Some((user.number?, user))).collect();
    let (mut users, mut faults, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (at, row) in rows.iter().enumerate() {
        let mut fault = |field: &str, code: &str, detail: &str| {
            faults.push(Violation {
                pointer: format!("#/dates/{at}/{field}"),
                code: code.to_owned(),
                detail: detail.to_owned(),
            });
        };
        let day = row.day.date();
        if day > day_of(now) {
            fault("first_used_on", "future", "is yet to come in the organisation's time zone");
        } else if day < EARLIEST_FIRST_USE {
            fault("first_used_on", "too_early", "lies before 2000-01-01");
        }
        let number = number(row);
        let user = number.and_then(|number| by_number.get(&number));
        let Some(user) = user else {
            fault("user_number", "unknown", "is no user of the organisation");
            continue;
        };
        if !seen.insert(user.id) {
            fault("user_number", "duplicate", "stands in the list before");
        }
        if user.first_used_at.is_some_and(|first| day > day_of(first)) {
            fault("first_used_on", "later_than_known", "is later than the first use that is known");
        }
        users.push((user.id, day));
    }
    if faults.is_empty() { Ok(users) } else { Err(faults) }
}
