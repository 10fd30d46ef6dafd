//! Attachments over HTTP: the record as JSON, the content as octets on its way in and as what it is on its way out.

mod view;

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue,
};
use actix_web::web::{Bytes, Data};
use actix_web::{get, post, put};
use caredesk_core::domain::FileName;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::attachment::AttachmentType;
use caredesk_core::domain::ids::{AttachmentId, TicketId};
use caredesk_core::policy::action::ReadAttachment;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer;
use super::extract::{Caller, Json, Octets, Path};
use super::problem::Problem;
use crate::blobs::Reading;
use crate::guard::Refusal;
use crate::service::attachments::{self, Opened, Received, Receiving};
use crate::service::tickets::{self, NewAttachment, Spoken};
use crate::service::{Ask, House, ShownAttachment};
use crate::store::Tx;
use view::{Attachment, AttachmentContent, AttachmentPage, CreateAttachment, SettleAttachment};

/// Which ticket.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AttachmentTicketPath {
    /// The ticket's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40")]
    ticket_id: TicketId,
}

/// Which attachment.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AttachmentPath {
    /// The attachment's id.
    #[param(example = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e60")]
    attachment_id: AttachmentId,
}

/// An attachment as an answer that is kept.
fn body(shown: ShownAttachment) -> (i64, Attachment) {
    (shown.attachment.row.version, Attachment::from(shown))
}

/// Create an attachment
///
/// Announces a file of a ticket: of whoever asks, is in copy or takes part, and of the desk on tickets of
/// organisations. Its content is sent within a day with `write_attachment_content`. Where the policy has what comes
/// with such a request thrown away, it is `discarded` at once, and the requester is told so.
#[utoipa::path(operation_id = "create_attachment", tag = "attachments", extensions(("x-action" = json!("attachment.create"))),
    params(AttachmentTicketPath), request_body(content = CreateAttachment, description = "The file."),
    responses((status = 201, description = "The attachment, without its content.", body = Attachment)))]
#[post("/tickets/{ticket_id}/attachments")]
async fn create_attachment(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<AttachmentTicketPath>,
    Json(sent): Json<CreateAttachment>,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let ticket = path.ticket_id;
    let new = NewAttachment::of(&sent.file_name, sent.media_type, sent.size);
    let said = house.hear_on(caller.actor(), ticket, new.words()?).await?;
    let inner = House::clone(&house);
    answer::perform(&house, &ask, move |tx, who| {
        let shown = tickets::announce(tx, who, &inner, (ticket, &new, &said))?;
        let (version, attachment) = body(shown);
        answer::created(format!("/v1/attachments/{}", attachment.id), version, &attachment)
    })
    .await
}

/// Write the content of an attachment
///
/// Sends the bytes of the file, by whoever announced it, once. They must be as many and of the type that was said;
/// what breaks off or does not fit leaves the attachment `pending`, and nothing of it is kept. Pictures, PDF and
/// documents are `quarantined` for the second tier; text in which nothing personal is found is `cleared`.
#[utoipa::path(operation_id = "write_attachment_content", tag = "attachments",
    extensions(("x-action" = json!("attachment.write")), ("x-conflict" = json!(true)), ("x-etag" = json!(true))),
    params(AttachmentPath),
    request_body(content = AttachmentContent, content_type = "application/octet-stream", description = "The bytes."),
    responses((status = 200, description = "The attachment with its content.", body = Attachment)))]
#[put("/attachments/{attachment_id}/content")]
async fn write_attachment_content(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<AttachmentPath>,
    mut content: Octets,
) -> Result<HttpResponse, Problem> {
    let ask = caller.ask();
    let receiving = house.begin_attachment(&ask, path.attachment_id).await?;
    let received = take(&house, &ask, receiving, &mut content).await?;
    let sent = received.clone();
    let answered = answer::perform(&house, &ask, move |tx, who| {
        let (version, attachment) = body(attachments::complete(tx, who, &sent)?);
        answer::ok(version, &attachment)
    });
    let answered = answered.await;
    if answered.is_err() {
        house.drop_received(&ask, &received).await;
    }
    answered
}

