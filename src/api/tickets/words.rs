//! The words of a step: what is taken for them, and how the step is taken with them or without.

use actix_web::HttpResponse;
use actix_web::web::Data;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::CannedReplyId;
use caredesk_core::domain::ticket::{AgentResolution, TicketText};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::input::TicketPath;
use super::seen;
use crate::api::answer;
use crate::api::extract::{Body, Caller};
use crate::api::problem::Problem;
use crate::guard::{Refusal, Violation};
use crate::service::House;
use crate::service::tickets::{Shown, Spoken, Version, Wording};
use crate::store::Tx;

/// Declares bodies that are a text, or a canned reply in its place.
macro_rules! worded {
    ($($(#[$meta:meta])* $name:ident: $(#[$field:meta])* $example:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
        #[serde(deny_unknown_fields)]
        #[schema(example = json!({"text": $example}))]
        pub(super) struct $name {
            $(#[$field])*
            #[serde(default)]
            #[schema(nullable = false)]
            pub text: Option<TicketText>,
            /// The canned reply that stands for the text, for agents: its places are filled in from the ticket. One
            /// of the two is there.
            #[serde(default)]
            #[schema(nullable = false)]
            pub canned_reply_id: Option<CannedReplyId>,
        }
        impl Body for $name {}
    )+};
}

/// Something that is said on a ticket.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "The page loads again in Firefox, and stays white in Safari."}))]
pub(super) struct ReplyToTicket {
    /// What is said; what is personal in it is masked.
    #[serde(default)]
    #[schema(nullable = false)]
    pub text: Option<TicketText>,
    /// The canned reply that stands for the text, for agents: its places are filled in from the ticket. One of the
    /// two is there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub canned_reply_id: Option<CannedReplyId>,
    /// Whether an agent writes down what the caller said, as the caller's word: for those without an account, and
    /// those who came by telephone, chat or email. False if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub on_behalf_of_caller: bool,
}
impl Body for ReplyToTicket {}

worded! {
    /// A question to the requester.
    AskRequester:
        /// What is asked.
        "Which version of the browser is it, and what does the message say?";
}
worded! {
    /// A note for the desk's people.
    NoteOnTicket:
        /// What is noted; what is personal in it is masked.
        "The same message as in the case of last week.";
}
/// How a ticket was resolved.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"resolution": "solved", "text": "The page was mended; please load it again."}))]
pub(super) struct ResolveTicket {
    /// How it ends.
    pub resolution: AgentResolution,
    /// What came of it, for the requester; it is sent to them in the same step.
    #[serde(default)]
    #[schema(nullable = false)]
    pub text: Option<TicketText>,
    /// The canned reply that stands for the text: its places are filled in from the ticket. One of the two is there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub canned_reply_id: Option<CannedReplyId>,
}
impl Body for ResolveTicket {}

/// Takes a step with words: they are looked at first, then the step is taken.
pub(super) async fn say<W>(
    caller: &Caller,
    house: &Data<House>,
    (path, wording): (TicketPath, impl Into<Wording>),
    mut step: W,
) -> Result<HttpResponse, Problem>
where
    W: FnMut(&mut Tx<'_>, &Actor, &House, (Version, &Spoken)) -> Result<Shown, Refusal>
        + Send
        + 'static,
{
    let ask = caller.change()?;
    let key = (path.ticket_id, ask.version);
    let spoken = house.hear_wording(&ask, path.ticket_id, wording.into()).await?;
    let inner = House::clone(house);
    answer::perform(house, &ask, move |tx, who| {
        let shown = step(tx, who, &inner, (key, &spoken))?;
        let version = shown.whole.ticket.row.version;
        answer::ok(version, &seen(&inner, shown, who, tx.now))
    })
    .await
}

/// A member of a body that is not right.
fn wrong_at(pointer: &str, code: &str, detail: &str) -> Problem {
    Problem::from(Refusal::Invalid(vec![Violation {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        detail: detail.to_owned(),
    }]))
}

/// Why a ticket is escalated and what was tried, as one text: both pass the door together, and what is broken over
/// the two is found.
pub(super) fn reason_and_tried(
    reason: &TicketText,
    tried: &TicketText,
) -> Result<TicketText, Problem> {
    let both = format!("{reason}\n\nTried: {tried}");
    let too_long = |_| wrong_at("#/tried", "max_length", "is too long beside the reason");
    TicketText::parse(&both).map_err(too_long)
}

/// The words of a step: its text, or the canned reply in its place.
pub(super) fn worded(
    text: Option<Wording>,
    canned: Option<CannedReplyId>,
) -> Result<Wording, Problem> {
    let wrong = |code, detail| wrong_at("#/text", code, detail);
    match (text, canned) {
        (Some(text), None) => Ok(text),
        (None, Some(id)) => Ok(Wording::Canned(id)),
        (Some(_), Some(_)) => Err(wrong("not_both", "stands beside a canned reply")),
        (None, None) => Err(wrong("required", "is missing, and there is no canned reply either")),
    }
}

/// Refuses a canned reply in the place of what somebody said.
pub(super) fn refuse_canned(canned: Option<CannedReplyId>) -> Result<(), Problem> {
    match canned {
        None => Ok(()),
        Some(_) => Err(Problem::from(Refusal::Invalid(vec![Violation {
            pointer: "#/canned_reply_id".to_owned(),
            code: "not_both".to_owned(),
            detail: "is the desk's word, not the caller's".to_owned(),
        }]))),
    }
}

/// Takes a step without words.
pub(super) async fn take<W>(
    caller: &Caller,
    house: &Data<House>,
    path: &TicketPath,
    mut step: W,
) -> Result<HttpResponse, Problem>
where
    W: FnMut(&mut Tx<'_>, &Actor, &House, Version) -> Result<Shown, Refusal> + Send + 'static,
{
    let ask = caller.change()?;
    let key = (path.ticket_id, ask.version);
    let inner = House::clone(house);
    answer::perform(house, &ask, move |tx, who| {
        let shown = step(tx, who, &inner, key)?;
        let version = shown.whole.ticket.row.version;
        answer::ok(version, &seen(&inner, shown, who, tx.now))
    })
    .await
}
