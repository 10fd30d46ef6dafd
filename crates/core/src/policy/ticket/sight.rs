//! Who sees which tickets, and how much of them.

use crate::domain::account::Role;
use crate::domain::actor::{Actor, Person};
use crate::domain::ids::{AccountId, TenantId};
use crate::domain::ticket::Tier;
use crate::policy::action::Action;
use crate::policy::desk::RequesterKind;
use crate::policy::permit::Permit;

/// What somebody sees of tickets. Made of a permit only, so that nobody looks who may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketSight {
    seen: SeenTickets,
    text: TextSight,
    people: PeopleSight,
}

/// Which tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenTickets {
    /// All of them: the second tier, desk managers, the product itself.
    All,
    /// Those at one tier.
    AtTier(Tier),
    /// One's own, those one is in copy of, and some of one's organisation.
    Some {
        /// Who looks.
        account: AccountId,
        /// Their organisation, and what they see of it beside what is their own; none for families.
        together: Option<(TenantId, SeenTogether)>,
    },
    /// None.
    Nothing,
}

/// What somebody sees of their organisation's tickets, beside what is their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenTogether {
    /// Nothing: members.
    Nothing,
    /// Those about access, questions of policy, and those that the organisation takes part in: Site Admins. All of
    /// them learn of a question of policy; what was handed to the organisation is its own matter, and there may be
    /// no Support User who sees it.
    SiteAdmins,
    /// The team's: those of the organisation's users, and families' where the organisation takes part.
    Team,
}

/// How the texts of a ticket are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextSight {
    /// Not at all.
    Hidden,
    /// Masked.
    Masked,
    /// Masked, but for what oneself or somebody of one's organisation wrote.
    OwnWords {
        /// Who looks.
        account: AccountId,
        /// Their organisation; none for families.
        tenant: Option<TenantId>,
    },
}

/// How the people of a ticket are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeopleSight {
    /// By name.
    Named,
    /// By number and role, guardians by role and masked contact.
    Numbered,
}

/// How a caller without an account is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerSight {
    /// By name and contact.
    Named,
    /// By masked contact.
    Masked,
    /// Not at all.
    Hidden,
}

/// Where a ticket belongs, as far as it decides who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts, each looked up by itself")]
pub struct TicketPlace {
    /// The organisation that it is about.
    pub tenant: TenantId,
    /// At which tier it is.
    pub tier: Tier,
    /// The account of whoever it is for, if there is one.
    pub requester: Option<AccountId>,
    /// Whether it is the team's: whoever it is for is of the organisation, or the organisation takes part.
    pub is_for_team: bool,
    /// Whether it is about access.
    pub is_about_access: bool,
    /// Whether it is marked as a question of policy.
    pub is_policy_question: bool,
    /// Whether the organisation takes part: it was handed to it, or it gets copies.
    pub organization_takes_part: bool,
    /// Whether whoever looks is in copy.
    pub is_in_copy: bool,
}

impl TicketSight {
    /// What whoever holds a permit sees.
    pub fn of<A: Action>(permit: &Permit<A>) -> Self {
        Self::by(permit.actor())
    }

    /// What an actor sees. `guard` looks for tickets with it before there is a permit.
    pub fn by(actor: &Actor) -> Self {
        let desk = |seen, text, people| Self { seen, text, people };
        match actor {
            Actor::System => desk(SeenTickets::All, TextSight::Masked, PeopleSight::Named),
            Actor::Operator | Actor::Public | Actor::Caller(_) => Self::nothing(),
            Actor::Person(person) => match person.standing.role {
                Role::TierOne => {
                    desk(SeenTickets::AtTier(Tier::One), TextSight::Masked, PeopleSight::Numbered)
                }
                Role::TierTwo => desk(SeenTickets::All, TextSight::Masked, PeopleSight::Named),
                Role::DeskManager => {
                    desk(SeenTickets::All, TextSight::Hidden, PeopleSight::Numbered)
                }
                Role::SiteAdmin | Role::SupportUser | Role::Member | Role::Guardian => {
                    Self::of_requester(person)
                }
                Role::Developer | Role::PlatformAdmin | Role::Integration => Self::nothing(),
            },
        }
    }

