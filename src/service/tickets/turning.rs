//! Whom an answer sends its reader to: the people of their own organisation, or how that is reached. Names of staff are
//! told to nobody else.

use caredesk_core::domain::account::{Realm, Role};
use caredesk_core::domain::tenant::Contact;
use caredesk_core::policy::desk::{Decision, Effect, Outcome};
use serde_json::{Value, json};

use super::telling;
use crate::guard::Refusal;
use crate::store::directory::Helper;
use crate::store::tickets::{Detail, Party};
use crate::store::{self, Tx};

/// Whom an answer sends its reader to.
#[derive(Debug, Clone, Default)]
pub(super) struct ToTurnTo {
    contacts: Vec<Contact>,
    people: Vec<Helper>,
}

impl ToTurnTo {
    /// Whom a decision sends a requester to; `role` is that of their account, if they have one. Nobody for what
    /// nobody does.
    pub(super) fn of(
        tx: &mut Tx<'_>,
        party: &Party,
        (decision, role): (&Decision, Option<Role>),
    ) -> Result<Self, Refusal> {
        if decision.outcome == Outcome::Refuse {
            return Ok(Self::default());
        }
        if decision.effects.contains(&Effect::ListSiteAdminsAndSupportUsers) {
            return Self::of_people(tx, party, role);
        }
        Ok(Self { contacts: party.contacts.clone(), people: Vec::new() })
    }

    /// The Site Admins and Support Users of an organisation, for one of its users; for everybody else, and where there
    /// is nobody to name, how the organisation is reached.
    pub(super) fn of_people(
        tx: &mut Tx<'_>,
        party: &Party,
        role: Option<Role>,
    ) -> Result<Self, Refusal> {
        // The account of a requester from an organisation is always one of the ticket's.
        let is_user = role.is_some_and(|role| role.realm() == Realm::Tenant);
        let people =
            if is_user { store::directory::helpers(tx.conn, party.id)? } else { Vec::new() };
        let contacts = if people.is_empty() { party.contacts.clone() } else { Vec::new() };
        Ok(Self { contacts, people })
    }

    /// What the entry of the timeline says of it.
    pub(super) fn detail(&self) -> Detail {
        let Self { contacts, people } = self.clone();
        Detail { contacts, people, ..Detail::default() }
    }

    /// The ways to reach an organisation, as a template reads them.
    pub(super) fn contacts(&self) -> Value {
        telling::shown(&self.contacts)
    }

    /// The people, as a template reads them.
    pub(super) fn people(&self) -> Value {
        let one = |person: &Helper| json!({"name": person.name, "role": person.role, "email": person.email, "phone": person.phone});
        self.people.iter().map(one).collect()
    }
}
