//! Who is on a ticket, as far as a reader may know them.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::{Realm, Role};
use caredesk_core::domain::contact;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::user::UserNumber;
use caredesk_core::policy::{PeopleSight, TextSight, TicketSight};
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::tickets::{CallerShown, Told};
use crate::store::tickets::Somebody;

/// Somebody on a ticket, as far as the reader may know them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "role": "support_user", "account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "number": "U-000123",
    "name": null, "contact": null}))]
pub(in crate::api) struct TicketPerson {
    /// What they are; null of somebody without an account.
    role: Option<Role>,
    /// Their account; null if they have none, or it is not for this reader.
    account_id: Option<AccountId>,
    /// Their number in their organisation; null if they have none.
    #[schema(min_length = 8, max_length = 21, pattern = "^U-[0-9]{6,19}$", example = "U-000123")]
    number: Option<String>,
    /// Their name; null where it is not for this reader.
    name: Option<PersonName>,
    /// Where they are reached: in full, masked, or null where it is not for this reader. Of a caller without an account
    /// the desk sees it masked, until it is revealed.
    #[schema(
        min_length = 3,
        max_length = 254,
        pattern = r"^[^\x00-\x1F\x7F]+$",
        example = "g***@m***.example"
    )]
    contact: Option<String>,
}

impl TicketPerson {
    /// Nobody that is known.
    pub(super) const NOBODY: Self =
        Self { role: None, account_id: None, number: None, name: None, contact: None };

    /// Somebody with an account.
    pub(in crate::api::tickets) fn of(
        id: Option<AccountId>,
        somebody: &Somebody,
        sight: TicketSight,
    ) -> Self {
        let is_named = sight.people() == PeopleSight::Named;
        let email = somebody.email.clone().map(contact::Contact::Email);
        let reached = email.or_else(|| somebody.phone.clone().map(contact::Contact::Phone));
        let masked = || {
            let is_family = somebody.role.realm() == Realm::Family;
            reached.as_ref().filter(|_| is_family).map(contact::Contact::masked)
        };
        let full = || reached.as_ref().map(|contact| contact.as_str().to_owned());
        Self {
            role: Some(somebody.role),
            account_id: id,
            number: somebody.number.map(|number| UserNumber::of(number).to_string()),
            name: is_named.then(|| somebody.name.clone()),
            contact: if is_named { full() } else { masked() },
        }
    }

    /// Somebody who wrote something.
    pub(super) fn author(told: &Told, sight: TicketSight) -> Self {
        let Some((role, number, name)) = &told.entry.person else { return Self::NOBODY };
        let is_of_desk = role.realm() == Realm::Desk;
        let reads_at_desk = !matches!(sight.text(), TextSight::OwnWords { .. });
        let is_named = sight.people() == PeopleSight::Named && !is_of_desk;
        Self {
            role: Some(*role),
            account_id: told.entry.author_id.filter(|_| !is_of_desk || reads_at_desk),
            number: number.map(|number| UserNumber::of(number).to_string()),
            name: (is_named || is_of_desk && reads_at_desk).then(|| name.clone()),
            contact: None,
        }
    }

    /// A caller without an account, as far as the reader may know who that is.
    pub(super) fn caller(shown: CallerShown) -> Self {
        Self { name: shown.name, contact: shown.contact, ..Self::NOBODY }
    }
}

/// Whether somebody of the desk reads.
pub(super) fn is_of_desk(sight: TicketSight) -> bool {
    !matches!(sight.text(), TextSight::OwnWords { .. })
}
