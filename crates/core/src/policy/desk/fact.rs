//! What is known about a request: a closed set of facts, each with its type.
//!
//! A fact that is not there is not known; only the rules say what follows from that. Facts that are recorded
//! and nothing more cannot stand in a rule at all, so that no word of a requester widens what is allowed.

use std::collections::BTreeMap;

use crate::domain::{Paragraph, TextError};

/// Declares the facts: a word each, and what it means.
macro_rules! facts {
    ($($fact:ident = $word:literal: $meaning:literal,)+) => {
        words! {
            /// Something that may be known about a request.
            Fact { $(#[doc = $meaning] $fact = $word),+ }
        }

        impl Fact {
            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$fact => $meaning),+ }
            }
        }
    };
}

facts! {
    IdentityVerified = "identity_verified":
        "Signed in, or a one-time code to the contact on file, or called back.",
    ControlsMailbox = "controls_mailbox":
        "Has shown control of the address in question, or was shown not to have it. Absent: not asked yet.",
    OrgConfirmsIncorrect = "org_confirms_incorrect":
        "The organisation states that the address is wrong.",
    FromAddressOnFile = "from_address_on_file": "The message comes from an address on file.",
    ToNewAddress = "to_new_address": "Something should go to an address that is not on file.",
    FromOwnerAddressOnFile = "from_owner_address_on_file":
        "Aligned email from the owner's address on file.",
    SupportPrivilege = "support_privilege": "May log tickets.",
    SystemAccess = "system_access": "The asker can get into the system.",
    OthersLockedOut = "others_locked_out": "Others of the organisation cannot get in.",
    SuspectedBreakIn = "suspected_break_in": "Somebody who must not seems to have got in.",
    Trained = "trained":
        "The subject of an access change has a training record that says fully trained.",
    IsPerson = "is_person": "The subject of an access change is a person, not a desk or a team.",
    LastNameMissing = "last_name_missing": "The subject of an access change has no last name.",
    EmailUnique = "email_unique":
        "Nobody else uses the address of the subject of an access change.",
    MonthsOfUse = "months_of_use":
        "Whole months of use since first use, without the time spent inactive.",
    HelpSearched = "help_searched": "Searched the help centre in the last 24 hours.",
    OpensTicket = "opens_ticket": "The request would open a ticket on the portal. Absent: no.",
    TwoFactor = "two_factor":
        "The second factor is on: the subject's or the asker's, as the rule needs.",
    RequesterActive = "requester_active": "The asker's account is active.",
    UserActive = "user_active": "The account in question is active.",
    ActiveSiteAdmins = "active_site_admins": "How many Site Admins of the organisation are active.",
    CurrentSiteAdminAvailable = "current_site_admin_available":
        "One Site Admin at least is active and not declared unavailable.",
    AuthorizedBy = "authorized_by": "Who has authorised it, on the record.",
    LinkState = "link_state": "How far the application is linked to a family's account.",
    InvitationAgeDays = "invitation_age_days": "Days since the invitation was sent.",
    PreferredContact = "preferred_contact": "How the family prefers to be reached.",
    Method = "method": "How it was chosen to reach the family.",
    Rows = "rows": "Rows of a batch.",
    MissingPhone = "missing_phone": "Rows of a batch that have no telephone number.",
    Tier = "tier": "The tier of the case or the agent, as the rule needs.",
    Escalated = "escalated": "The case is at the second tier.",
    Assigned = "assigned": "The case is this agent's.",
    ContainsPii = "contains_pii": "What was sent has personal data in it.",
    HasAttachment = "has_attachment": "Something was attached.",
    ClosureEmail = "closure_email": "Whether the closing message is there.",
    Browser = "browser": "The browser. Recorded only.",
    Language = "language": "The language. Recorded only.",
    Urgent = "urgent": "Said to be urgent. Recorded only.",
    Reason = "reason": "The reason that was given. Recorded only.",
    RequesterIs = "requester_is":
        "Who the requester says they are to the person in question. Recorded only.",
    CourtOrder = "court_order": "A court order is spoken of. Recorded only.",
}

