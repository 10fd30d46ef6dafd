//! How long a sign-in lasts, by realm.

use jiff::SignedDuration;

use super::account::{Realm, Role};
use super::time::Moment;

/// After this long without a request a session is over.
pub const fn idle(realm: Realm) -> SignedDuration {
    match realm {
        Realm::Desk | Realm::Tenant | Realm::Integration => SignedDuration::from_mins(30),
        Realm::Family => SignedDuration::from_mins(60),
    }
}

/// After this long a session is over, whatever happens in it.
pub const fn absolute(realm: Realm) -> SignedDuration {
    match realm {
        Realm::Desk | Realm::Tenant | Realm::Integration => SignedDuration::from_hours(12),
        Realm::Family => SignedDuration::from_hours(24),
    }
}

/// The longest that any access token is good for.
pub const LONGEST_TOKEN: SignedDuration = SignedDuration::from_mins(10);

/// How long an access token is good for.
pub const fn token_lifetime(role: Role) -> SignedDuration {
    match role {
        Role::SiteAdmin => SignedDuration::from_mins(5),
        role if matches!(role.realm(), Realm::Desk) => SignedDuration::from_mins(5),
        _ => LONGEST_TOKEN,
    }
}

/// Use of a session is written down at most this often.
pub const TOUCH_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Most sessions of an account at a time; another one ends the one that was unused for longest.
pub const MAX_SESSIONS: usize = 10;

/// Whether a session is over: ended by somebody, too old, or unused for too long.
pub fn is_over(
    realm: Realm,
    (last_used_at, expires_at, ended_at): (Moment, Moment, Option<Moment>),
    now: Moment,
) -> bool {
    ended_at.is_some() || now >= expires_at || now.since(last_used_at) >= idle(realm)
}
