//! Articles as they begin: written by somebody, or made out of a ticket's answer.

use caredesk_core::domain::article::ArticleContent;
use caredesk_core::domain::ids::{ArticleId, TenantId, TicketId};
use caredesk_core::policy::{Action, Permit};
use serde_json::json;

use super::note;
use crate::guard::{Refusal, Violation};
use crate::store::{self, Tx};

/// Makes a draft: an organisation's, or without one the desk's for all.
///
/// # Errors
/// A film without an address.
pub(crate) fn make<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    tenant: Option<TenantId>,
    (content, ticket): (&ArticleContent, Option<TicketId>),
) -> Result<ArticleId, Refusal> {
    with_its_film(content)?;
    let id = ArticleId::of(tx.new_uuid());
    store::articles::insert(tx, permit, (id, tenant), (content, ticket))?;
    let detail = json!({"audience": content.audience, "ticket": ticket});
    note::about(tx, permit, (tenant, id.uuid()), &detail)?;
    Ok(id)
}

/// Refuses a film without an address.
///
/// # Errors
/// It has none.
pub(crate) fn with_its_film(content: &ArticleContent) -> Result<(), Refusal> {
    if !content.lacks_its_film() {
        return Ok(());
    }
    Err(Refusal::Invalid(vec![Violation {
        pointer: "#/video_url".to_owned(),
        code: "required".to_owned(),
        detail: "is needed by an article of the kind `video`".to_owned(),
    }]))
}
