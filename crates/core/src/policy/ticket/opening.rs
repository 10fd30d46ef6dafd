//! Who opens a ticket, and what comes before it.

use jiff::SignedDuration;

use crate::domain::account::Role;
use crate::domain::actor::Actor;
use crate::domain::code::Code;
use crate::domain::ids::TenantId;
use crate::domain::ticket::Tier;
use crate::domain::time::Moment;
use crate::policy::action::{ActionKind, OfOneTenant, Target};
use crate::policy::desk::{Channel, RequestType};
use crate::policy::permit::Denial;

words! {
    /// Whether the help centre was searched before (PM1, "Help centre").
    SearchedBefore {
        /// A search of the last 24 hours is named.
        Done = "done",
        /// The organisation asks for none.
        NotAsked = "not_asked",
        /// There is none.
        Missing = "missing",
    }
}

/// How long a search counts.
pub const SEARCH_COUNTS: SignedDuration = SignedDuration::from_hours(24);

impl SearchedBefore {
    /// What the newest search of somebody is worth to an organisation that asks for one, or does not.
    pub fn of(newest: Option<Moment>, is_asked: bool, now: Moment) -> Self {
        let is_recent = |at: Moment| now.since(at) <= SEARCH_COUNTS;
        match newest {
            Some(at) if is_recent(at) => Self::Done,
            _ if is_asked => Self::Missing,
            _ => Self::NotAsked,
        }
    }
}

/// A ticket that is about to be opened. What somebody reports who has no session has no such door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningFacts {
    /// The organisation that it is about.
    pub tenant: TenantId,
    /// What is asked for.
    pub request_type: RequestType,
    /// In which way it came.
    pub channel: Channel,
    /// Whether it is opened for somebody else.
    pub is_for_caller: bool,
    /// Whether the help centre was searched before.
    pub help_search: SearchedBefore,
}

impl OpeningFacts {
    /// Whether somebody of a role searches the help centre first: whoever logs tickets for an organisation, on
    /// the portal, about anything but access.
    fn wants_search(&self, role: Role) -> bool {
        matches!(role, Role::SiteAdmin | Role::SupportUser)
            && self.channel == Channel::Portal
            && !self.request_type.is_about_access()
    }
}

impl Target for OpeningFacts {
    fn bars(&self, _: ActionKind, actor: &Actor, _: Moment) -> Vec<Denial> {
        // The product opens tickets out of messages that came in.
        let Some(person) = actor.person() else { return Vec::new() };
        let role = person.standing.role;
        let came_by_themselves = matches!(self.channel, Channel::Portal | Channel::Form);
        let mut found = Vec::new();
        // "Anybody of a tenant, in an emergency"; otherwise members are told whom to turn to.
        if role == Role::Member && !self.request_type.is_emergency() {
            found.push(Denial::of(Code::TicketNotYoursToOpen));
        }
        if Tier::of(role).is_some() {
            if !self.is_for_caller || came_by_themselves {
                found.push(Denial::conflict(Code::TicketCallerRequired));
            }
        } else if self.is_for_caller || self.channel != Channel::Portal {
            found.push(Denial::of(Code::NotPermitted));
        }
        if self.wants_search(role) && self.help_search == SearchedBefore::Missing {
            found.push(Denial::conflict(Code::HelpSearchRequired));
        }
        found
    }
}

impl OfOneTenant for OpeningFacts {
    fn tenant(&self) -> TenantId {
        self.tenant
    }
}
