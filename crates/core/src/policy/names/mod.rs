//! Whether a name and an address are a person's, or those of a desk, a room, a function or nobody
//! (PM2, "Support Users": a person with a legitimate first and last name, not a generic user).
//!
//! A name of any culture passes, known or not: what is looked for are the words that make a name generic.
//! Where such a word is borne as a name, too, a given name beside it settles it; where nothing does, a
//! person has to look. A mistake is never to call a person generic.

mod address;
mod name;
mod tokens;
mod words;

use name::Name;

words! {
    /// What a name and an address are.
    NameVerdict {
        /// A person's.
        Named = "named",
        /// Not a person's: a desk's, a function's, a placeholder; or read by whoever is on duty.
        Generic = "generic",
        /// One or the other; somebody has to look.
        NeedsReview = "needs_review",
    }
}

words! {
    /// Why a name and an address were judged as they were.
    NameReason {
        /// Nothing speaks against a person.
        LooksNamed = "looks_named",
        /// There is no first name.
        MissingFirstName = "missing_first_name",
        /// There is no last name.
        MissingLastName = "missing_last_name",
        /// A word that stands where a name should stand: test, unknown, user.
        Placeholder = "placeholder",
        /// Neighbours on the keyboard.
        KeyboardRow = "keyboard_row",
        /// One letter over and over.
        Repeated = "repeated",
        /// Digits in a name.
        Digits = "digits",
        /// A department, desk or team.
        Department = "department",
        /// What somebody does, in place of who they are.
        Occupation = "occupation",
        /// An organisation.
        Organisation = "organisation",
        /// The legal form of a company.
        CompanySuffix = "company_suffix",
        /// Another word that no person is called.
        GenericWord = "generic_word",
        /// A generic word beside what may be a person's name.
        GenericWordBesideName = "generic_word_beside_name",
        /// Borne by people, and as often no name at all: John Doe, Summer Camp.
        MayBeNobody = "may_be_nobody",
        /// Words of everyday language, none of them a known name.
        EverydayWords = "everyday_words",
        /// Nothing but single letters in a part of the name.
        SingleLetter = "single_letter",
        /// The same word twice, and it is no name that is known.
        SameFirstAndLast = "same_first_and_last",
        /// Letters of several scripts in one word.
        MixedScripts = "mixed_scripts",
        /// Two people in one name.
        TwoPeople = "two_people",
        /// An address that belongs to a function, not a person.
        RoleAddress = "role_address",
        /// An address with both a function and a name in it.
        RoleBesideNameInAddress = "role_beside_name_in_address",
        /// An address that several people read, by its words.
        SharedAddressWords = "shared_address_words",
    }
}

impl NameReason {
    /// Whether it is about the address, not about the name.
    pub const fn is_about_address(self) -> bool {
        matches!(self, Self::RoleAddress | Self::RoleBesideNameInAddress | Self::SharedAddressWords)
    }
}

/// What a name and an address are, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What they are.
    pub verdict: NameVerdict,
    /// Why; at least one reason, those about the name first.
    pub reasons: Vec<NameReason>,
}

impl Judgement {
    fn new(verdict: NameVerdict, reasons: impl IntoIterator<Item = NameReason>) -> Self {
        Self { verdict, reasons: reasons.into_iter().collect() }
    }

    fn named() -> Self {
        Self::new(NameVerdict::Named, [NameReason::LooksNamed])
    }

    /// Both together: the worse verdict, and what speaks against a person in either.
    fn and(mut self, other: Self) -> Self {
        let rank = |verdict| match verdict {
            NameVerdict::Named => 0,
            NameVerdict::NeedsReview => 1,
            NameVerdict::Generic => 2,
        };
        self.reasons.extend(other.reasons);
        if rank(other.verdict) > rank(self.verdict) {
            self.verdict = other.verdict;
        }
        if self.verdict != NameVerdict::Named {
            self.reasons.retain(|reason| *reason != NameReason::LooksNamed);
        }
        self.reasons.dedup();
        self
    }
}

/// Judges a name as it was typed and, where there is one, the address. What is no address says nothing.
pub fn judge(first: &str, last: &str, email: Option<&str>) -> Judgement {
    let name = Name::read(first, last);
    match email.and_then(|email| address::judge(email, &name)) {
        Some(address) => name.judge().and(address),
        None => name.judge(),
    }
}

#[cfg(test)]
mod tests;
