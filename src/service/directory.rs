//! Whom to turn to: at the desk, and in one's own organisation.

use std::sync::Arc;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::desk_contact::{DeskContact, Holiday};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{ListSupportContacts, ReadDeskContact};

use super::house::House;
use super::perform::Looker;
use crate::guard::{Refusal, admit};
use crate::store;
use crate::store::db::Conn;
use crate::store::directory::OwnOrganization;

/// How far ahead holidays are told, in days.
const HOLIDAYS_AHEAD: i32 = 60;

/// The desk at a moment.
#[derive(Debug, Clone)]
pub struct DeskNow {
    /// The desk.
    pub contact: Arc<DeskContact>,
    /// Whether somebody answers now.
    pub is_open: bool,
    /// When somebody begins to answer next; none if the desk never opens, or never closes.
    pub opens_next: Option<Moment>,
    /// The holidays of the coming days.
    pub holidays: Vec<Holiday>,
}

impl DeskNow {
    /// The desk at `now`.
    fn of(contact: Arc<DeskContact>, now: Moment) -> Self {
        let holidays = contact.holidays_within(now, HOLIDAYS_AHEAD);
        Self {
            is_open: contact.is_open(now),
            opens_next: contact.opens_next(now),
            holidays: holidays.into_iter().cloned().collect(),
            contact,
        }
    }
}

/// Whom somebody of an organisation turns to.
#[derive(Debug, Clone)]
pub struct SupportContacts {
    /// The organisation and its people.
    pub organization: OwnOrganization,
    /// The desk.
    pub desk: DeskNow,
}

impl House {
    /// How the desk is reached, now.
    ///
    /// # Errors
    /// Whatever the permit denies.
    pub fn desk_contact(&self) -> Result<DeskNow, Refusal> {
        let now = self.clock.now();
        admit::<ReadDeskContact>(&Actor::Public, now)?;
        Ok(DeskNow::of(Arc::clone(&self.desk), now))
    }
}

/// Whom whoever asks turns to.
///
/// # Errors
/// Whatever the permit denies.
pub fn support_contacts(
    conn: &mut Conn,
    looker: &Looker,
    desk: Arc<DeskContact>,
) -> Result<SupportContacts, Refusal> {
    let permit = admit::<ListSupportContacts>(&looker.actor, looker.now)?;
    let found = store::directory::own_organization(conn, permit.scope())?;
    let organization = found.ok_or(Refusal::NotFound)?;
    Ok(SupportContacts { organization, desk: DeskNow::of(desk, looker.now) })
}
