//! The content of attachments: taken in piece by piece, looked at on its way, kept sealed, and given out.

use std::sync::Arc;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::attachment::{AttachmentState, SCANNED, Sniffer};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AttachmentId, TenantId, TicketId};
use caredesk_core::policy::TicketSight;
use caredesk_core::policy::action::ReadAttachment;
use caredesk_core::policy::pii::Case;
use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::house::{Ask, House};
use super::perform::Looker;
use super::steps::attachments::{ShownAttachment, place_of_content, shown};
use super::steps::{door, note};
use crate::blobs::{Reading, Writing};
use crate::guard::{
    self, Refusal, admit, admit_attachment, admit_content, attachment_given_to, attachment_seen_by,
};
use crate::store::attachments::AttachmentRow;
use crate::store::audit::What;
use crate::store::db::Conn;
use crate::store::{self, Tx};
use crate::vault::Keyring;

/// Content on its way in.
pub struct Receiving {
    row: AttachmentRow,
    object: Uuid,
    writing: Writing,
    sniffer: Sniffer,
    hash: Sha256,
    size: i64,
    /// The text as it came, as long as it is short enough to be scanned.
    text: Option<Vec<u8>>,
}

/// Content that has come as a whole, and is kept.
#[derive(Debug, Clone)]
pub struct Received {
    id: AttachmentId,
    ticket: TicketId,
    object: Uuid,
    sha256: String,
    state: AttachmentState,
    /// The names that it was scanned with, sealed.
    names: Option<Vec<u8>>,
}

/// Content on its way out.
pub struct Opened {
    /// What it is of.
    pub shown: ShownAttachment,
    /// Its bytes.
    pub reading: Reading,
}

impl Receiving {
    /// Refuses content that says that it is of another length than was announced.
    ///
    /// # Errors
    /// `attachment.size_wrong`.
    pub fn expects(&self, length: Option<i64>) -> Result<(), Refusal> {
        match length {
            Some(length) if length != self.row.size => {
                Err(Refusal::Because(Code::AttachmentSizeWrong))
            }
            _ => Ok(()),
        }
    }

    /// Takes a piece in.
    ///
    /// # Errors
    /// `attachment.size_wrong`: more comes than was announced. `service.files_unavailable`.
    pub async fn add(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.size = self.size.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        if self.size > self.row.size {
            return Err(Refusal::Because(Code::AttachmentSizeWrong));
        }
        self.hash.update(bytes);
        self.sniffer.look(bytes);
        if let Some(mut text) = self.text.take()
            && text.len().saturating_add(bytes.len()) <= SCANNED
        {
            text.extend_from_slice(bytes);
            self.text = Some(text);
        }
        Ok(self.writing.add(bytes).await?)
    }

    /// Whether what came is what was announced.
    fn check(&self) -> Result<(), Refusal> {
        if self.size != self.row.size {
            return Err(Refusal::Because(Code::AttachmentSizeWrong));
        }
        match self.sniffer.found() {
            Some(found) if self.row.media_type.is_met_by(found) => Ok(()),
            _ => Err(Refusal::Because(Code::AttachmentTypeWrong)),
        }
    }

    /// Gives the content up: nothing of it is left.
    async fn abandon(self) {
        self.writing.abandon().await;
    }
}

impl House {
    /// Begins to take the content of an attachment in; whoever sends it at this moment is sent away.
    ///
    /// # Errors
    /// Not found, `attachment.not_yours`, `attachment.already_complete`, `attachment.discarded`, and whatever the
    /// permit denies.
    pub async fn begin_attachment(
        &self,
        ask: &Ask,
        id: AttachmentId,
    ) -> Result<Receiving, Refusal> {
        let began = self
            .transact(ask, move |tx, who| {
                let who = guard::standing(tx, who)?;
                let (permit, found) = admit_attachment(tx, &who, id)?;
                let object = tx.new_uuid();
                store::attachments::begin(tx, &permit, object)?;
                Ok((found.row, object))
            })
            .await;
        let (row, object) = self.noted(ask, began).await?;
        let writing = self.blobs.begin(&place_of_content(&row), object);
        let text = row.media_type.is_plain_text().then(Vec::new);
        let (sniffer, hash) = (Sniffer::default(), Sha256::new());
        Ok(Receiving { row, object, writing, sniffer, hash, size: 0, text })
    }

