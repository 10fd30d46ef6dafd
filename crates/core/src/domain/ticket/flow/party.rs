//! Who somebody is to a ticket.

use crate::domain::ticket::Tier;

words! {
    /// Who somebody is to a ticket. An agent of the first tier has to do with tickets of the first tier only.
    Party {
        /// The rules of the desk, as the product applies them.
        Policy = "policy",
        /// Whoever the ticket is for.
        Requester = "requester",
        /// Somebody in copy.
        Cc = "cc",
        /// The organisation, where it takes part.
        Organization = "organization",
        /// An agent of the first tier.
        Tier1 = "tier1",
        /// An agent of the second tier.
        Tier2 = "tier2",
        /// An agent of the tier that the ticket is at.
        Assigned = "assigned",
        /// The product itself.
        System = "system",
    }
}

/// All that somebody is to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartySet(u8);

impl PartySet {
    /// Nobody.
    pub const NONE: Self = Self(0);

    /// What an agent is to a ticket, each at a tier.
    pub fn of_agent(agent: Tier, ticket: Tier) -> Self {
        let parties: &[Party] = match (agent, ticket) {
            (Tier::One, Tier::One) => &[Party::Tier1, Party::Assigned],
            (Tier::One, Tier::Two) => &[],
            (Tier::Two, Tier::One) => &[Party::Tier2],
            (Tier::Two, Tier::Two) => &[Party::Tier2, Party::Assigned],
        };
        parties.iter().copied().collect()
    }

    /// Whether a party is among them.
    pub const fn has(self, party: Party) -> bool {
        self.0 & Self::bit(party) != 0
    }

    /// Whether one party at least is among both.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// These and others.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn bit(party: Party) -> u8 {
        match party {
            Party::Policy => 1,
            Party::Requester => 1 << 1,
            Party::Cc => 1 << 2,
            Party::Organization => 1 << 3,
            Party::Tier1 => 1 << 4,
            Party::Tier2 => 1 << 5,
            Party::Assigned => 1 << 6,
            Party::System => 1 << 7,
        }
    }
}

impl FromIterator<Party> for PartySet {
    fn from_iter<I: IntoIterator<Item = Party>>(parties: I) -> Self {
        Self(parties.into_iter().fold(0, |bits, party| bits | Self::bit(party)))
    }
}
