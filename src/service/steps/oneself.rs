//! Whoever asks, as the desk's policy is to judge them: what is known of them, and what they may say themselves.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::policy::Scope;
use caredesk_core::policy::desk::{Fact, FactError, FactSource, Facts, RequesterKind};

use crate::guard::{Refusal, signed_in};
use crate::store;
use crate::store::db::Conn;

/// What is known of the caller.
pub(crate) struct Oneself {
    /// As what they are judged.
    pub(crate) requester: RequesterKind,
    /// What is known.
    pub(crate) facts: Facts,
    /// Whether their organisation is copied on every referral.
    pub(crate) copy_on_referrals: bool,
}

impl Oneself {
    /// Reads it: standing, and how many Site Admins the organisation has.
    pub(crate) fn known(conn: &mut Conn, scope: Scope, who: &Actor) -> Result<Self, Refusal> {
        let person = signed_in(who)?;
        let mut copy_on_referrals = false;
        let mut facts = of_standing(&person)?;
        if let Some(known) = store::tenants::known_organization(conn, scope)? {
            copy_on_referrals = known.copy_on_referrals;
            let of_site_admins = site_admins(known.site_admins, known.site_admins_with_factor)?;
            facts = facts.overlaid_by(&of_site_admins);
        }
        Ok(Self { requester: requester_of(person.standing.role), facts, copy_on_referrals })
    }
}

/// What the caller says, without what has to be read from the record or proved.
///
/// # Errors
/// The facts that they cannot state.
pub(crate) fn stated(facts: Facts) -> Result<Facts, Vec<Fact>> {
    let facts = facts.stated();
    let refused: Vec<Fact> =
        facts.iter().map(|(fact, _)| fact).filter(|fact| !fact.can_be_stated()).collect();
    if refused.is_empty() { Ok(facts) } else { Err(refused) }
}

/// What follows from an organisation's Site Admins in use, and those of them who can act now.
pub(crate) fn site_admins(in_use: i64, with_factor: i64) -> Result<Facts, Refusal> {
    let mut facts = Facts::new();
    let active = u32::try_from(in_use).unwrap_or(u32::MAX);
    let from = FactSource::Record;
    facts.set_count(Fact::ActiveSiteAdmins, active, from).map_err(|error| broken(&error))?;
    facts
        .set_flag(Fact::CurrentSiteAdminAvailable, with_factor > 0, from)
        .map_err(|error| broken(&error))?;
    Ok(facts)
}

/// What follows from a session that was checked.
pub(crate) fn of_standing(person: &Person) -> Result<Facts, Refusal> {
    let mut facts = Facts::new();
    standing_facts(person, &mut facts).map_err(|error| broken(&error))?;
    Ok(facts)
}

fn standing_facts(person: &Person, facts: &mut Facts) -> Result<(), FactError> {
    let standing = &person.standing;
    let may_log_tickets = matches!(standing.role, Role::SiteAdmin | Role::SupportUser);
    facts.set_flag(Fact::IdentityVerified, true, FactSource::Verified)?;
    facts.set_flag(Fact::SystemAccess, true, FactSource::Verified)?;
    facts.set_flag(Fact::RequesterActive, true, FactSource::Record)?;
    facts.set_flag(Fact::TwoFactor, standing.has_second_factor, FactSource::Record)?;
    facts.set_flag(Fact::SupportPrivilege, may_log_tickets, FactSource::Record)?;
    match standing.role {
        Role::TierOne => facts.set_count(Fact::Tier, 1, FactSource::Record),
        Role::TierTwo => facts.set_count(Fact::Tier, 2, FactSource::Record),
        _ => Ok(()),
    }
}

/// As what somebody of a role is judged.
pub(crate) const fn requester_of(role: Role) -> RequesterKind {
    match role {
        Role::SiteAdmin => RequesterKind::SiteAdmin,
        Role::SupportUser => RequesterKind::SupportUser,
        Role::Member => RequesterKind::OrgStaff,
        Role::Guardian => RequesterKind::Family,
        Role::TierOne => RequesterKind::AgentTier1,
        Role::TierTwo | Role::DeskManager | Role::PlatformAdmin => RequesterKind::AgentTier2,
        Role::Developer | Role::Integration => RequesterKind::Unknown,
    }
}

/// A fact of a wrong type: a fault of the program.
pub(crate) fn broken(error: &FactError) -> Refusal {
    Refusal::Broken(error.to_string())
}
