//! The search of the help centre that went before a ticket, over HTTP.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use caredesk_core::domain::ids::{ArticleId, HelpSearchId};
use caredesk_core::domain::time::Moment;
use serde::Serialize;
use utoipa::ToSchema;

use super::input::TicketPath;
use crate::api::answer;
use crate::api::extract::{Caller, Path};
use crate::api::problem::Problem;
use crate::api::views::figure;
use crate::service::House;
use crate::service::tickets::SearchSeen;
use crate::store::help_searches::ShownArticle;

/// An article that a search showed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "article_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e50", "is_global": true, "title": "Invite a family",
    "opened_at": "2026-11-21T09:28:00Z"}))]
pub(in crate::api) struct TicketHelpResult {
    /// The article. It may have been changed or archived since.
    article_id: ArticleId,
    /// Whether the desk wrote it, for all organisations.
    is_global: bool,
    /// What it was called when it was shown. The desk reads titles of organisations masked; null where they are not
    /// for this reader.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "Invite a family")]
    title: Option<String>,
    /// When it was opened first; null if it was not.
    opened_at: Option<Moment>,
}

/// The search of the help centre that went before a ticket: what its requester had seen and read.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e44", "searched_at": "2026-11-21T09:27:00Z", "query": "invite a family",
    "hits": 1, "results": [{
        "article_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e50", "is_global": true, "title": "Invite a family",
        "opened_at": "2026-11-21T09:28:00Z"}]}))]
pub(in crate::api) struct TicketHelpSearch {
    /// The search: `help_search_id` of the ticket.
    id: HelpSearchId,
    /// When it was made.
    searched_at: Moment,
    /// What was looked for, without personal data; null where texts are not for this reader.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$", example = "invite a family")]
    query: Option<String>,
    /// How much was found in all.
    #[schema(minimum = 0, maximum = 2_147_483_647, format = "int32", example = 1)]
    hits: i32,
    /// What of it was shown, the best first.
    #[schema(max_items = 25)]
    results: Vec<TicketHelpResult>,
}

impl From<(ShownArticle, Option<String>)> for TicketHelpResult {
    fn from((article, title): (ShownArticle, Option<String>)) -> Self {
        Self {
            article_id: article.id,
            is_global: article.tenant.is_none(),
            title,
            opened_at: article.opened_at,
        }
    }
}

impl From<SearchSeen> for TicketHelpSearch {
    fn from(of: SearchSeen) -> Self {
        Self {
            id: of.search.id,
            searched_at: of.search.at,
            query: of.shows_words.then_some(of.search.query),
            hits: figure(of.search.hits.into()),
            results: of.results.into_iter().map(TicketHelpResult::from).collect(),
        }
    }
}

/// Read the help search of a ticket
///
/// Shows what its requester looked for in the help centre before they opened the ticket, which articles they were
/// shown, and which of those they opened, so that nobody is sent what they have read. The desk reads titles of
/// organisations masked. A ticket without a search has none to be found.
#[utoipa::path(operation_id = "read_ticket_help_search", tag = "tickets", extensions(("x-action" = json!("ticket.read"))),
    params(TicketPath), responses((status = 200, description = "The search.", body = TicketHelpSearch)))]
#[get("/tickets/{ticket_id}/help-search")]
async fn read_ticket_help_search(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<TicketPath>,
) -> Result<HttpResponse, Problem> {
    let seen = house.search_before_ticket(&caller.ask(), path.ticket_id).await?;
    Ok(answer::page(&TicketHelpSearch::from(seen)))
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config.service(read_ticket_help_search);
}