words! {
    /// A word that a fact can be.
    FactWord {
        /// Nobody has.
        Nobody = "",
        /// The owner on file.
        BusinessOwner = "business_owner",
        /// A Site Admin.
        SiteAdmin = "site_admin",
        /// Nothing yet.
        None = "none",
        /// Invited.
        Invited = "invited",
        /// Invited, and the code has expired.
        Expired = "expired",
        /// Linked.
        Linked = "linked",
        /// Linked once, and not any more.
        Unlinked = "unlinked",
        /// By email.
        Email = "email",
        /// By text message.
        Sms = "sms",
        /// Sent.
        Sent = "sent",
    }
}

words! {
    /// Where a fact comes from.
    FactSource {
        /// Supplied with the question, as in a dry run.
        Given = "given",
        /// The requester says so.
        Stated = "stated",
        /// Read from the record.
        Record = "record",
        /// Proved: by a code, a link, a call back.
        Verified = "verified",
        /// Follows from the way in which the request came.
        Channel = "channel",
    }
}

/// What a fact can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactType {
    /// True or false.
    Flag,
    /// A whole number from the first to the last.
    Count(u32, u32),
    /// One of these words.
    Word(&'static [FactWord]),
    /// A text; recorded, never judged.
    Text,
}

/// Largest number that a fact can be: more than any batch has rows.
pub const MAX_COUNT: u32 = 10_000_000;

impl Fact {
    /// What it can be.
    pub const fn fact_type(self) -> FactType {
        use FactWord as W;
        match self {
            Self::AuthorizedBy => FactType::Word(&[W::Nobody, W::BusinessOwner, W::SiteAdmin]),
            Self::LinkState => {
                FactType::Word(&[W::None, W::Invited, W::Expired, W::Linked, W::Unlinked])
            }
            Self::PreferredContact | Self::Method => FactType::Word(&[W::Email, W::Sms]),
            Self::ClosureEmail => FactType::Word(&[W::None, W::Sent]),
            Self::MonthsOfUse
            | Self::ActiveSiteAdmins
            | Self::InvitationAgeDays
            | Self::Rows
            | Self::MissingPhone => FactType::Count(0, MAX_COUNT),
            Self::Tier => FactType::Count(1, 2),
            Self::Browser | Self::Language | Self::Reason | Self::RequesterIs => FactType::Text,
            _ => FactType::Flag,
        }
    }

    /// Whether it is recorded and nothing more: no rule can ask for it.
    pub const fn is_recorded_only(self) -> bool {
        matches!(self, Self::Urgent | Self::CourtOrder)
            || matches!(self.fact_type(), FactType::Text)
    }

    /// Whether a requester's own word is enough for it: it proves nothing, and is on no record.
    pub const fn can_be_stated(self) -> bool {
        matches!(
            self,
            Self::ToNewAddress
                | Self::OthersLockedOut
                | Self::SuspectedBreakIn
                | Self::OpensTicket
                | Self::PreferredContact
                | Self::Method
                | Self::Rows
                | Self::MissingPhone
                | Self::HasAttachment
        ) || self.is_recorded_only()
    }

    /// The value that a text stands for, as on a command line.
    ///
    /// # Errors
    /// It stands for none that this fact can be.
    pub fn read(self, text: &str) -> Result<FactValue, FactError> {
        match self.fact_type() {
            FactType::Flag => text.parse().map(FactValue::Flag).map_err(|_unread| self.error()),
            FactType::Count(..) => {
                text.parse().map_err(|_unread| self.error()).and_then(|count| self.count(count))
            }
            FactType::Word(_) => self.word(text),
            FactType::Text => {
                text.parse().map(FactValue::Text).map_err(|why| FactError::Text(self, why))
            }
        }
    }

    /// A number as its value.
    pub(super) fn count(self, count: u32) -> Result<FactValue, FactError> {
        match self.fact_type() {
            FactType::Count(first, last) if (first..=last).contains(&count) => {
                Ok(FactValue::Count(count))
            }
            _ => Err(self.error()),
        }
    }

