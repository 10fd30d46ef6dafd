//! What agents and developers say to each other about an internal ticket.

use caredesk_core::domain::ReportText;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::{AccountId, InternalTicketCommentId, InternalTicketId};
use caredesk_core::domain::internal_ticket::InternalTicketComment;
use caredesk_core::domain::page::Page;
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, InternalTicketFacts, Permit};
use diesel::prelude::*;

use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::internal_ticket_comments as comments;
use crate::store::tx::Tx;

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = comments, treat_none_as_default_value = false)]
struct Row {
    id: InternalTicketCommentId,
    internal_ticket_id: InternalTicketId,
    author_id: AccountId,
    author_role: Role,
    text: ReportText,
    created_at: Moment,
}

impl From<Row> for InternalTicketComment {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            text: row.text,
            author: row.author_id,
            author_role: row.author_role,
            created_at: row.created_at,
        }
    }
}

/// Which comments a page shows.
#[derive(Debug, Clone, Copy)]
pub struct CommentQuery {
    /// On which internal ticket; whoever asks was found to see it.
    pub internal_ticket: InternalTicketId,
    /// After this key.
    pub after: Option<CommentKey>,
    /// So many rows.
    pub limit: i64,
}

/// Where a comment stands in its list, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CommentKey(InternalTicketCommentId);

/// A page of comments, newest first.
pub fn list(
    conn: &mut Conn,
    ask: &CommentQuery,
) -> StoreResult<Page<InternalTicketComment, CommentKey>> {
    let mut page =
        comments::table.filter(comments::internal_ticket_id.eq(ask.internal_ticket)).into_boxed();
    if let Some(CommentKey(id)) = ask.after {
        page = page.filter(comments::id.lt(id));
    }
    let rows: Vec<Row> = page
        .order(comments::id.desc())
        .limit(ask.limit.saturating_add(1))
        .select(Row::as_select())
        .load(conn)?;
    let page = Page::cut(rows, ask.limit, |row| CommentKey(row.id));
    Ok(page.map(InternalTicketComment::from))
}

/// Keeps a comment on the permit's internal ticket.
pub fn insert<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    comment: &InternalTicketComment,
) -> StoreResult<()>
where
    A: Action<Target = InternalTicketFacts>,
{
    let row = Row {
        id: comment.id,
        internal_ticket_id: permit.target().id,
        author_id: comment.author,
        author_role: comment.author_role,
        text: comment.text.clone(),
        created_at: comment.created_at,
    };
    diesel::insert_into(comments::table).values(row).execute(tx.conn)?;
    Ok(())
}
