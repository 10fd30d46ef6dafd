//! Tickets: what somebody brings to the desk, and what has become of it (PM1, "Tickets"; TS, "Case").
//!
//! TS calls them cases, and its requesters know them by the number of the case. What TS calls a ticket is an
//! internal ticket here. Two things of a ticket move independently, its [`TicketState`] and its [`Tier`], and
//! both by the one table of [`flow`].

pub mod flow;
mod number;
mod tier;

pub use number::CaseNumber;
pub use tier::{Tier, UnknownTier};

use jiff::SignedDuration;

use super::text::{LINE, LINES};

/// Most people who watch a ticket, those in copy included.
pub const MAX_WATCHERS: usize = 20;

words! {
    /// How far a ticket has come.
    TicketState {
        /// It was opened, and nobody has taken it yet.
        New = "new",
        /// The desk works on it.
        Open = "open",
        /// The desk asked its requester for something.
        WaitingOnRequester = "waiting_on_requester",
        /// The organisation has to do its part.
        WaitingOnOrganization = "waiting_on_organization",
        /// Development has to do its part, by an internal ticket.
        WaitingOnDevelopment = "waiting_on_development",
        /// It is over; the resolution says how it ended.
        Closed = "closed",
    }
}

impl TicketState {
    /// Whether somebody else than the desk has to do the next thing: targets pause meanwhile.
    pub const fn is_waiting(self) -> bool {
        matches!(
            self,
            Self::WaitingOnRequester | Self::WaitingOnOrganization | Self::WaitingOnDevelopment
        )
    }
}

words! {
    /// How a closed ticket ended.
    Resolution {
        /// The desk solved it.
        Solved = "solved",
        /// An article of the help centre answered it.
        AnsweredByArticle = "answered_by_article",
        /// It was not the desk's: its requester was told whom to turn to.
        Referred = "referred",
        /// It was merged into another ticket.
        Duplicate = "duplicate",
        /// Its requester took it back.
        Withdrawn = "withdrawn",
        /// Its requester did not answer.
        NoResponse = "no_response",
        /// It was reported as an emergency, and is none.
        EmergencyDeclined = "emergency_declined",
    }
}

impl Resolution {
    /// Whether the requester can open the ticket again, by answering in time.
    pub const fn can_be_reopened(self) -> bool {
        matches!(self, Self::Solved | Self::AnsweredByArticle | Self::NoResponse)
    }

    /// Whether the ticket ended by the desk's own act, with a message that tells of it.
    pub const fn is_told(self) -> bool {
        matches!(self, Self::Solved | Self::AnsweredByArticle)
    }
}

words! {
    /// How an agent resolves a ticket: the ends that are told.
    AgentResolution {
        /// The desk solved it.
        Solved = "solved",
        /// An article of the help centre answered it.
        AnsweredByArticle = "answered_by_article",
    }
}

impl From<AgentResolution> for Resolution {
    fn from(resolution: AgentResolution) -> Self {
        match resolution {
            AgentResolution::Solved => Self::Solved,
            AgentResolution::AnsweredByArticle => Self::AnsweredByArticle,
        }
    }
}

words! {
    /// How soon a ticket wants an answer: each has its targets.
    Priority {
        /// It can wait.
        Low = "low",
        /// As most do.
        Normal = "normal",
        /// Something does not work.
        High = "high",
        /// People are kept from their work, or from their data being safe.
        Urgent = "urgent",
    }
}

words! {
    /// What kind of ticket it is.
    TicketKind {
        /// What is brought to the desk every day.
        Ordinary = "ordinary",
        /// Loss of access, or a suspected break-in (PM1, "Emergency").
        Emergency = "emergency",
    }
}

words! {
    /// What an entry of a ticket's timeline is.
    EntryKind {
        /// What was said between the requester, the organisation and the desk.
        Reply = "reply",
        /// What the desk's people say among themselves.
        Note = "note",
        /// What happened to the ticket.
        Event = "event",
    }
}

words! {
    /// What the desk promises itself for a ticket.
    TicketTarget {
        /// To say something first.
        FirstAnswer = "first_answer",
        /// To close it.
        Resolution = "resolution",
    }
}

words! {
    /// What happened to a ticket beside its steps.
    TicketEvent {
        /// A target was missed.
        TargetMissed = "target_missed",
        /// The requester was reminded that the desk waits for them.
        RequesterReminded = "requester_reminded",
        /// What was said could be sent to nobody.
        NobodyTold = "nobody_told",
    }
}

words! {
    /// How one ticket has to do with another.
    TicketLinkKind {
        /// It goes on where the other one, which is closed, ended.
        FollowUp = "follow_up",
        /// It was merged into the other one.
        MergedInto = "merged_into",
    }
}

words! {
    /// How a ticket has to do with another, seen from the one that is looked at.
    TicketRelation {
        /// It goes on where the other one ended.
        Follows = "follows",
        /// The other one goes on where it ended.
        FollowedBy = "followed_by",
        /// It was merged into the other one.
        MergedInto = "merged_into",
        /// The other one was merged into it.
        MergedFrom = "merged_from",
    }
}

