//! Invitations of families: a link and a code that work once (CW, "Invite").

use jiff::SignedDuration;

use super::ids::{AccountId, ApplicationId, InvitationId, NotificationId, TenantId};
use super::notification::Method;
use super::time::Moment;
use super::{ApplicationNumber, PersonName};

/// How long an invitation counts after it was made, and its message queued.
///
/// The source says 14 days; it is read as 14 x 24 hours, so that no change of the clocks moves the end.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How often a code may be typed wrong before only its link counts.
pub const MAX_ATTEMPTS: i64 = 10;
/// How long a family waits between two requests for a new invitation.
pub const RENEWAL_PAUSE: SignedDuration = SignedDuration::from_hours(24);

words! {
    /// What has become of an invitation.
    InvitationState {
        /// It waits for its family.
        Pending = "pending",
        /// The family came by it.
        Accepted = "accepted",
        /// Its time is over.
        Expired = "expired",
        /// A newer one took its place.
        Replaced = "replaced",
        /// It was taken back.
        Revoked = "revoked",
    }
}

/// An invitation of a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The organisation that invites.
    pub tenant: TenantId,
    /// What the family is invited to.
    pub application: ApplicationId,
    /// That application's number.
    pub number: ApplicationNumber,
    /// The family's name.
    pub family_name: PersonName,
    /// By what it was sent.
    pub method: Method,
    /// Where it was sent.
    pub recipient: String,
    /// What has become of it as it is kept; never [`InvitationState::Expired`].
    pub kept: InvitationState,
    /// The message.
    pub notification: Option<NotificationId>,
    /// The account of whoever sent it, a person's or a key's; none if the product did.
    pub created_by: Option<AccountId>,
    /// When it was sent.
    pub created_at: Moment,
    /// Until when it counts.
    pub expires_at: Moment,
    /// When it was accepted, replaced or taken back.
    pub ended_at: Option<Moment>,
    /// Counts the changes.
    pub version: i64,
}

impl Invitation {
    /// What has become of it by now.
    pub fn state(&self, now: Moment) -> InvitationState {
        match self.kept {
            InvitationState::Pending if self.expires_at <= now => InvitationState::Expired,
            kept => kept,
        }
    }
}