    /// A text as its value.
    pub(super) fn word(self, text: &str) -> Result<FactValue, FactError> {
        match self.fact_type() {
            FactType::Word(words) => {
                let word = words.iter().find(|word| word.as_str() == text);
                word.map(|word| FactValue::Word(*word)).ok_or_else(|| self.error())
            }
            FactType::Text => {
                text.parse().map(FactValue::Text).map_err(|why| FactError::Text(self, why))
            }
            FactType::Flag | FactType::Count(..) => Err(self.error()),
        }
    }

    /// True or false as its value.
    pub(super) fn flag(self, flag: bool) -> Result<FactValue, FactError> {
        match self.fact_type() {
            FactType::Flag => Ok(FactValue::Flag(flag)),
            _ => Err(self.error()),
        }
    }

    fn error(self) -> FactError {
        FactError::Value(self)
    }
}

/// Why a value is none of a fact's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// Not one of what the fact can be.
    #[error("`{fact}` is {kind}", fact = .0, kind = .0.fact_type())]
    Value(Fact),
    /// A text that breaks the limits of a recorded text.
    #[error("`{0}` {1}")]
    Text(Fact, TextError),
}

impl std::fmt::Display for FactType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag => f.write_str("true or false"),
            Self::Count(first, last) => write!(f, "a whole number from {first} to {last}"),
            Self::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                write!(f, "one of {}", words.join(", "))
            }
            Self::Text => f.write_str("a text"),
        }
    }
}

/// What a fact is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum FactValue {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Count(u32),
    /// A word.
    Word(FactWord),
    /// A text.
    Text(Paragraph),
}

impl std::fmt::Display for FactValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Word(FactWord::Nobody) => f.write_str("\"\""),
            Self::Word(word) => word.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What the fact is.
    pub value: FactValue,
    /// Where that comes from.
    pub source: FactSource,
}

/// Everything that is known about a request.
///
/// A decision takes every fact as true. Whoever loads facts takes none that proves something from what a
/// requester says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts(BTreeMap<Fact, Known>);

impl Facts {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fact that is true or false.
    ///
    /// # Errors
    /// The fact is something else.
    pub fn set_flag(&mut self, fact: Fact, flag: bool, from: FactSource) -> Result<(), FactError> {
        fact.flag(flag).map(|value| self.put(fact, value, from))
    }

    /// Adds a fact that is a number.
    ///
    /// # Errors
    /// The fact is something else, or never this number.
    pub fn set_count(&mut self, fact: Fact, count: u32, from: FactSource) -> Result<(), FactError> {
        fact.count(count).map(|value| self.put(fact, value, from))
    }

    /// Adds a fact that is a word or a text.
    ///
    /// # Errors
    /// The fact is something else, or never this word.
    pub fn set_word(&mut self, fact: Fact, word: &str, from: FactSource) -> Result<(), FactError> {
        fact.word(word).map(|value| self.put(fact, value, from))
    }

    /// Adds a fact as it is written on a command line.
    ///
    /// # Errors
    /// See [`Fact::read`].
    pub fn set_text(&mut self, fact: Fact, text: &str, from: FactSource) -> Result<(), FactError> {
        fact.read(text).map(|value| self.put(fact, value, from))
    }

    /// What is known of a fact.
    pub fn get(&self, fact: Fact) -> Option<&Known> {
        self.0.get(&fact)
    }

    /// All that is known, in the vocabulary's order.
    pub fn iter(&self) -> impl Iterator<Item = (Fact, &Known)> {
        self.0.iter().map(|(fact, known)| (*fact, known))
    }

    /// The same, all of it as the requester's own words.
    #[must_use]
    pub fn stated(mut self) -> Self {
        self.0.values_mut().for_each(|known| known.source = FactSource::Stated);
        self
    }

    /// Both; where both know a fact, the other's counts.
    #[must_use]
    pub fn overlaid_by(mut self, other: &Self) -> Self {
        self.0.extend(other.0.iter().map(|(fact, known)| (*fact, known.clone())));
        self
    }

    fn put(&mut self, fact: Fact, value: FactValue, source: FactSource) {
        self.0.insert(fact, Known { value, source });
    }
}