    /// The end of the content: it is checked, and kept.
    ///
    /// # Errors
    /// `attachment.size_wrong`, `attachment.type_wrong`, `service.files_unavailable`; nothing of it is kept then.
    pub async fn end_attachment(
        &self,
        ask: &Ask,
        receiving: Receiving,
    ) -> Result<Received, Refusal> {
        if let Err(refusal) = receiving.check() {
            self.abandon_attachment(ask, receiving).await;
            return Err(refusal);
        }
        let Receiving { row, object, writing, hash, text, .. } = receiving;
        if let Err(error) = writing.end().await {
            self.forget_object(ask, object).await;
            return Err(error.into());
        }
        let (is_clean, names) = match text {
            Some(text) => self.scan_text(row.ticket_id, text).await,
            None => (false, None),
        };
        let state = if is_clean { AttachmentState::Cleared } else { AttachmentState::Quarantined };
        let (id, ticket, sha256) = (row.id, row.ticket_id, HEXLOWER.encode(&hash.finalize()));
        Ok(Received { id, ticket, object, sha256, state, names })
    }

    /// Whether a text holds nothing that looks personal, knowing the names that the case has met, which come along,
    /// sealed. One that cannot be looked at does.
    async fn scan_text(&self, ticket: TicketId, text: Vec<u8>) -> (bool, Option<Vec<u8>>) {
        let keys = self.keys.clone();
        let known = self.db.read::<_, Refusal, _>(move |conn| {
            let Some(met) = store::tickets::names(conn, ticket)? else {
                return Ok((Case::default(), None));
            };
            let case = door::opened_names(&keys, (met.tenant, ticket.uuid()), &met.names)?;
            Ok((case, Some(met.names)))
        });
        let (case, names) = match known.await {
            Ok(known) => known,
            Err(refusal) => {
                tracing::error!(code = %refusal.code(), "an attachment is quarantined unread");
                return (false, None);
            }
        };
        let rules = Arc::clone(&self.rules);
        let looked = tokio::task::spawn_blocking(move || {
            let text = String::from_utf8(text);
            text.is_ok_and(|text| rules.detector.scan_in(&text, &case).is_empty())
        });
        let is_clean = looked.await.unwrap_or_else(|failure| {
            tracing::error!(
                panicked = failure.is_panic(),
                "an attachment could not be looked at, and is quarantined"
            );
            false
        });
        (is_clean, names)
    }

    /// Gives up content that was refused or broken off: nothing of it is left.
    pub async fn abandon_attachment(&self, ask: &Ask, receiving: Receiving) {
        let object = receiving.object;
        receiving.abandon().await;
        self.forget_object(ask, object).await;
    }

    /// Gives up content that came as a whole, and that counts no more.
    pub async fn drop_received(&self, ask: &Ask, received: &Received) {
        self.forget_object(ask, received.object).await;
    }

    /// Has a file deleted. A failure to say so is for the log: it is deleted after a day.
    async fn forget_object(&self, ask: &Ask, object: Uuid) {
        let forget = move |tx: &mut Tx<'_>, _: &_| store::attachments::abandon(tx, object);
        if let Err(error) = self.transact(ask, forget).await {
            tracing::warn!(%error, %object, "a file is deleted later");
        }
    }

    /// Begins to give the content of an attachment out. That the desk reads it is on record before.
    ///
    /// # Errors
    /// Not found, `attachment.not_complete`, `attachment.discarded`, `attachment.quarantined`,
    /// `service.files_unavailable`, and whatever the permit denies.
    pub async fn open_attachment(&self, ask: &Ask, id: AttachmentId) -> Result<Opened, Refusal> {
        let keys = self.keys.clone();
        let look = move |conn: &mut Conn, looker: &Looker| {
            let permit = admit::<ReadAttachment>(&looker.actor, looker.now)?;
            let (found, whole) = attachment_given_to(conn, &looker.actor, (id, looker.now))?;
            let seen_by = whole.ticket.row.seen_by();
            Ok((shown(&keys, permit.actor(), found)?, seen_by))
        };
        let (shown, seen_by) = self.look(ask, look).await?;
        let row = &shown.attachment.row;
        let object = row.object_id.map(|object| object.0);
        let object = object.ok_or_else(|| Refusal::Broken("content without a file".to_owned()))?;
        let reading = self.blobs.read(&place_of_content(row), object).await?;
        let what = reading_of(row, (seen_by, true));
        self.on_record::<ReadAttachment>(ask, what).await?;
        Ok(Opened { shown, reading })
    }

