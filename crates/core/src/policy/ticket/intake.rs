//! What becomes of a case by what policy decided ("What becomes of the case").

use crate::domain::ticket::flow::Transition;
use crate::domain::ticket::{Priority, Resolution, TicketKind, TicketState, Tier};
use crate::policy::desk::{Decision, Effect, Missing, Outcome, RuleCode};

/// The rule of questions about how an organisation should work.
const POLICY_QUESTION: &str = "policy.decision";

/// How a ticket begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// The step that opens it: `open`, or `refer`, which closes it with the answer.
    pub transition: Transition,
    /// Its first state.
    pub state: TicketState,
    /// How it ended, if it is closed at once.
    pub resolution: Option<Resolution>,
    /// At which tier.
    pub tier: Tier,
    /// What kind it is.
    pub kind: TicketKind,
    /// How soon it wants an answer, unless an agent says otherwise.
    pub priority: Priority,
    /// The proofs that it waits for: no desk action before they are there.
    pub waits_for: Vec<Missing>,
    /// Whether it is a question of how the organisation should work, of which all Site Admins learn.
    pub is_policy_question: bool,
    /// Whether the organisation takes part from now on: it gets a copy of what is said.
    pub organization_takes_part: bool,
}

impl Intake {
    /// How a ticket begins that a decision opens.
    pub fn of(decision: &Decision) -> Self {
        let has = |effect| decision.effects.contains(&effect);
        let is_closed = match decision.outcome {
            Outcome::Perform
            | Outcome::Assist
            | Outcome::VerifyFirst
            | Outcome::AuthorizeFirst
            | Outcome::Escalate => false,
            Outcome::ProvideContact
            | Outcome::Refuse
            | Outcome::ReferToOrganization
            | Outcome::ReferToSiteAdmin => true,
        };
        let waits = matches!(decision.outcome, Outcome::VerifyFirst | Outcome::AuthorizeFirst);
        let is_emergency = has(Effect::FlagEmergency);
        let priority = match (is_emergency, has(Effect::RaisePriority)) {
            (true, _) => Priority::Urgent,
            (false, true) => Priority::High,
            (false, false) => Priority::Normal,
        };
        let rule = decision.rule.as_ref().map(RuleCode::as_str);
        Self {
            transition: if is_closed { Transition::Refer } else { Transition::Open },
            state: if is_closed { TicketState::Closed } else { TicketState::New },
            resolution: is_closed.then_some(Resolution::Referred),
            tier: if decision.outcome == Outcome::Escalate { Tier::Two } else { Tier::One },
            kind: if is_emergency { TicketKind::Emergency } else { TicketKind::Ordinary },
            priority,
            waits_for: if waits { decision.missing.clone() } else { Vec::new() },
            is_policy_question: rule == Some(POLICY_QUESTION),
            organization_takes_part: has(Effect::CopyOrgOnThread),
        }
    }
}

words! {
    /// A detail that helps the desk to help (TS, "Helpful hint"). Every one may stay empty.
    HelpfulDetail {
        /// The words of the error message.
        ErrorMessage = "error_message",
        /// What was done just before.
        Steps = "steps",
        /// The browser and its version.
        Browser = "browser",
        /// The number of the user whom it happened to.
        UserId = "user_id",
        /// The id of the class.
        ClassId = "class_id",
        /// The id of the child.
        ChildId = "child_id",
        /// The email address that the account was made with.
        AccountEmail = "account_email",
    }
}

impl HelpfulDetail {
    /// What is asked for with the answer to a decision that brings these: what was not given yet, the most telling
    /// first. Nothing where no details are asked for.
    pub fn to_ask_for(effects: &[Effect], given: &[Self]) -> Vec<Self> {
        if !effects.contains(&Effect::AskMissingDetails) {
            return Vec::new();
        }
        Self::ALL.iter().copied().filter(|detail| !given.contains(detail)).collect()
    }
}
