//! What is taken and shown of attachments.

use caredesk_core::domain::FileName;
use caredesk_core::domain::account::{Realm, Role};
use caredesk_core::domain::attachment::{AttachmentState, AttachmentType};
use caredesk_core::domain::ids::{AccountId, AttachmentId, TicketId};
use caredesk_core::domain::ticket::TicketText;
use caredesk_core::domain::time::Moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::api::extract::Body;
use crate::api::views::hint::TicketHint;
use crate::api::views::page;
use crate::service::ShownAttachment;

/// A file that is about to be sent.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"file_name": "screen.png", "media_type": "image/png", "size": 48213}))]
pub(super) struct CreateAttachment {
    /// Its name. What is personal in it is masked; paths and what hides its ending are taken out.
    pub(super) file_name: FileName,
    /// What it is. The content must be that.
    pub(super) media_type: AttachmentType,
    /// Its length in bytes. The content must have it.
    #[schema(minimum = 1, maximum = 10_485_760, format = "int64", example = 48213)]
    pub(super) size: i64,
}
impl Body for CreateAttachment {}

/// Why an attachment is cleared or thrown away.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "It shows the error message and nobody's data."}))]
pub(super) struct SettleAttachment {
    /// Why; the people of the desk read it.
    pub(super) reason: TicketText,
}
impl Body for SettleAttachment {}

/// Something that is attached to a ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e60", "ticket_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e40",
    "file_name": "screen.png", "is_name_masked": false, "name_hints": [], "media_type": "image/png", "size": 48213,
    "sha256": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9", "state": "quarantined",
    "author_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11", "author_role": "support_user",
    "created_at": "2026-11-21T09:30:00Z", "completed_at": "2026-11-21T09:30:04Z", "settled_at": null, "version": 2}))]
pub(super) struct Attachment {
    /// Its id.
    pub(super) id: AttachmentId,
    /// The ticket.
    ticket_id: TicketId,
    /// Its name: masked, but for its author and their organisation.
    file_name: FileName,
    /// Whether something of that is masked for this reader.
    is_name_masked: bool,
    /// What of it was masked, for its author and their organisation; empty for others.
    #[schema(max_items = 40)]
    name_hints: Vec<TicketHint>,
    /// What it is.
    media_type: AttachmentType,
    /// Its length in bytes.
    #[schema(minimum = 1, maximum = 10_485_760, format = "int64", example = 48213)]
    size: i64,
    /// The SHA-256 of its content in hexadecimal digits; null until it is there.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
    )]
    sha256: Option<String>,
    /// How far it is.
    state: AttachmentState,
    /// Who announced it; null for somebody of the desk, outside of it.
    author_id: Option<AccountId>,
    /// What they are.
    author_role: Role,
    /// When it was announced. Without its content it is forgotten a day later.
    created_at: Moment,
    /// When its content was there; null until then.
    completed_at: Option<Moment>,
    /// When somebody cleared it or threw it away; null if nobody did.
    settled_at: Option<Moment>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 1)]
    version: i64,
}

page! {
    /// The attachments of a ticket.
    AttachmentPage of Attachment, example {"data": [], "next_cursor": null}
}

impl From<ShownAttachment> for Attachment {
    fn from(shown: ShownAttachment) -> Self {
        let ShownAttachment { attachment, name, is_masked, hints, reads_at_desk } = shown;
        let (row, role) = (attachment.row, attachment.role);
        let is_of_desk = role.realm() == Realm::Desk;
        Self {
            id: row.id,
            ticket_id: row.ticket_id,
            file_name: name,
            is_name_masked: is_masked,
            name_hints: hints.into_iter().map(TicketHint::from).collect(),
            media_type: row.media_type,
            size: row.size,
            sha256: row.sha256,
            state: row.state,
            author_id: Some(row.author_id).filter(|_| reads_at_desk || !is_of_desk),
            author_role: role,
            created_at: row.created_at,
            completed_at: row.completed_at,
            settled_at: row.settled_at,
            version: row.version,
        }
    }
}

/// The bytes of an attachment, 10 MiB at most.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, min_length = 1, max_length = 10_485_760, example = "The page stays white.\n")]
#[expect(dead_code, reason = "stands for a stream of bytes in the document only")]
pub(super) struct AttachmentContent(Vec<u8>);