    /// The ticket of an attachment; none that is there of one that is not. Whether somebody may see it is asked
    /// later; nothing of it is handed over here.
    ///
    /// # Errors
    /// The database fails.
    pub async fn ticket_of_attachment(&self, id: AttachmentId) -> Result<TicketId, Refusal> {
        let now = self.clock.now();
        let read =
            self.db.read::<_, Refusal, _>(move |conn| Ok(store::attachments::find(conn, id, now)?));
        let found = read.await?.map(|found| found.row.ticket_id);
        Ok(found.unwrap_or_else(|| TicketId::of(Uuid::nil())))
    }
}

/// That an attachment was read, with its content or without. What the organisation does not see stands in the
/// platform's chain.
fn reading_of(row: &AttachmentRow, (tenant, with_content): (Option<TenantId>, bool)) -> What {
    let detail = json!({"ticket": row.ticket_id, "content": with_content}).to_string();
    What { tenant, target: Some(row.id.uuid()), detail: Some(detail) }
}

/// The content is there as a whole: from now on the attachment has it. A text in which nothing personal was found is
/// quarantined if names were kept since it was looked at, or its ticket went on in another one.
///
/// # Errors
/// `attachment.superseded`, `attachment.already_complete`, not found, and whatever the permit denies.
pub fn complete(
    tx: &mut Tx<'_>,
    who: &Actor,
    received: &Received,
) -> Result<ShownAttachment, Refusal> {
    let Received { id, ticket, object, sha256, .. } = received;
    let (permit, found) = admit_content(tx, who, (*ticket, *id))?;
    if found.row.object_id.map(|object| object.0) != Some(*object) {
        return Err(Refusal::Because(Code::AttachmentSuperseded));
    }
    let state = match received.state {
        AttachmentState::Cleared
            if found.row.ticket_id != *ticket || !knows_what_is_known(tx, received)? =>
        {
            AttachmentState::Quarantined
        }
        state => state,
    };
    store::attachments::complete(tx, &permit, (*object, sha256), state)?;
    let row = &found.row;
    let whole = store::tickets::find(tx.conn, TicketSight::of(&permit), row.ticket_id)?;
    let seen_by = whole.ok_or(Refusal::NotFound)?.ticket.row.seen_by();
    let detail =
        json!({"ticket": row.ticket_id, "size": row.size, "sha256": sha256, "state": state});
    note::about(tx, &permit, (seen_by, id.uuid()), &detail)?;
    let after = store::attachments::find(tx.conn, *id, tx.now)?.ok_or(Refusal::NotFound)?;
    shown(tx.keys, who, after)
}

/// Whether a text was scanned with the names that the case has now; the ticket is locked.
fn knows_what_is_known(tx: &mut Tx<'_>, received: &Received) -> Result<bool, Refusal> {
    let now = store::tickets::names(tx.conn, received.ticket)?;
    Ok(now.map(|met| met.names) == received.names)
}

/// One attachment; and what is on record if the desk reads it.
///
/// # Errors
/// Not found, also for one of a ticket that is not the caller's to see, and whatever the permit denies.
pub fn read(
    conn: &mut Conn,
    looker: &Looker,
    keys: &Keyring,
    id: AttachmentId,
) -> Result<(ShownAttachment, What), Refusal> {
    let permit = admit::<ReadAttachment>(&looker.actor, looker.now)?;
    let (found, whole) = attachment_seen_by(conn, &looker.actor, (id, looker.now))?;
    let what = reading_of(&found.row, (whole.ticket.row.seen_by(), false));
    Ok((shown(keys, permit.actor(), found)?, what))
}

/// The attachments of a ticket, oldest first; and what is on record if the desk reads them.
///
/// # Errors
/// Not found, also for a ticket that is not the caller's to see, and whatever the permit denies.
pub fn of_ticket(
    conn: &mut Conn,
    looker: &Looker,
    keys: &Keyring,
    id: TicketId,
) -> Result<(Vec<ShownAttachment>, What), Refusal> {
    let permit = admit::<ReadAttachment>(&looker.actor, looker.now)?;
    let sight = TicketSight::of(&permit);
    let whole = store::tickets::find(conn, sight, id)?.ok_or(Refusal::NotFound)?;
    let tenant = whole.ticket.row.seen_by();
    let what = What { tenant, target: Some(id.uuid()), detail: None };
    let found = store::attachments::of_ticket(conn, id, looker.now)?;
    let told = found.into_iter().filter(|found| found.facts().is_told(&looker.actor));
    let all: Result<_, Refusal> = told.map(|found| shown(keys, &looker.actor, found)).collect();
    Ok((all?, what))
}
