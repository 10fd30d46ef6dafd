//! Users of an organisation (PM1, PM2): what they are beyond an account that signs in.

use jiff::SignedDuration;

use super::account::{Account, InactiveReason, Locale};
use super::ids::{AccountId, EvidenceId, RoleId, TenantId, TrainingRecordId};
use super::permission::PermissionSet;
use super::time::Moment;
use super::{Day, EmailAddress, Line, PersonName, PhoneNumber, RoleName, UserName};

/// Most training records of a user.
pub const MAX_TRAINING_RECORDS: i64 = 100;
/// Most days of first use that are imported at a time.
pub const MAX_FIRST_USES: usize = 500;
/// No day of first use lies before this one.
pub const EARLIEST_FIRST_USE: jiff::civil::Date = jiff::civil::date(2000, 1, 1);

/// A user of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The account it signs in with.
    pub account: Account,
    /// The organisation.
    pub tenant: TenantId,
    /// Its running number there.
    pub number: UserNumber,
    /// First name.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
    /// Why it is inactive.
    pub inactive_reason: Option<InactiveReason>,
    /// Since when it is inactive.
    pub inactive_since: Option<Moment>,
    /// How long it was inactive before.
    pub inactive_for: SignedDuration,
    /// The roles that the organisation made and gave it.
    pub roles: Vec<GivenRole>,
    /// What these roles permit.
    pub permissions: PermissionSet,
    /// Whether a training record says fully trained.
    pub is_trained: bool,
    /// Whether dormancy passes it over.
    pub kept_active: bool,
    /// From when its idle days count.
    pub idle_since: Option<Moment>,
    /// When it was first used.
    pub first_used_at: Option<Moment>,
    /// The evidence that the day of the first use was imported on.
    pub first_use_evidence: Option<EvidenceId>,
    /// Whether it was Site Admin until it became inactive.
    pub was_site_admin: bool,
    /// Until when the link counts that it was sent to set a first password with.
    pub invited_until: Option<Moment>,
    /// When it was last changed.
    pub updated_at: Moment,
}

/// A role that a user was given, as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRole {
    /// The role.
    pub id: RoleId,
    /// What it is called.
    pub name: RoleName,
}

/// A user's running number in its organisation: shown as `U-000123`. It identifies and never authorises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserNumber(i64);

impl UserNumber {
    /// A number that the store gave out.
    pub const fn of(number: i64) -> Self {
        Self(number)
    }

    /// Reads `U-000123`, and `123`; case and leading noughts do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let digits =
            text.strip_prefix(['U', 'u']).map_or(text, |rest| rest.trim_start_matches('-'));
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|number| plain && *number > 0).map(Self)
    }

    /// The bare number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl std::fmt::Display for UserNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "U-{:06}", self.0)
    }
}

/// What a user is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// What it signs in with, unique in the organisation.
    pub user_name: UserName,
    /// First name.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
    /// Where it is written to; others may share the address.
    pub email: EmailAddress,
    /// Where it is called.
    pub phone: Option<PhoneNumber>,
    /// The language it is written to in; none for its organisation's.
    pub locale: Option<Locale>,
}

/// Changes of a user; absent ones stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChanges {
    /// What it signs in with.
    pub user_name: Option<UserName>,
    /// First name.
    pub first_name: Option<PersonName>,
    /// Last name.
    pub last_name: Option<PersonName>,
    /// Where it is written to.
    pub email: Option<EmailAddress>,
    /// Where it is called; `Some(None)` clears it.
    pub phone: Option<Option<PhoneNumber>>,
    /// The language it is written to in.
    pub locale: Option<Locale>,
}

impl UserChanges {
    /// The names of the fields that would differ from what is there.
    pub fn fields(&self, user: &User) -> Vec<&'static str> {
        let account = &user.account;
        let differs = [
            ("user_name", self.user_name.is_some() && self.user_name != account.user_name),
            ("first_name", self.first_name.as_ref().is_some_and(|name| *name != user.first_name)),
            ("last_name", self.last_name.as_ref().is_some_and(|name| *name != user.last_name)),
            ("email", self.email.is_some() && self.email != account.email),
            ("phone", self.phone.as_ref().is_some_and(|phone| *phone != account.phone)),
            ("locale", self.locale.is_some_and(|locale| locale != account.locale)),
        ];
        differs.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
    }
}

/// A record of training, entered by a Site Admin (PM2, "Support Users").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingRecord {
    /// Its id.
    pub id: TrainingRecordId,
    /// Whose training it was.
    pub user: AccountId,
    /// What was learned.
    pub course: Line,
    /// When it was completed.
    pub completed_on: Day,
    /// Whether the person is fully trained by it.
    pub fully_trained: bool,
    /// Who entered it.
    pub recorded_by: AccountId,
    /// When.
    pub recorded_at: Moment,
    /// Who withdrew it.
    pub withdrawn_by: Option<AccountId>,
    /// When it was withdrawn; it does not count any more.
    pub withdrawn_at: Option<Moment>,
}

/// What a record of training is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTraining {
    /// What was learned.
    pub course: Line,
    /// When it was completed.
    pub completed_on: Day,
    /// Whether the person is fully trained by it.
    pub fully_trained: bool,
}

/// A day of first use from before the organisation came to this product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierUse {
    /// Whose, as the caller wrote the number.
    pub number: String,
    /// The day.
    pub day: Day,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_with_its_letter_and_read_with_or_without() {
        assert_eq!(UserNumber::of(123).to_string(), "U-000123");
        for text in ["U-000123", "u-123", "U123", "123", "000123"] {
            assert_eq!(UserNumber::parse(text), Some(UserNumber::of(123)), "{text}");
        }
        for text in ["", "U-", "0", "U-0", "-1", "+1", "12a", "99999999999999999999"] {
            assert_eq!(UserNumber::parse(text), None, "{text}");
        }
    }
}
