//! Attachments, made behind the product's back.

use caredesk::store::columns::AnyId;
use caredesk::store::schema::{attachment_objects, attachments};
use caredesk::vault::Place;
use caredesk_core::domain::FileName;
use caredesk_core::domain::attachment::{AttachmentState, AttachmentType, LASTS};
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::time::Moment;
use diesel::prelude::*;
use uuid::Uuid;

use super::app::App;
use super::scene::behind;

/// What every operation that takes octets is sent; the attachment is announced as that.
pub(crate) const CONTENT: &[u8] = b"user_name\nana\n";

/// Makes an attachment of a ticket anew, at its first version, with its content if it has come.
pub(crate) async fn keep(
    app: &App,
    (tenant, ticket, author): (TenantId, Uuid, Uuid),
    id: Uuid,
    state: AttachmentState,
) {
    let (row_id, now, object) = (AnyId(id), app.house.clock.now(), Uuid::now_v7());
    let is_there = matches!(state, AttachmentState::Quarantined | AttachmentState::Cleared);
    if is_there {
        let place =
            Place { tenant: Some(tenant), table: "attachments", row: id, column: "content" };
        let mut writing = app.house.blobs.begin(&place, object);
        writing.add(CONTENT).await.unwrap();
        writing.end().await.unwrap();
    }
    let object = is_there.then_some(AnyId(object));
    behind(app, move |conn| {
        diesel::delete(attachments::table.find(row_id)).execute(conn)?;
        if let Some(object) = object {
            let row =
                (attachment_objects::id.eq(object), attachment_objects::wipe_at.eq(None::<Moment>));
            diesel::insert_into(attachment_objects::table).values(row).execute(conn)?;
        }
        let row = (
            (attachments::id.eq(row_id), attachments::ticket_id.eq(AnyId(ticket))),
            (attachments::tenant_id.eq(tenant), attachments::author_id.eq(AnyId(author))),
            attachments::file_name.eq(FileName::parse("people.csv").unwrap()),
            attachments::media_type.eq(AttachmentType::Csv),
            attachments::size.eq(i64::try_from(CONTENT.len()).unwrap()),
            (attachments::state.eq(state), attachments::object_id.eq(object)),
            (attachments::created_at.eq(now), attachments::expires_at.eq(now.plus(LASTS))),
            attachments::version.eq(1_i64),
        );
        diesel::insert_into(attachments::table).values(row).execute(conn)
    })
    .await;
}
