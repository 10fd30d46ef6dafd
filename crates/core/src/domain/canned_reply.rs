//! Canned replies: texts that agents answer with, and the places in them that are filled in.
//!
//! A place is the word of a [`ReplyVariable`] in braces: `{case_number}`. There is nothing else to it: no
//! conditions, no nesting, and no place for what is not on the list, so a text that was taken can be filled in.

use super::Line;
use super::account::Locale;
use super::ids::{AccountId, CannedReplyId};
use super::time::Moment;

text! {
    /// What a canned reply says, with places in braces.
    CannedText: 1..=4000, super::text::LINES, example "Hello {requester_name},\nthis is about {case_number}."
}
text! {
    /// A word that canned replies are found by.
    ReplyTag: 2..=40, "^[a-z0-9]+(-[a-z0-9]+)*$", example "password"
}

/// Most tags of a canned reply.
pub const MAX_TAGS: usize = 10;

words! {
    /// What can be filled in.
    ReplyVariable {
        /// The number of the ticket that is answered.
        CaseNumber = "case_number",
        /// Whom the answer goes to.
        RequesterName = "requester_name",
        /// Who answers.
        AgentName = "agent_name",
        /// The organisation that the ticket is about.
        OrganizationName = "organization_name",
        /// How the organisation is reached.
        OrganizationContact = "organization_contact",
        /// How the desk is reached.
        DeskContact = "desk_contact",
        /// Where the ticket is seen after signing in.
        TicketLink = "ticket_link",
    }
}

impl ReplyVariable {
    /// Something that stands for it where nothing real does.
    pub const fn sample(self) -> &'static str {
        match self {
            Self::CaseNumber => "C-000123",
            Self::RequesterName => "Ana Ruiz",
            Self::AgentName => "Sam Okafor",
            Self::OrganizationName => "Pine Lodge Summer Camp",
            Self::OrganizationContact => "office@pinelodge.example, +15550100200",
            Self::DeskContact => "desk@caredesk.example",
            Self::TicketLink => "https://caredesk.example/tickets/C-000123",
        }
    }
}

/// Why a text cannot be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceFault {
    /// What stands in braces is nothing that can be filled in.
    #[error("has something in braces that cannot be filled in")]
    Unknown,
    /// A brace that belongs to no place.
    #[error("has a brace that belongs to no place")]
    Brace,
}

impl PlaceFault {
    /// Its word, for clients.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_variable",
            Self::Brace => "stray_brace",
        }
    }
}

/// The text with every place filled in.
///
/// # Errors
/// The first thing that is wrong with its places.
pub fn fill<'v>(
    text: &CannedText,
    value: impl Fn(ReplyVariable) -> &'v str,
) -> Result<String, PlaceFault> {
    let mut filled = String::new();
    let mut rest = text.as_str();
    while let Some((said, behind)) = rest.split_once('{') {
        let (word, after) = behind.split_once('}').ok_or(PlaceFault::Brace)?;
        if said.contains('}') || word.contains('{') {
            return Err(PlaceFault::Brace);
        }
        let variable: ReplyVariable = word.parse().map_err(|_not_a_word| PlaceFault::Unknown)?;
        filled.push_str(said);
        filled.push_str(value(variable));
        rest = after;
    }
    if rest.contains('}') {
        return Err(PlaceFault::Brace);
    }
    filled.push_str(rest);
    Ok(filled)
}

/// What is wrong with the places of a text; none if it can be filled in.
pub fn fault(text: &CannedText) -> Option<PlaceFault> {
    fill(text, |_| "").err()
}

/// The places of a text that something is known for, in their order; whatever else stands in braces is words.
pub fn places(text: &str) -> Vec<ReplyVariable> {
    let behind = text.split('{').skip(1);
    behind.filter_map(|piece| piece.split_once('}')?.0.parse().ok()).collect()
}

