//! Sharing the knowledge: what was asked and answered on a ticket becomes the draft of an article for the
//! organisation's staff (PM1, "share the knowledge").

use caredesk_core::domain::Line;
use caredesk_core::domain::account::Realm;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::article::{ArticleAudience, ArticleBody, ArticleContent, ArticleKind};
use caredesk_core::domain::ids::ArticleId;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::policy::action::ShareKnowledge;
use serde_json::json;

use super::{Version, reader};
use crate::guard::{Refusal, admit_ticket};
use crate::service::steps::{drafts, notice};
use crate::store::tickets::PublicText;
use crate::store::{self, Tx};

/// Most characters that a draft takes over; the rest is left out.
const MOST: usize = 49_000;
/// Most characters of its title.
const TITLE: usize = 200;

/// Makes a draft for the staff of the ticket's organisation, out of what was asked and what the desk answered: as it
/// is masked, for everybody, also of one's own words. Those who write the organisation's articles are told.
///
/// # Errors
/// As every step; `ticket.not_in_state` while nobody has answered it.
pub fn share_knowledge(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Version,
) -> Result<(ArticleId, ArticleContent), Refusal> {
    let (permit, whole) = admit_ticket::<ShareKnowledge>(tx, who, key)?;
    let row = &whole.ticket.row;
    let said = store::tickets::public_texts(tx.conn, row.id)?;
    let broken = |error: caredesk_core::domain::TextError| Refusal::Broken(error.to_string());
    let title: String = row.subject.as_str().chars().take(TITLE).collect();
    let content = ArticleContent {
        kind: ArticleKind::Article,
        audience: ArticleAudience::Staff,
        locale: row.locale,
        title: Line::parse(&title).map_err(broken)?,
        summary: None,
        body: ArticleBody::parse(&body(&said)).map_err(broken)?,
        video_url: None,
        slug: None,
        tags: Vec::new(),
        context_keys: Vec::new(),
    };
    let id = drafts::make(tx, &permit, Some(row.tenant_id), (&content, Some(row.id)))?;
    let mut writers = store::accounts::article_writers(tx.conn, row.tenant_id)?;
    writers.retain(|writer| Some(writer.id) != reader(who));
    let facts = json!({"number": whole.ticket.number, "title": content.title});
    notice::each(tx, &writers, MessageKind::ArticleDrafted, &facts)?;
    Ok((id, content))
}

/// What was asked first, and everything that the desk answered.
fn body(said: &[PublicText]) -> String {
    let mut parts = said.iter().enumerate().filter(|(at, text)| *at == 0 || is_answer(text));
    let mut body = String::new();
    if let Some((_, first)) = parts.next() {
        body.push_str(first.text.as_str());
    }
    for (_, answer) in parts {
        body.push_str("\n\n---\n\n");
        body.push_str(answer.text.as_str());
    }
    if body.trim().is_empty() {
        body.push('-');
    }
    body.chars().take(MOST).collect()
}

/// Whether the desk said it, or the policy for the desk.
fn is_answer(text: &PublicText) -> bool {
    let of_desk = text.role.is_some_and(|role| role.realm() == Realm::Desk);
    of_desk || text.author == Actor::System.kind()
}
