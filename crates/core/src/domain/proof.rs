//! Proofs that somebody carries once: links with a secret, and codes that are typed.

use jiff::SignedDuration;

words! {
    /// What a one-time link is for.
    LinkPurpose {
        /// A first password, or a new start.
        Enrolment = "enrolment",
        /// A new password instead of a forgotten one.
        PasswordReset = "password_reset",
    }
}

impl LinkPurpose {
    /// How long a link can be redeemed.
    pub const fn lasts(self) -> SignedDuration {
        match self {
            Self::Enrolment => SignedDuration::from_hours(72),
            Self::PasswordReset => SignedDuration::from_hours(1),
        }
    }
}

words! {
    /// What a one-time code shows.
    CodePurpose {
        /// That whoever changes a contact still has the present one.
        CurrentContact = "current_contact",
        /// That whoever changes a contact has the new one.
        NewContact = "new_contact",
        /// That a session is the account's owner's: a guardian's second factor.
        SecondFactor = "second_factor",
    }
}

/// How long a one-time code counts.
pub const CODE_LASTS: SignedDuration = SignedDuration::from_mins(10);

/// How long a code counts that a caller reads out to an agent (HD, "Identity").
pub const CALLER_CODE_LASTS: SignedDuration = SignedDuration::from_mins(30);

/// How often a one-time code may be tried; of a million codes that leaves one chance in 200 000.
pub const CODE_ATTEMPTS: i64 = 5;

/// How long a secret that was begun to be enrolled waits for its first code.
pub const ENROLMENT_WAITS: SignedDuration = SignedDuration::from_hours(1);

/// How many recovery codes an account is given.
pub const RECOVERY_CODES: usize = 10;
