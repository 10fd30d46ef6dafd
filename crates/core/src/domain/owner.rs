//! Owners on file: president or business owner, who never signs in and is the authority of last
//! resort (PM1, PM2, "Add/Modify Site Admins").

use jiff::SignedDuration;

use super::ids::{OwnerId, TenantId};
use super::time::Moment;
use super::{EmailAddress, PersonName, PhoneNumber};

/// A change to the root of trust authorises nothing before this has passed.
///
/// Long enough for the notice to the old address to be read over a weekend.
pub const TRUST_DELAY: SignedDuration = SignedDuration::from_hours(72);

/// How long a confirmation of an owner holds before the tenant is advised to repeat it.
pub const CONFIRMATION_LASTS: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Most owners a tenant has on file.
pub const MAX_OWNERS: usize = 10;

/// How an owner is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerDetails {
    /// The owner's name.
    pub name: PersonName,
    /// The address their authority is accepted from.
    pub email: EmailAddress,
    /// The number they are called back on.
    pub phone: Option<PhoneNumber>,
}

/// An owner on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its id.
    pub id: OwnerId,
    /// The tenant it owns.
    pub tenant: TenantId,
    /// How they are reached.
    pub details: OwnerDetails,
    /// When the details were last changed.
    pub changed_at: Moment,
    /// When they were last confirmed to be right.
    pub confirmed_at: Moment,
    /// When the owner was put on file.
    pub created_at: Moment,
    /// Counts the changes.
    pub version: i64,
}

impl Owner {
    /// From when the owner can authorise anything.
    pub fn authorises_from(&self) -> Moment {
        self.changed_at.plus(TRUST_DELAY)
    }
}
