//! Articles that were made out of tickets: what the case has learned since is masked in them, too (PM1, "share the
//! knowledge"; TS, "PII").

use caredesk_core::domain::article::{Article, ArticleBody, ArticleContent, ArticleLead};
use caredesk_core::domain::{Line, TextError};
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::PublishArticle;
use caredesk_core::policy::pii::{Detector, Door};

use crate::guard::Refusal;
use crate::service::steps::door;
use crate::store::{self, Tx};

/// Most characters of a title, of a summary and of a body.
const MOST: [usize; 3] = [200, 500, 50_000];

/// The article with what is personal masked, if it was made out of a ticket: a name that nobody knew to be one then may
/// stand in it still. Nothing is published that cannot be looked at.
pub(super) fn masked_anew(
    tx: &mut Tx<'_>,
    permit: &Permit<PublishArticle>,
    detector: &Detector,
    found: Article,
) -> Result<Article, Refusal> {
    let Some(ticket) = found.source_ticket else { return Ok(found) };
    let Some(met) = store::tickets::names(tx.conn, ticket)? else { return Ok(found) };
    let mut case = door::opened_names(tx.keys, (met.tenant, ticket.uuid()), &met.names)?;
    let said = &found.content;
    let summary = said.summary.as_ref().map_or("", ArticleLead::as_str);
    let texts = [said.title.as_str(), summary, said.body.as_str()];
    let rewritten = Door::new(detector).rewrite::<String>(&texts, &mut case);
    let changed = rewritten.map_err(|error| Refusal::Broken(error.to_string()))?;
    if changed.is_empty() {
        return Ok(found);
    }
    let mut anew = texts.map(str::to_owned);
    for (at, text) in changed {
        if let (Some(one), Some(most)) = (anew.get_mut(at), MOST.get(at)) {
            *one = text.chars().take(*most).collect();
        }
    }
    let [title, lead, body] = anew;
    let broken = |error: TextError| Refusal::Broken(error.to_string());
    let content = ArticleContent {
        title: Line::parse(&title).map_err(broken)?,
        summary: said_in_short(&lead).map_err(broken)?,
        body: ArticleBody::parse(&body).map_err(broken)?,
        ..found.content
    };
    store::articles::mask(tx, permit, &content)?;
    Ok(Article { content, ..found })
}

/// A summary, if there is one.
fn said_in_short(lead: &str) -> Result<Option<ArticleLead>, TextError> {
    if lead.is_empty() { Ok(None) } else { ArticleLead::parse(lead).map(Some) }
}