/// A text with the places filled in that there is something for. What is filled in is not read again.
pub fn fill_in(text: &str, values: &[(ReplyVariable, String)]) -> String {
    let mut pieces = text.split('{');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let place = piece.split_once('}').and_then(|(word, after)| {
            let variable: ReplyVariable = word.parse().ok()?;
            let (_, value) = values.iter().find(|(known, _)| *known == variable)?;
            Some((value, after))
        });
        if let Some((value, after)) = place {
            filled.push_str(value);
            filled.push_str(after);
        } else {
            filled.push('{');
            filled.push_str(piece);
        }
    }
    filled
}

/// What a canned reply is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyDetails {
    /// What it is called.
    pub title: Line,
    /// What it says, with places.
    pub text: CannedText,
    /// In which language.
    pub locale: Locale,
    /// The words it is found by, in their order, each once.
    pub tags: Vec<ReplyTag>,
}

/// A canned reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannedReply {
    /// Its id.
    pub id: CannedReplyId,
    /// What it is.
    pub details: ReplyDetails,
    /// Who wrote it.
    pub created_by: AccountId,
    /// Who changed it last.
    pub updated_by: AccountId,
    /// When it was written.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// Counts its changes.
    pub version: i64,
}

/// Changes of a canned reply; absent ones stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyChanges {
    /// What it is called.
    pub title: Option<Line>,
    /// What it says.
    pub text: Option<CannedText>,
    /// In which language.
    pub locale: Option<Locale>,
    /// All the words it is found by.
    pub tags: Option<Vec<ReplyTag>>,
}

impl ReplyDetails {
    /// What it is after changes.
    #[must_use]
    pub fn changed(&self, changes: &ReplyChanges) -> Self {
        Self {
            title: changes.title.as_ref().unwrap_or(&self.title).clone(),
            text: changes.text.as_ref().unwrap_or(&self.text).clone(),
            locale: changes.locale.unwrap_or(self.locale),
            tags: tidy(changes.tags.as_ref().unwrap_or(&self.tags).clone()),
        }
    }
}

/// Tags in their order, each once.
pub fn tidy(mut tags: Vec<ReplyTag>) -> Vec<ReplyTag> {
    tags.sort_unstable();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, PlaceFault> {
        fill(&CannedText::parse(text).unwrap(), ReplyVariable::sample)
    }

    #[test]
    fn every_place_is_filled_in() {
        assert_eq!(filled("{case_number}: {case_number}!").unwrap(), "C-000123: C-000123!");
        assert_eq!(filled("Nothing to fill in.").unwrap(), "Nothing to fill in.");
        for variable in ReplyVariable::ALL {
            assert_eq!(filled(&format!("{{{variable}}}")).unwrap(), variable.sample());
        }
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let text = CannedText::parse("{requester_name}").unwrap();
        assert_eq!(fill(&text, |_| "{agent_name}").unwrap(), "{agent_name}");
    }

    #[test]
    fn what_there_is_nothing_for_stays_a_place() {
        let text = "{ {requester_name}: {case_number}, {x} {agent_name}";
        let values = [
            (ReplyVariable::RequesterName, "{agent_name}".to_owned()),
            (ReplyVariable::CaseNumber, "C-000123".to_owned()),
        ];
        assert_eq!(fill_in(text, &values), "{ {agent_name}: C-000123, {x} {agent_name}");
        let known =
            [ReplyVariable::RequesterName, ReplyVariable::CaseNumber, ReplyVariable::AgentName];
        assert_eq!(places(text), known);
        assert_eq!(
            (places("no place"), fill_in("no place", &values).as_str()),
            (vec![], "no place")
        );
    }

    #[test]
    fn other_places_and_stray_braces_are_refused() {
        for unknown in
            ["{password}", "{}", "{ case_number }", "{CASE_NUMBER}", "a {case_number} {x}"]
        {
            assert_eq!(filled(unknown), Err(PlaceFault::Unknown), "{unknown}");
        }
        for stray in
            ["{", "}", "a } b", "{case_number", "case_number}", "{case_number}}", "{{case_number}}"]
        {
            assert_eq!(filled(stray), Err(PlaceFault::Brace), "{stray}");
        }
    }
}