/// Takes the content in, a piece at a time; what breaks off is given up.
async fn take(
    house: &House,
    ask: &Ask,
    mut receiving: Receiving,
    content: &mut Octets,
) -> Result<Received, Problem> {
    match fill(&mut receiving, content).await {
        Ok(()) => Ok(house.end_attachment(ask, receiving).await?),
        Err(problem) => {
            house.abandon_attachment(ask, receiving).await;
            Err(problem)
        }
    }
}

/// Takes every piece in.
async fn fill(receiving: &mut Receiving, content: &mut Octets) -> Result<(), Problem> {
    receiving.expects(content.length())?;
    while let Some(piece) = content.piece().await? {
        receiving.add(&piece).await?;
    }
    Ok(())
}

/// List the attachments of a ticket
///
/// Shows everything that was attached to a ticket, oldest first, to whoever sees the ticket, in one page: also what
/// waits for its content or to be looked at, and what was thrown away.
#[utoipa::path(operation_id = "list_attachments", tag = "attachments", extensions(("x-action" = json!("attachment.read"))),
    params(AttachmentTicketPath), responses((status = 200, description = "The attachments.", body = AttachmentPage)))]
#[get("/tickets/{ticket_id}/attachments")]
async fn list_attachments(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<AttachmentTicketPath>,
) -> Result<HttpResponse, Problem> {
    let (id, keys) = (path.ticket_id, house.keys.clone());
    let look = answer::look(&house, &caller, move |conn, looker| {
        attachments::of_ticket(conn, looker, &keys, id)
    });
    let (all, what) = look.await?;
    if !all.is_empty() {
        house.on_record::<ReadAttachment>(&caller.ask(), what).await?;
    }
    let data = all.into_iter().map(Attachment::from).collect();
    Ok(answer::page(&AttachmentPage { data, next_cursor: None }))
}

/// Read an attachment
///
/// Shows how far an attachment is, to whoever sees its ticket.
#[utoipa::path(operation_id = "read_attachment", tag = "attachments", extensions(("x-action" = json!("attachment.read")), ("x-etag" = json!(true))),
    params(AttachmentPath), responses((status = 200, description = "The attachment.", body = Attachment)))]
#[get("/attachments/{attachment_id}")]
async fn read_attachment(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<AttachmentPath>,
) -> Result<HttpResponse, Problem> {
    let (id, keys) = (path.attachment_id, house.keys.clone());
    let look = answer::look(&house, &caller, move |conn, looker| {
        attachments::read(conn, looker, &keys, id)
    });
    let (shown, what) = look.await?;
    house.on_record::<ReadAttachment>(&caller.ask(), what).await?;
    let (version, attachment) = body(shown);
    answer::shown(version, &attachment)
}

