//! The desk's policy, asked before anything is done: what would be answered, and why.

use std::sync::LazyLock;

use caredesk_core::domain::actor::Actor;
use caredesk_core::policy::action::{
    EvaluatePolicy, ListRequestTypes, ReadBrowsers, ReadPolicy, SuggestRequestType,
};
use caredesk_core::policy::browsers::{BrowserJudgement, Browsers};
use caredesk_core::policy::desk::{
    Channel, Decision, DeskPolicy, Fact, Facts, Inquiry, RequestType, RequesterKind,
};
use caredesk_core::policy::hours::DeskHours;
use caredesk_core::policy::pii::{Case, Detector, Door};
use caredesk_core::policy::suggestion::{Suggester, Suggestion};

use super::house::{Ask, House};
use super::steps::oneself::{self, Oneself};
use crate::guard::{Refusal, Violation, admit};

/// The rules that this process judges by, read when it starts.
#[derive(Debug)]
pub struct Rules {
    /// What the desk may do.
    pub desk: DeskPolicy,
    /// What a request is about.
    pub suggester: LazyLock<Suggester>,
    /// Where a text holds personal data.
    pub detector: LazyLock<Detector>,
    /// Which browsers are supported.
    pub browsers: Browsers,
    /// When the desk works, and how soon it answers.
    pub hours: DeskHours,
}

/// A request, as the policy is to be asked about it.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is asked for.
    pub request_type: RequestType,
    /// As what the requester is to be judged; as the caller, from what is known of them, if nothing is said.
    pub requester: Option<RequesterKind>,
    /// By which channel.
    pub channel: Channel,
    /// What is known beside.
    pub facts: Facts,
    /// Whether the organisation is to be copied on every referral; for the caller's own the setting counts.
    pub copy_on_referrals: bool,
}

/// An answer of the policy with what it was asked.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// The request as it was judged.
    pub inquiry: Inquiry,
    /// The answer.
    pub decision: Decision,
}

impl Rules {
    /// Rules with the phrases that come with the program, and the lists of names, each of which is read when it
    /// is asked for first.
    pub const fn new(desk: DeskPolicy, browsers: Browsers, hours: DeskHours) -> Self {
        Self {
            desk,
            suggester: LazyLock::new(Suggester::new),
            detector: LazyLock::new(Detector::new),
            browsers,
            hours,
        }
    }
}

impl House {
    /// A text without the personal data in it; none if that could not be done, so that nothing of it is kept.
    pub fn masked(&self, text: &str) -> Option<String> {
        let door = Door::new(&self.rules.detector);
        let screened = door.screen::<String>(text, None, &mut Case::default());
        screened.ok().map(|screening| screening.masked)
    }

    /// What the policy would answer; nothing is done, and nothing is kept.
    ///
    /// # Errors
    /// Facts that the caller cannot state about themselves, and whatever the permit denies.
    pub async fn evaluate(
        &self,
        ask: &Ask,
        questions: Vec<Question>,
    ) -> Result<Vec<Evaluated>, Refusal> {
        let rules = self.rules.clone();
        if questions.iter().all(|question| question.requester.is_some()) {
            let permit = admit::<EvaluatePolicy>(&ask.actor, self.clock.now());
            self.noted(ask, permit).await?;
            return evaluated(&rules.desk, questions, None);
        }
        self.look(ask, move |conn, looker| {
            let scope = admit::<EvaluatePolicy>(&looker.actor, looker.now)?.scope();
            let own = Oneself::known(conn, scope, &looker.actor)?;
            evaluated(&rules.desk, questions, Some(&own))
        })
        .await
    }

    /// The policy, for whoever may read it.
    ///
    /// # Errors
    /// Whatever the permit denies.
    pub async fn desk_policy(&self, ask: &Ask) -> Result<&DeskPolicy, Refusal> {
        let permit = admit::<ReadPolicy>(&ask.actor, self.clock.now());
        self.noted(ask, permit).await?;
        Ok(&self.rules.desk)
    }

    /// The policy, for the list of what can be asked for.
    ///
    /// # Errors
    /// Whatever the permit denies.
    pub fn request_types(&self) -> Result<&DeskPolicy, Refusal> {
        admit::<ListRequestTypes>(&Actor::Public, self.clock.now())?;
        Ok(&self.rules.desk)
    }

    /// What somebody asks for, by their words: up to three types, the likeliest first.
    ///
    /// # Errors
    /// Whatever the permit denies; busy.
    pub async fn suggest(&self, ask: &Ask, text: &str) -> Result<Vec<Suggestion<'_>>, Refusal> {
        let permit = admit::<SuggestRequestType>(&ask.actor, self.clock.now());
        self.noted(ask, permit).await?;
        Ok(self.rules.suggester.suggest(text))
    }

    /// Which browsers are supported.
    ///
    /// # Errors
    /// Whatever the permit denies.
    pub fn browsers(&self) -> Result<&Browsers, Refusal> {
        admit::<ReadBrowsers>(&Actor::Public, self.clock.now())?;
        Ok(&self.rules.browsers)
    }

    /// Whether a browser is supported, by its name and version or its user agent.
    ///
    /// # Errors
    /// Whatever the permit denies.
    pub fn judge_browser(&self, typed: &str) -> Result<BrowserJudgement, Refusal> {
        Ok(self.browsers()?.judge(typed))
    }
}

/// Answers questions; those about the caller from what is known of them.
fn evaluated(
    policy: &DeskPolicy,
    questions: Vec<Question>,
    own: Option<&Oneself>,
) -> Result<Vec<Evaluated>, Refusal> {
    let mut wrong = Vec::new();
    let mut answers = Vec::with_capacity(questions.len());
    for (place, question) in questions.into_iter().enumerate() {
        let inquiry = match (question.requester, own) {
            (None, Some(own)) => match inquiry(own, question) {
                Ok(inquiry) => inquiry,
                Err(facts) => {
                    wrong.extend(facts.into_iter().map(|fact| not_to_be_stated(place, fact)));
                    continue;
                }
            },
            (requester, _) => Inquiry {
                request_type: question.request_type,
                requester: requester.unwrap_or(RequesterKind::Unknown),
                channel: question.channel,
                facts: question.facts,
                copy_on_referrals: question.copy_on_referrals,
            },
        };
        let decision = policy.evaluate(&inquiry);
        answers.push(Evaluated { inquiry, decision });
    }
    if wrong.is_empty() { Ok(answers) } else { Err(Refusal::Invalid(wrong)) }
}

/// A fact of the caller's that is read from the record, or proved, and not taken from them.
fn not_to_be_stated(place: usize, fact: Fact) -> Violation {
    Violation {
        pointer: format!("#/inquiries/{place}/facts/{fact}"),
        code: "not_yours_to_state".to_owned(),
        detail: "is read from the record, or has to be proved; name a `requester` to try it out"
            .to_owned(),
    }
}

/// A question of the caller's own, or the facts that they cannot state.
fn inquiry(own: &Oneself, question: Question) -> Result<Inquiry, Vec<Fact>> {
    Ok(Inquiry {
        request_type: question.request_type,
        requester: own.requester,
        channel: question.channel,
        facts: oneself::stated(question.facts)?.overlaid_by(&own.facts),
        copy_on_referrals: own.copy_on_referrals,
    })
}
