//! Sharing the knowledge of a ticket, over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use caredesk_core::domain::Line;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::article::{ArticleBody, ArticleContent};
use caredesk_core::domain::ids::ArticleId;
use serde::Serialize;
use utoipa::ToSchema;

use super::input::TicketPath;
use crate::api::answer;
use crate::api::extract::{Caller, Path};
use crate::api::problem::Problem;
use crate::service::{House, tickets};

/// A draft that was made out of a ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "article_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e50", "locale": "en",
    "title": "The health history page does not load",
    "body": "Since this morning the page stays white.\n\n---\n\nThe page was mended; please load it again."}))]
pub(in crate::api) struct KnowledgeDraft {
    /// The article. Whoever writes the organisation's articles changes it; whoever made it reads it while it is a
    /// draft, an agent as long as nobody has changed it.
    article_id: ArticleId,
    /// In which language it is.
    locale: Locale,
    /// What it is called: the ticket's subject line, masked.
    title: Line,
    /// What it says: what was asked and what was answered, masked.
    body: ArticleBody,
}

impl From<(ArticleId, ArticleContent)> for KnowledgeDraft {
    fn from((article_id, content): (ArticleId, ArticleContent)) -> Self {
        Self { article_id, locale: content.locale, title: content.title, body: content.body }
    }
}

/// Share the knowledge of a ticket
///
/// Makes a draft of an article for the staff of the ticket's organisation, out of what was asked and what the desk
/// answered. What is personal stays masked in it, one's own words included. Whoever writes the organisation's articles
/// is told, reads it over and publishes it; what the case has learned to be personal by then is masked, too.
#[utoipa::path(operation_id = "share_ticket_knowledge", tag = "tickets", extensions(("x-action" = json!("ticket.share_knowledge")), ("x-if-match" = json!("optional"))),
    params(TicketPath), responses((status = 201, description = "The draft.", body = KnowledgeDraft)))]
#[post("/tickets/{ticket_id}/share-knowledge")]
async fn share_ticket_knowledge(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let key = (path.ticket_id, ask.version);
    answer::perform(&house, &ask, move |tx, who| {
        let draft = KnowledgeDraft::from(tickets::share_knowledge(tx, who, key)?);
        answer::created(format!("/v1/articles/{}", draft.article_id), 1, &draft)
    })
    .await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(share_ticket_knowledge);
}