/// Read the content of an attachment
///
/// Gives the file out to whoever sees its ticket: what was cleared to everybody, what is quarantined to the second
/// tier, its author and the author's organisation. It is to be saved, and never shown in a page.
#[utoipa::path(operation_id = "read_attachment_content", tag = "attachments",
    extensions(("x-action" = json!("attachment.read")), ("x-conflict" = json!(true))),
    params(AttachmentPath),
    responses((status = 200, description = "The file.", content(
        (AttachmentContent = "image/png"), (AttachmentContent = "image/jpeg"), (AttachmentContent = "image/gif"),
        (AttachmentContent = "image/webp"), (AttachmentContent = "application/pdf"), (AttachmentContent = "text/plain"),
        (AttachmentContent = "text/csv"),
        (AttachmentContent = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (AttachmentContent = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
#[get("/attachments/{attachment_id}/content")]
async fn read_attachment_content(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<AttachmentPath>,
) -> Result<HttpResponse, Problem> {
    let Opened { shown, reading } =
        house.open_attachment(&caller.ask(), path.attachment_id).await?;
    let row = &shown.attachment.row;
    let size = u64::try_from(row.size).unwrap_or(0);
    let saved_as = disposition(&shown.name, row.media_type)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, row.media_type.as_str()))
        .insert_header((CONTENT_DISPOSITION, saved_as))
        // Whatever a browser makes of it, nothing in it runs.
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((CONTENT_ENCODING, "identity"))
        .body(SizedStream::new(size, Box::pin(pieces(reading)))))
}

/// The pieces of a file. One that cannot be read breaks the answer off, which is shorter than was said then.
fn pieces(reading: Reading) -> impl futures_util::Stream<Item = Result<Bytes, Problem>> {
    futures_util::stream::try_unfold(reading, |mut reading| async move {
        let piece = reading.piece().await.map_err(Refusal::from)?;
        Ok(piece.map(|piece| (Bytes::from(piece), reading)))
    })
}

/// What a name may have as it is: the letters, digits and marks of RFC 8187.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The header that says under which name a file is saved: as it is, and for those that do not read that, by its
/// type.
fn disposition(name: &FileName, is: AttachmentType) -> Result<HeaderValue, Problem> {
    let encoded = utf8_percent_encode(name.as_str(), PLAIN);
    let usual = is.extension();
    let header = format!("attachment; filename=\"attachment.{usual}\"; filename*=UTF-8''{encoded}");
    HeaderValue::from_str(&header)
        .map_err(|error| Problem::from(Refusal::Broken(error.to_string())))
}

/// What is done with an attachment, and why.
type Settle = fn(
    &mut Tx<'_>,
    &Actor,
    &House,
    (TicketId, AttachmentId, &Spoken),
) -> Result<ShownAttachment, Refusal>;

/// Clears an attachment or throws it away.
async fn settle(
    caller: &Caller,
    house: &Data<House>,
    (path, sent): (AttachmentPath, SettleAttachment),
    step: Settle,
) -> Result<HttpResponse, Problem> {
    let ask = caller.change()?;
    let id = path.attachment_id;
    let ticket = house.ticket_of_attachment(id).await?;
    let said = house.hear_on(caller.actor(), ticket, sent.reason).await?;
    let inner = House::clone(house);
    answer::perform(house, &ask, move |tx, who| {
        let (version, attachment) = body(step(tx, who, &inner, (ticket, id, &said))?);
        answer::ok(version, &attachment)
    })
    .await
}

/// Clear an attachment
///
/// Lets everybody who sees the ticket have it, now that somebody of the second tier has looked at it.
#[utoipa::path(operation_id = "clear_attachment", tag = "attachments",
    extensions(("x-action" = json!("attachment.clear")), ("x-etag" = json!(true))),
    params(AttachmentPath), request_body(content = SettleAttachment, description = "Why."),
    responses((status = 200, description = "The attachment.", body = Attachment)))]
#[post("/attachments/{attachment_id}/clear")]
async fn clear_attachment(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<AttachmentPath>,
    Json(sent): Json<SettleAttachment>,
) -> Result<HttpResponse, Problem> {
    settle(&caller, &house, (path, sent), tickets::clear).await
}

/// Discard an attachment
///
/// Throws it away: its content is deleted, and nobody is given it any more.
#[utoipa::path(operation_id = "discard_attachment", tag = "attachments",
    extensions(("x-action" = json!("attachment.discard")), ("x-etag" = json!(true))),
    params(AttachmentPath), request_body(content = SettleAttachment, description = "Why."),
    responses((status = 200, description = "The attachment, without its content.", body = Attachment)))]
#[post("/attachments/{attachment_id}/discard")]
async fn discard_attachment(
    caller: Caller,
    house: Data<House>,
    Path(path): Path<AttachmentPath>,
    Json(sent): Json<SettleAttachment>,
) -> Result<HttpResponse, Problem> {
    settle(&caller, &house, (path, sent), tickets::discard).await
}

/// The operations of this file.
pub(super) fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(create_attachment)
        .service(list_attachments)
        .service(read_attachment)
        .service(write_attachment_content)
        .service(read_attachment_content)
        .service(clear_attachment)
        .service(discard_attachment);
}
