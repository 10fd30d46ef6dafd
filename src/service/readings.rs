//! What the desk's people read of organisations, on the record (PM1, "Audit").
//!
//! A reading is written down before its answer leaves, so nothing is shown that is not in the audit. The same
//! person who reads the same thing again within a minute is in it already; each instance knows that by itself, so
//! that most readings write nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use caredesk_core::domain::account::Realm;
use caredesk_core::domain::actor::Person;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Action;
use uuid::Uuid;

use super::house::{Ask, House};
use crate::guard::{self, Refusal};
use crate::store;
use crate::store::audit::{DENIAL_WINDOW as WINDOW, What};

/// Readings that are remembered, at most; those that are over are forgotten first.
const MOST: usize = 4096;

/// The readings of the last minute that are in the audit.
#[derive(Debug, Default)]
pub(super) struct Readings {
    written: Mutex<HashMap<Reading, Moment>>,
}

/// What makes two readings equal: who, what, on what, how much of it, from where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Reading {
    reader: AccountId,
    address: Option<String>,
    action: &'static str,
    tenant: Option<TenantId>,
    target: Option<Uuid>,
    detail: Option<String>,
}

impl Readings {
    /// Whether a reading is in the audit already.
    fn has(&self, reading: &Reading, now: Moment) -> bool {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.get(reading).is_some_and(|at| !is_over(*at, now))
    }

    /// Remembers a reading that is in the audit. Where there are too many, all are forgotten: then they are written
    /// down once more.
    fn keep(&self, reading: Reading, now: Moment) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() >= MOST {
            written.retain(|_, at| !is_over(*at, now));
        }
        if written.len() >= MOST {
            written.clear();
        }
        written.insert(reading, now);
    }
}

/// Whether a reading at a moment counts no more for one that comes now.
fn is_over(at: Moment, now: Moment) -> bool {
    at.plus(WINDOW) <= now
}

impl House {
    /// Writes down that the desk read data of a tenant; the tenant's own people need no entry. Called after the
    /// read and before its answer leaves. The same reading within a minute is one entry.
    ///
    /// # Errors
    /// Whatever the permit denies; the database fails, and then nothing is shown.
    pub async fn on_record<A>(&self, ask: &Ask, what: What) -> Result<(), Refusal>
    where
        A: Action<Target = ()>,
    {
        let is_desk = |person: &&Person| person.standing.role.realm() == Realm::Desk;
        let Some(person) = ask.actor.person().filter(is_desk) else { return Ok(()) };
        let reading = Reading {
            reader: person.account,
            address: ask.origin.address.clone(),
            action: A::KIND.as_str(),
            tenant: what.tenant,
            target: what.target,
            detail: what.detail.clone(),
        };
        let now = self.clock.now();
        if self.readings.has(&reading, now) {
            return Ok(());
        }
        self.transact::<_, Refusal, _>(ask, move |tx, actor| {
            let actor = guard::standing(tx, actor)?;
            let permit = guard::admit::<A>(&actor, tx.now)?;
            Ok(store::audit::record(tx, &permit, what.clone())?)
        })
        .await?;
        self.readings.keep(reading, now);
        Ok(())
    }

    /// As [`Self::on_record`], for a page of a list, of one tenant or of several; an empty one showed nothing.
    ///
    /// # Errors
    /// As [`Self::on_record`].
    pub async fn list_on_record<A>(
        &self,
        ask: &Ask,
        (tenant, rows): (Option<TenantId>, usize),
    ) -> Result<(), Refusal>
    where
        A: Action<Target = ()>,
    {
        if rows == 0 {
            return Ok(());
        }
        self.on_record::<A>(ask, What { tenant, target: None, detail: None }).await
    }
}
