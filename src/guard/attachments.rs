//! Who attaches something to which ticket, and who sends its content.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AttachmentId, TicketId};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::action::{CreateAttachment, ReadAttachment, WriteAttachment};
use caredesk_core::policy::desk::Effect;
use caredesk_core::policy::{self, Action, NewAttachmentFacts, Permit, TicketSight};

use super::refusal::Refusal;
use crate::store::attachments::Attachment;
use crate::store::db::Conn;
use crate::store::tickets::Whole;
use crate::store::{self, Tx};

/// Asks whether `actor` may attach something to a ticket. The ticket is locked, and handed over.
///
/// # Errors
/// Every rule that forbids it; not found for a ticket that is not theirs to see.
pub fn admit_new_attachment(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: TicketId,
) -> Result<(Permit<CreateAttachment>, Whole), Refusal> {
    policy::sight(CreateAttachment::KIND, actor, tx.now)?;
    let found = store::tickets::find_locked(tx.conn, TicketSight::by(actor), id)?;
    let whole = found.ok_or(Refusal::NotFound)?;
    let row = &whole.ticket.row;
    let (kept, ever) = store::attachments::count(tx.conn, id, tx.now)?;
    let effects = store::decisions::effects_of(tx.conn, row.decision_id)?;
    let facts = NewAttachmentFacts {
        ticket: whole.facts(tx.now),
        is_for_family: !row.requester.is_of_organization(),
        is_discarded: effects.contains(&Effect::DiscardAttachment),
        kept,
        ever,
    };
    Ok((policy::decide::<CreateAttachment>(actor, facts, tx.now)?, whole))
}

/// Asks whether `actor` may send the content of an attachment. The attachment is locked, and handed over.
///
/// # Errors
/// Every rule that forbids it; not found for an attachment of a ticket that is not theirs to see, and for one whose
/// content did not come in time.
pub fn admit_attachment(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: AttachmentId,
) -> Result<(Permit<WriteAttachment>, Attachment), Refusal> {
    policy::sight(WriteAttachment::KIND, actor, tx.now)?;
    let found = store::attachments::find_locked(tx.conn, id, tx.now)?;
    let (found, _) = seen(tx.conn, actor, found)?;
    Ok((policy::decide::<WriteAttachment>(actor, found.facts(), tx.now)?, found))
}

/// As [`admit_attachment`], of content that has come: its ticket is locked, too, and before it, as everywhere.
///
/// # Errors
/// As there.
pub fn admit_content(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (ticket, id): (TicketId, AttachmentId),
) -> Result<(Permit<WriteAttachment>, Attachment), Refusal> {
    policy::sight(WriteAttachment::KIND, actor, tx.now)?;
    let whole = store::tickets::find_locked(tx.conn, TicketSight::by(actor), ticket)?;
    whole.ok_or(Refusal::NotFound)?;
    admit_attachment(tx, actor, id)
}

/// An attachment that `actor` is told of, with its ticket.
///
/// # Errors
/// Not found, and every rule about the actor that forbids it.
pub fn attachment_seen_by(
    conn: &mut Conn,
    actor: &Actor,
    (id, now): (AttachmentId, Moment),
) -> Result<(Attachment, Whole), Refusal> {
    policy::sight(ReadAttachment::KIND, actor, now)?;
    let found = store::attachments::find(conn, id, now)?;
    seen(conn, actor, found)
}

/// As [`attachment_seen_by`], of an attachment whose content `actor` is given, too.
///
/// # Errors
/// As there, and why it is not given.
pub fn attachment_given_to(
    conn: &mut Conn,
    actor: &Actor,
    (id, now): (AttachmentId, Moment),
) -> Result<(Attachment, Whole), Refusal> {
    let (found, whole) = attachment_seen_by(conn, actor, (id, now))?;
    match found.facts().is_given(actor) {
        Ok(()) => Ok((found, whole)),
        // It is there, and kept from them: that is written down.
        Err(code @ Code::AttachmentQuarantined) => {
            Err(Refusal::Faulty { action: ReadAttachment::KIND, code, violations: Vec::new() })
        }
        Err(code) => Err(Refusal::Because(code)),
    }
}

/// Whoever does not see the ticket does not see what is attached to it.
fn seen(
    conn: &mut Conn,
    actor: &Actor,
    found: Option<Attachment>,
) -> Result<(Attachment, Whole), Refusal> {
    let found = found.ok_or(Refusal::NotFound)?;
    let whole = store::tickets::find(conn, TicketSight::by(actor), found.row.ticket_id)?;
    let whole = whole.ok_or(Refusal::NotFound)?;
    if found.facts().is_told(actor) { Ok((found, whole)) } else { Err(Refusal::NotFound) }
}