impl TicketRelation {
    /// What a link is, seen from where it begins or from where it leads.
    pub const fn of(kind: TicketLinkKind, is_from_here: bool) -> Self {
        match (kind, is_from_here) {
            (TicketLinkKind::FollowUp, true) => Self::Follows,
            (TicketLinkKind::FollowUp, false) => Self::FollowedBy,
            (TicketLinkKind::MergedInto, true) => Self::MergedInto,
            (TicketLinkKind::MergedInto, false) => Self::MergedFrom,
        }
    }
}

words! {
    /// A word that a ticket is marked with.
    TicketTag {
        /// It asks how the organisation should work, of which its Site Admins learn.
        PolicyQuestion = "policy_question",
    }
}

words! {
    /// What shows one ticket to somebody without an account.
    TicketPass {
        /// The link of a message, which works once.
        Link = "link",
        /// What the link is exchanged for, to read and to answer.
        View = "view",
    }
}

impl TicketPass {
    /// How long it works.
    pub const fn lasts(self) -> SignedDuration {
        match self {
            Self::Link => SignedDuration::from_hours(14 * 24),
            Self::View => SignedDuration::from_mins(15),
        }
    }
}

words! {
    /// What the second tier did on a ticket (TS, "Step 2"); one at least stands on record before it resolves one.
    TierTwoAction {
        /// Spoke with the requester, or wrote to them, to learn more.
        ContactedRequester = "contacted_requester",
        /// Had development mend something.
        WorkedWithDevelopment = "worked_with_development",
        /// Told product development of a fault or a wish.
        InformedProductDevelopment = "informed_product_development",
    }
}

words! {
    /// What of a ticket is masked, and kept as it was written.
    TicketField {
        /// What it is about.
        Subject = "subject",
        /// Who a caller without an account is.
        Caller = "caller",
        /// What was said in an entry of its timeline.
        Entry = "entry",
        /// What was told beside its words, field by field.
        Details = "details",
        /// What a file that is attached to it is called.
        Attachment = "attachment",
    }
}

words! {
    /// What has become of an objection to what was masked.
    ObjectionState {
        /// The second tier has yet to decide.
        Open = "open",
        /// What was written stands in place of the masked text.
        Upheld = "upheld",
        /// The text stays masked.
        Dismissed = "dismissed",
    }
}

text! {
    /// What a ticket is about, in one line.
    SubjectLine: 1..=200, LINE, example "The health history page does not load"
}
text! {
    /// What somebody writes on a ticket.
    TicketText: 1..=20_000, LINES, example "Since this morning the page stays white for child K-20431, in Firefox 160."
}
text! {
    /// What somebody looks for among tickets: words, or a case number.
    TicketSearch: 1..=200, LINE, example "history page"
}
text! {
    /// An id in the organisation's own records, with a digit in it at least.
    DetailId: 1..=40, r"^[A-Za-z0-9._/-]*[0-9][A-Za-z0-9._/-]*$", example "K-20431"
}
text! {
    /// A browser and its version, as somebody types it, or its user agent.
    BrowserWords: 1..=400, LINE, example "Firefox 160"
}
text! {
    /// The words of an error message.
    ErrorWords: 1..=2_000, LINES, example "Error E-1042: the page could not be loaded."
}
text! {
    /// What was done just before something went wrong.
    StepsBefore: 1..=5_000, LINES, example "Opened the child's profile, then the health history."
}
text! {
    /// A subject without the personal data that was found in it; placeholders may be longer than what they
    /// stand for.
    MaskedSubject: 1..=2_000, LINE, example "[NAME-1] cannot open the health history page"
}
text! {
    /// A text of a ticket without the personal data that was found in it; placeholders may be longer than what
    /// they stand for.
    MaskedText: 1..=200_000, LINES, example "My son [NAME-1] cannot open the page, it stays white."
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TextError;

    #[test]
    fn texts_count_characters_and_keep_their_lines() {
        assert!(SubjectLine::parse(&"ñ".repeat(200)).is_ok());
        assert_eq!(SubjectLine::parse(&"ñ".repeat(201)), Err(TextError::TooLong));
        assert_eq!(SubjectLine::parse("two\nlines"), Err(TextError::Form));
        assert!(TicketText::parse(&"ñ\n".repeat(10_000)).is_ok(), "the last line end is trimmed");
        assert_eq!(TicketText::parse(&"x".repeat(1_000_000)), Err(TextError::TooLong));
        assert_eq!(TicketText::parse(" \n\t "), Err(TextError::TooShort));
    }

    #[test]
    fn the_desk_waits_for_others_in_three_states() {
        let waiting: Vec<&str> = TicketState::ALL
            .iter()
            .filter(|state| state.is_waiting())
            .map(|state| state.as_str())
            .collect();
        assert_eq!(
            waiting,
            ["waiting_on_requester", "waiting_on_organization", "waiting_on_development"]
        );
    }
}
