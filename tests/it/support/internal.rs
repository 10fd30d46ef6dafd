//! What the desk has for itself: internal tickets and canned replies, kept behind the product's back.

use caredesk::store::columns::{AnyId, Json};
use caredesk::store::schema::{
    canned_replies, canned_reply_tags, internal_ticket_comments, internal_ticket_links,
    internal_tickets,
};
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::canned_reply::{CannedText, ReplyTag};
use caredesk_core::domain::internal_ticket::{
    InternalTicketKind, InternalTicketPriority, InternalTicketState,
};
use caredesk_core::domain::{Line, ReportText};
use diesel::prelude::*;
use uuid::Uuid;

use super::app::App;
use super::operations::Operation;
use super::scene::behind;

/// The state that an operation wants to find an internal ticket in.
pub(crate) fn wanted_by(operation: &Operation) -> InternalTicketState {
    match operation.id.as_str() {
        "ship_internal_ticket" => InternalTicketState::InProgress,
        "reopen_internal_ticket" => InternalTicketState::Shipped,
        _ => InternalTicketState::Reported,
    }
}

/// Makes an internal ticket anew, which somebody raised.
pub(crate) async fn keep(app: &App, id: Uuid, by: Uuid, state: InternalTicketState) {
    // What is random of the id: no other has it.
    let number = i64::try_from(id.as_u128() & 0x3fff_ffff_ffff_ffff).unwrap();
    let (id, by, now) = (AnyId(id), AnyId(by), app.house.clock.now());
    behind(app, move |conn| {
        let comments = internal_ticket_comments::internal_ticket_id.eq(id);
        diesel::delete(internal_ticket_comments::table.filter(comments)).execute(conn)?;
        let links = internal_ticket_links::internal_ticket_id.eq(id);
        diesel::delete(internal_ticket_links::table.filter(links)).execute(conn)?;
        diesel::delete(internal_tickets::table.find(id)).execute(conn)?;
        let row = (
            (internal_tickets::id.eq(id), internal_tickets::number.eq(number)),
            internal_tickets::kind.eq(InternalTicketKind::Bug),
            internal_tickets::title.eq(Line::parse("The list stays empty").unwrap()),
            internal_tickets::text
                .eq(ReportText::parse("Until the page is loaded again.").unwrap()),
            internal_tickets::priority.eq(InternalTicketPriority::High),
            (internal_tickets::state.eq(state), internal_tickets::raised_by.eq(by)),
            (internal_tickets::created_at.eq(now), internal_tickets::updated_at.eq(now)),
            internal_tickets::ended_at.eq(state.is_over().then_some(now)),
            internal_tickets::version.eq(1_i64),
        );
        diesel::insert_into(internal_tickets::table).values(row).execute(conn)
    })
    .await;
}

/// Makes a canned reply anew, which somebody wrote.
pub(crate) async fn keep_reply(app: &App, id: Uuid, by: Uuid) {
    let now = app.house.clock.now();
    let (id, by) = (AnyId(id), AnyId(by));
    let tag = ReplyTag::parse("password").unwrap();
    behind(app, move |conn| {
        let tags = canned_reply_tags::canned_reply_id.eq(id);
        diesel::delete(canned_reply_tags::table.filter(tags)).execute(conn)?;
        diesel::delete(canned_replies::table.find(id)).execute(conn)?;
        let row = (
            canned_replies::id.eq(id),
            canned_replies::title.eq(Line::parse("A new password").unwrap()),
            canned_replies::title_key.eq("a new password"),
            canned_replies::text
                .eq(CannedText::parse("Hello {requester_name},\nask for a link.").unwrap()),
            canned_replies::locale.eq(Locale::English),
            canned_replies::tags.eq(Json(vec![tag.as_str().to_owned()])),
            (canned_replies::created_by.eq(by), canned_replies::updated_by.eq(by)),
            (canned_replies::created_at.eq(now), canned_replies::updated_at.eq(now)),
            canned_replies::version.eq(1_i64),
        );
        diesel::insert_into(canned_replies::table).values(row).execute(conn)?;
        let row = (
            canned_reply_tags::tag.eq(tag),
            canned_reply_tags::title_key.eq("a new password"),
            canned_reply_tags::canned_reply_id.eq(id),
            canned_reply_tags::locale.eq(Locale::English),
        );
        diesel::insert_into(canned_reply_tags::table).values(row).execute(conn)
    })
    .await;
}
