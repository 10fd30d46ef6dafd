//! An attachment as somebody sees it: by its masked name, but for their own words.

use caredesk_core::domain::FileName;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::ids::{AttachmentId, TenantId};
use caredesk_core::policy::pii::Hint;
use caredesk_core::policy::{TextSight, TicketSight};

use super::door;
use crate::guard::Refusal;
use crate::store::attachments::{Attachment, AttachmentRow};
use crate::vault::{Keyring, Place};

/// An attachment as somebody sees it.
#[derive(Debug, Clone)]
pub struct ShownAttachment {
    /// The attachment.
    pub attachment: Attachment,
    /// Its name.
    pub name: FileName,
    /// Whether something of that is masked for this reader.
    pub is_masked: bool,
    /// What of it was masked, for whoever attached it, and their organisation.
    pub hints: Vec<Hint>,
    /// Whether somebody of the desk reads.
    pub reads_at_desk: bool,
}

/// Where a sealed column of an attachment stands.
fn place(tenant: TenantId, id: AttachmentId, column: &'static str) -> Place {
    Place { tenant: Some(tenant), table: "attachments", row: id.uuid(), column }
}

/// Where the name of an attachment is sealed.
pub(crate) fn place_of_name(tenant: TenantId, id: AttachmentId) -> Place {
    place(tenant, id, "original_name")
}

/// Where the content of an attachment is sealed.
pub(crate) fn place_of_content(row: &AttachmentRow) -> Place {
    place(row.tenant_id, row.id, "content")
}

/// An attachment as somebody sees it who sees its ticket.
pub(crate) fn shown(
    keys: &Keyring,
    who: &Actor,
    attachment: Attachment,
) -> Result<ShownAttachment, Refusal> {
    let (row, facts, sight) = (&attachment.row, attachment.facts(), TicketSight::by(who));
    let shows_original = sight.shows_original(Some(row.author_id), facts.of());
    let (name, is_masked) = match &row.original_name {
        Some(sealed) if shows_original => {
            let name = door::opened(keys, &place_of_name(row.tenant_id, row.id), sealed)?;
            let name =
                FileName::parse(&name).map_err(|error| Refusal::Broken(error.to_string()))?;
            (name, false)
        }
        sealed => (row.file_name.clone(), sealed.is_some()),
    };
    let is_own = who.person().is_some_and(|person| person.account == row.author_id);
    let hints = if shows_original || is_own { row.name_hints.0.clone() } else { Vec::new() };
    let reads_at_desk = !matches!(sight.text(), TextSight::OwnWords { .. });
    Ok(ShownAttachment { attachment, name, is_masked, hints, reads_at_desk })
}
