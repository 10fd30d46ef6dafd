//! Who may be a Support User (PM2, "Support Users"): every criterion is judged on its own, so that whoever
//! is refused learns all that is missing, and from when time alone will have mended it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

use super::action::{ActionKind, Target};
use super::names::{self, NameVerdict};
use super::permit::Denial;
use crate::domain::account::{AccountStatus, Role};
use crate::domain::actor::Actor;
use crate::domain::code::Code;
use crate::domain::ids::{AccountId, TenantId};
use crate::domain::time::Moment;
use crate::domain::{Day, EmailAddress, PersonName};

/// How long somebody has used the product before they may be a Support User, in calendar months.
const TENURE_MONTHS: i64 = 6;

words! {
    /// Something that is asked of a Support User.
    SupportUserCriterion {
        /// Six months since the first use.
        Tenure = "tenure",
        /// A training record that says fully trained.
        Trained = "trained",
        /// A person with a first and a last name, and an address of their own.
        NamedPerson = "named_person",
        /// An address that nobody else uses.
        UniqueEmail = "unique_email",
        /// In use, and not a Site Admin.
        Active = "active",
    }
}

words! {
    /// Why a criterion is met, or not.
    CriterionReason {
        /// It is met.
        Met = "met",
        /// The account was never used.
        NeverUsed = "never_used",
        /// The six months are not over.
        TooShort = "too_short",
        /// No training record that counts says fully trained.
        NotFullyTrained = "not_fully_trained",
        /// The name is no person's: a desk's, a function's, a placeholder.
        GenericName = "generic_name",
        /// The address is no person's: it belongs to a function.
        GenericAddress = "generic_address",
        /// Name or address may be a person's or not: somebody has to look.
        NameUnclear = "name_unclear",
        /// There is no address.
        NoAddress = "no_address",
        /// Another person's account has the address.
        AddressShared = "address_shared",
        /// A guardian of nearly the same name has the address: the same person's, or not; somebody has to look.
        AddressUnclear = "address_unclear",
        /// Nobody has set a password yet.
        Invited = "invited",
        /// The account is switched off.
        Inactive = "inactive",
        /// A Site Admin is no Support User.
        SiteAdmin = "site_admin",
    }
}

/// How one criterion came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Which.
    pub name: SupportUserCriterion,
    /// Why it came out like this; [`CriterionReason::Met`] if it is met.
    pub reason: CriterionReason,
    /// The first day on which it will be met, where waiting is all it takes.
    pub passes_from: Option<Day>,
}

impl Criterion {
    fn of(name: SupportUserCriterion, reason: CriterionReason) -> Self {
        Self { name, reason, passes_from: None }
    }

    /// Whether it is met.
    pub fn is_met(&self) -> bool {
        self.reason == CriterionReason::Met
    }
}

/// Whose address an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// There is none.
    None,
    /// No other person's, in no realm.
    Own,
    /// Another person's account has it, too.
    Shared,
    /// A guardian's account has it, too, who may be the same person.
    Unclear,
}

/// Somebody who is to be a Support User, and the facts that this rests on.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who.
    pub id: AccountId,
    /// The organisation they belong to.
    pub tenant: TenantId,
    /// Its time zone.
    pub zone: TimeZone,
    /// What they are now.
    pub role: Role,
    /// Whether the account can be used.
    pub status: AccountStatus,
    /// When it was first used.
    pub first_used_at: Option<Moment>,
    /// How long it was switched off, all in all.
    pub inactive_for: SignedDuration,
    /// Whether a training record that counts says fully trained.
    pub is_trained: bool,
    /// Their first name.
    pub first_name: PersonName,
    /// Their last name.
    pub last_name: PersonName,
    /// Where they are written to.
    pub email: Option<EmailAddress>,
    /// Whose address theirs is.
    pub address: Address,
}