    const fn nothing() -> Self {
        Self { seen: SeenTickets::Nothing, text: TextSight::Hidden, people: PeopleSight::Numbered }
    }

    fn of_requester(person: &Person) -> Self {
        let Person { account, tenant, .. } = *person;
        let together = SeenTogether::by(person.standing.role);
        Self {
            seen: SeenTickets::Some { account, together: tenant.map(|tenant| (tenant, together)) },
            text: TextSight::OwnWords { account, tenant },
            people: PeopleSight::Named,
        }
    }

    /// Which tickets are seen.
    pub const fn seen(&self) -> SeenTickets {
        self.seen
    }

    /// How their texts are shown.
    pub const fn text(&self) -> TextSight {
        self.text
    }

    /// How their people are shown.
    pub const fn people(&self) -> PeopleSight {
        self.people
    }

    /// How a caller without an account is shown who was judged as this. Who they are is sealed: at the desk nobody reads
    /// it but by having it revealed, with a reason and on the record.
    pub fn caller(&self, judged: RequesterKind) -> CallerSight {
        let of_desk = !matches!(self.text, TextSight::OwnWords { .. });
        match self.people {
            PeopleSight::Named if of_desk => CallerSight::Masked,
            PeopleSight::Named => CallerSight::Named,
            PeopleSight::Numbered if judged == RequesterKind::Family => CallerSight::Masked,
            PeopleSight::Numbered => CallerSight::Hidden,
        }
    }

    /// Whether the desk's second tier looks, which sees the people of a ticket and decides what stays masked.
    pub fn is_second_tiers(&self) -> bool {
        self.text == TextSight::Masked && self.people == PeopleSight::Named
    }

    /// Whether a ticket is among those that are seen.
    pub fn sees(&self, ticket: &TicketPlace) -> bool {
        match self.seen {
            SeenTickets::All => true,
            SeenTickets::AtTier(tier) => ticket.tier == tier,
            SeenTickets::Nothing => false,
            SeenTickets::Some { account, together } => {
                let is_own = ticket.requester == Some(account) || ticket.is_in_copy;
                is_own || together.is_some_and(|together| ticket.is_seen_together(together))
            }
        }
    }

    /// Whether a text is shown as it was written: to its author, and to the author's own organisation.
    pub fn shows_original(&self, author: Option<AccountId>, of: Option<TenantId>) -> bool {
        match self.text {
            TextSight::Hidden | TextSight::Masked => false,
            TextSight::OwnWords { account, tenant } => {
                author == Some(account) || tenant.is_some() && of == tenant
            }
        }
    }
}

impl SeenTogether {
    const fn by(role: Role) -> Self {
        match role {
            Role::SiteAdmin => Self::SiteAdmins,
            Role::SupportUser => Self::Team,
            _ => Self::Nothing,
        }
    }
}

impl TicketPlace {
    /// Whether nobody sees it by their role alone, at the desk or in the organisation, who does not see `other` so.
    pub fn is_seen_by_no_more_roles_than(&self, other: &Self) -> bool {
        let by_role = |place: &Self, role| place.is_seen_as(role, Some(self.tenant));
        (self.tier != Tier::One || other.tier == Tier::One)
            && Role::ALL.iter().all(|role| !by_role(self, *role) || by_role(other, *role))
    }

    /// Whether somebody with a role in an organisation sees it by that alone.
    pub fn is_seen_as(&self, role: Role, tenant: Option<TenantId>) -> bool {
        tenant.is_some_and(|tenant| self.is_seen_together((tenant, SeenTogether::by(role))))
    }

    fn is_seen_together(&self, (tenant, together): (TenantId, SeenTogether)) -> bool {
        self.tenant == tenant
            && match together {
                SeenTogether::Nothing => false,
                SeenTogether::SiteAdmins => {
                    let is_told = self.is_about_access || self.is_policy_question;
                    self.is_for_team && (is_told || self.organization_takes_part)
                }
                SeenTogether::Team => self.is_for_team,
            }
    }
}