impl Candidate {
    /// How every criterion comes out now.
    pub fn criteria(&self, now: Moment) -> [Criterion; 5] {
        use CriterionReason as R;
        let trained = if self.is_trained { R::Met } else { R::NotFullyTrained };
        let address = match self.address {
            Address::Own => R::Met,
            Address::None => R::NoAddress,
            Address::Shared => R::AddressShared,
            Address::Unclear => R::AddressUnclear,
        };
        let active = match (self.status, self.role) {
            (AccountStatus::Invited, _) => R::Invited,
            (AccountStatus::Inactive, _) => R::Inactive,
            (AccountStatus::Active, Role::SiteAdmin) => R::SiteAdmin,
            (AccountStatus::Active, _) => R::Met,
        };
        [
            self.tenure(now),
            Criterion::of(SupportUserCriterion::Trained, trained),
            Criterion::of(SupportUserCriterion::NamedPerson, self.named()),
            Criterion::of(SupportUserCriterion::UniqueEmail, address),
            Criterion::of(SupportUserCriterion::Active, active),
        ]
    }

    /// Whether name and address are a person's.
    fn named(&self) -> CriterionReason {
        let email = self.email.as_ref().map(EmailAddress::as_str);
        let judged = names::judge(self.first_name.as_str(), self.last_name.as_str(), email);
        let by_address = judged.reasons.iter().all(|reason| reason.is_about_address());
        match judged.verdict {
            NameVerdict::Named => CriterionReason::Met,
            NameVerdict::NeedsReview => CriterionReason::NameUnclear,
            NameVerdict::Generic if by_address => CriterionReason::GenericAddress,
            NameVerdict::Generic => CriterionReason::GenericName,
        }
    }

    fn tenure(&self, now: Moment) -> Criterion {
        let tenure = |reason| Criterion::of(SupportUserCriterion::Tenure, reason);
        let Some(first) = self.first_used_at else { return tenure(CriterionReason::NeverUsed) };
        let passes = tenure_ends(first, self.inactive_for, &self.zone);
        if now.timestamp().to_zoned(self.zone.clone()).date() >= passes {
            return tenure(CriterionReason::Met);
        }
        // Time heals nothing for as long as the account is switched off: the day moves on with it.
        let runs = self.status == AccountStatus::Active;
        Criterion {
            passes_from: runs.then(|| Day::of(passes)),
            ..tenure(CriterionReason::TooShort)
        }
    }
}

/// The first day on which six months have passed since the first use: from its day in the zone on, cut to
/// the last day of a shorter month, and put off by the time spent inactive, in whole days.
fn tenure_ends(first: Moment, inactive: SignedDuration, zone: &TimeZone) -> Date {
    let day = first.timestamp().to_zoned(zone.clone()).date();
    let over = day.saturating_add(TENURE_MONTHS.months());
    over.saturating_add(whole_days(inactive).days())
}

/// A time in days; one that has begun counts whole.
fn whole_days(time: SignedDuration) -> i64 {
    const DAY: i64 = 24 * 60 * 60;
    let seconds = time.as_secs().saturating_add(i64::from(time.subsec_nanos() > 0)).max(0);
    // More than any calendar has would be refused as a span.
    (seconds / DAY + i64::from(seconds % DAY > 0)).min(1_000_000)
}

impl Target for Candidate {
    fn bars(&self, _: ActionKind, _: &Actor, now: Moment) -> Vec<Denial> {
        if self.role == Role::SupportUser {
            return vec![Denial::conflict(Code::SupportUserAlready)];
        }
        let is_barred = !self.criteria(now).iter().all(Criterion::is_met);
        is_barred.then(|| Denial::conflict(Code::NotEligible)).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);
    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    /// Somebody of whom everything is as it should be.
    fn candidate() -> Candidate {
        Candidate {
            id: AccountId::of(Uuid::nil()),
            tenant: TenantId::of(Uuid::nil()),
            zone: TimeZone::UTC,
            role: Role::Member,
            status: AccountStatus::Active,
            first_used_at: Some(at("2026-01-10T12:00:00Z")),
            inactive_for: SignedDuration::ZERO,
            is_trained: true,
            first_name: PersonName::parse("Minh").unwrap(),
            last_name: PersonName::parse("Nguyễn").unwrap(),
            email: Some(EmailAddress::parse("minh.nguyen@pine.example").unwrap()),
            address: Address::Own,
        }
    }

    /// The first day on which somebody who first came then has the tenure.
    fn ends(first: &str, inactive: SignedDuration, name: &str) -> String {
        tenure_ends(at(first), inactive, &zone(name)).to_string()
    }

    fn tenure(candidate: &Candidate, now: &str) -> (CriterionReason, Option<String>) {
        let [tenure, ..] = candidate.criteria(at(now));
        (tenure.reason, tenure.passes_from.map(|day| day.to_string()))
    }

    fn reasons(candidate: &Candidate) -> Vec<&'static str> {
        let criteria = candidate.criteria(at("2026-11-21T09:00:00Z"));
        criteria.iter().map(|criterion| criterion.reason.as_str()).collect()
    }

    #[test]
    fn six_months_end_on_the_last_day_of_a_shorter_month() {
        for (first, last) in [
            ("2026-08-31", "2027-02-28"),
            ("2026-08-30", "2027-02-28"),
            ("2026-08-28", "2027-02-28"),
            ("2026-03-31", "2026-09-30"),
            ("2026-12-31", "2027-06-30"),
            ("2026-01-15", "2026-07-15"),
        ] {
            let first = format!("{first}T12:00:00Z");
            assert_eq!(ends(&first, SignedDuration::ZERO, "UTC"), last, "{first}");
        }
    }

    #[test]
    fn a_leap_year_has_a_day_more() {
        for (first, last) in [
            ("2023-08-31", "2024-02-29"),
            ("2023-08-29", "2024-02-29"),
            ("2024-02-29", "2024-08-29"),
            ("2027-08-31", "2028-02-29"),
        ] {
            let first = format!("{first}T12:00:00Z");
            assert_eq!(ends(&first, SignedDuration::ZERO, "UTC"), last, "{first}");
        }
    }

    #[test]
    fn days_are_those_of_the_tenants_time_zone() {
        // 2 in the morning of 1 September in UTC is the evening of 31 August in New York.
        let first = "2026-09-01T02:00:00Z";
        assert_eq!(ends(first, SignedDuration::ZERO, "America/New_York"), "2027-02-28");
        assert_eq!(ends(first, SignedDuration::ZERO, "UTC"), "2027-03-01");
        assert_eq!(ends(first, SignedDuration::ZERO, "Pacific/Auckland"), "2027-03-01");
        let new_york = Candidate {
            zone: zone("America/New_York"),
            first_used_at: Some(at(first)),
            ..candidate()
        };
        let waits = Some("2027-02-28".to_owned());
        assert_eq!(tenure(&new_york, "2027-02-28T04:59:59Z"), (CriterionReason::TooShort, waits));
        assert_eq!(tenure(&new_york, "2027-02-28T05:00:00Z"), (CriterionReason::Met, None));
    }

    #[test]
    fn a_change_of_the_clocks_moves_no_day() {
        // Six months later the clocks stand an hour apart; the day is the same.
        let berlin = Candidate {
            zone: zone("Europe/Berlin"),
            first_used_at: Some(at("2026-09-28T22:30:00Z")), // half past midnight on the 29th
            ..candidate()
        };
        let waits = Some("2027-03-29".to_owned());
        assert_eq!(tenure(&berlin, "2027-03-28T21:59:59Z"), (CriterionReason::TooShort, waits));
        assert_eq!(tenure(&berlin, "2027-03-28T22:00:00Z"), (CriterionReason::Met, None));
    }

    #[test]
    fn time_spent_inactive_does_not_count() {
        let first = "2026-01-10T12:00:00Z";
        for (inactive, last) in [
            (SignedDuration::ZERO, "2026-07-10"),
            (DAY, "2026-07-11"),
            (DAY * 30, "2026-08-09"),
            (HOUR, "2026-07-11"),
            (DAY + HOUR, "2026-07-12"),
            (SignedDuration::from_micros(1), "2026-07-11"),
            (-DAY, "2026-07-10"),
        ] {
            assert_eq!(ends(first, inactive, "UTC"), last, "{inactive:?}");
        }
        assert_eq!(ends(first, SignedDuration::MAX, "UTC").len(), 10);
    }

    #[test]
    fn time_heals_nothing_while_the_account_is_switched_off() {
        let off = Candidate { status: AccountStatus::Inactive, ..candidate() };
        assert_eq!(tenure(&off, "2026-07-09T12:00:00Z"), (CriterionReason::TooShort, None));
    }

    #[test]
    fn an_imported_first_use_counts_from_the_day_it_names() {
        // Kept as the midnight of that day where the organisation is.
        let madrid = Candidate {
            zone: zone("Europe/Madrid"),
            first_used_at: Some(at("2026-05-20T22:00:00Z")), // 21 May, 0:00
            ..candidate()
        };
        let waits = Some("2026-11-21".to_owned());
        assert_eq!(tenure(&madrid, "2026-11-20T22:59:59Z"), (CriterionReason::TooShort, waits));
        assert_eq!(tenure(&madrid, "2026-11-20T23:00:00Z"), (CriterionReason::Met, None));
        let never = Candidate { first_used_at: None, ..candidate() };
        assert_eq!(tenure(&never, "2036-01-01T00:00:00Z"), (CriterionReason::NeverUsed, None));
    }

    #[test]
    fn each_criterion_is_judged_on_its_own() {
        assert_eq!(reasons(&candidate()), ["met"; 5]);
        let worst = Candidate {
            role: Role::SiteAdmin,
            first_used_at: None,
            is_trained: false,
            address: Address::Shared,
            ..candidate()
        };
        assert_eq!(
            reasons(&worst),
            ["never_used", "not_fully_trained", "met", "address_shared", "site_admin"]
        );
        let invited =
            Candidate { status: AccountStatus::Invited, address: Address::None, ..candidate() };
        assert_eq!(reasons(&invited), ["met", "met", "met", "no_address", "invited"]);
    }

    #[test]
    fn a_name_or_an_address_that_is_no_persons_fails() {
        let named = |first: &str, last: &str, email: Option<&str>| {
            let candidate = Candidate {
                first_name: PersonName::parse(first).unwrap(),
                last_name: PersonName::parse(last).unwrap(),
                email: email.map(|email| EmailAddress::parse(email).unwrap()),
                ..candidate()
            };
            candidate.named()
        };
        assert_eq!(named("Síle", "O'Brien", Some("sile@pine.example")), CriterionReason::Met);
        assert_eq!(named("Front", "Desk", None), CriterionReason::GenericName);
        assert_eq!(
            named("Ana", "Ruiz", Some("frontdesk@pine.example")),
            CriterionReason::GenericAddress
        );
        assert_eq!(
            named("Front", "Desk", Some("frontdesk@pine.example")),
            CriterionReason::GenericName
        );
    }

    #[test]
    fn one_criterion_that_fails_bars_it() {
        let now = at("2026-11-21T09:00:00Z");
        let barred = |candidate: &Candidate| {
            let found = candidate.bars(ActionKind::MakeSupportUser, &Actor::Operator, now);
            found.first().map(|denial| denial.code)
        };
        assert_eq!(barred(&candidate()), None);
        for candidate in [
            Candidate { is_trained: false, ..candidate() },
            Candidate { address: Address::Shared, ..candidate() },
            Candidate { role: Role::SiteAdmin, ..candidate() },
            Candidate { inactive_for: DAY * 150, ..candidate() },
        ] {
            assert_eq!(barred(&candidate), Some(Code::NotEligible), "{candidate:?}");
        }
        let already = Candidate { role: Role::SupportUser, ..candidate() };
        assert_eq!(barred(&already), Some(Code::SupportUserAlready));
    }
}
