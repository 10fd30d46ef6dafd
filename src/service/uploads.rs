//! Uploads: announced, sent in pieces, read and wiped.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::UploadId;
use caredesk_core::domain::upload::MAX_PER_TENANT;
use caredesk_core::policy::action::{DeleteUpload, ReadUpload, WriteUpload};
use caredesk_core::policy::{Action, Permit, UploadFacts, UploadSight};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::house::{Ask, House};
use super::perform::Looker;
use crate::guard::{self, Refusal, admit, admit_new_upload, admit_upload};
use crate::store::audit::What;
use crate::store::db::Conn;
use crate::store::uploads::{NewUpload, Upload};
use crate::store::{self, Tx};

/// Announces a file.
///
/// # Errors
/// `upload.too_many`, and whatever the permit denies.
pub fn create(tx: &mut Tx<'_>, who: &Actor, new: &NewUpload) -> Result<Upload, Refusal> {
    let permit = admit_new_upload(who, new.purpose, tx.now)?;
    let person = guard::signed_in(who)?;
    let tenant = person.tenant.ok_or(Refusal::Because(Code::NotPermitted))?;
    // Of two at the same moment one waits, and counts the other's.
    store::tenants::govern(tx.conn, tenant)?;
    if store::uploads::count(tx.conn, tenant, tx.now)? >= MAX_PER_TENANT {
        return Err(Refusal::Because(Code::UploadsFull));
    }
    let id = UploadId::of(tx.new_uuid());
    store::uploads::insert(tx, &permit, (id, tenant, person.account), new)?;
    let detail = Some(json!({"purpose": new.purpose}).to_string());
    let what = What { tenant: Some(tenant), target: Some(id.uuid()), detail };
    store::audit::record(tx, &permit, what)?;
    let sight = UploadSight::of(&permit);
    store::uploads::find(tx.conn, sight, id, tx.now)?.ok_or(Refusal::NotFound)
}

/// One upload.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: UploadId) -> Result<Upload, Refusal> {
    let permit = admit::<ReadUpload>(&looker.actor, looker.now)?;
    let sight = UploadSight::of(&permit);
    store::uploads::find(conn, sight, id, looker.now)?.ok_or(Refusal::NotFound)
}

/// Wipes an upload.
///
/// # Errors
/// Not found, `upload.in_use`, and whatever the permit denies.
pub fn delete(tx: &mut Tx<'_>, who: &Actor, id: UploadId) -> Result<(), Refusal> {
    let (permit, _) = admit_upload::<DeleteUpload>(tx, who, id)?;
    store::uploads::delete(tx, &permit)?;
    note(tx, &permit, &Value::Null)
}

fn note<A>(tx: &mut Tx<'_>, permit: &Permit<A>, detail: &Value) -> Result<(), Refusal>
where
    A: Action<Target = UploadFacts>,
{
    let UploadFacts { id, tenant, .. } = *permit.target();
    let detail = (!detail.is_null()).then(|| detail.to_string());
    let what = What { tenant: Some(tenant), target: Some(id.uuid()), detail };
    Ok(store::audit::record(tx, permit, what)?)
}

/// The content of an upload on its way in.
pub struct Sending {
    id: UploadId,
    attempt: Uuid,
    seq: i32,
    size: i64,
    hash: Sha256,
}

/// The content of an upload that has come as a whole.
#[derive(Debug, Clone)]
pub struct Sent {
    id: UploadId,
    attempt: Uuid,
    size: i64,
    sha256: String,
}

impl Sending {
    /// The end of the content.
    ///
    /// # Errors
    /// `upload.empty`.
    pub fn end(&self) -> Result<Sent, Refusal> {
        if self.size == 0 {
            return Err(Refusal::Because(Code::UploadEmpty));
        }
        let sha256 = HEXLOWER.encode(&self.hash.clone().finalize());
        Ok(Sent { id: self.id, attempt: self.attempt, size: self.size, sha256 })
    }
}

impl House {
    /// Begins to take the content of an upload in; whoever sends it at this moment is sent away.
    ///
    /// # Errors
    /// Not found, `upload.already_complete`, and whatever the permit denies.
    pub async fn begin_upload(&self, ask: &Ask, id: UploadId) -> Result<Sending, Refusal> {
        let began = self
            .transact(ask, move |tx, who| {
                let who = guard::standing(tx, who)?;
                let (permit, _) = admit_upload::<WriteUpload>(tx, &who, id)?;
                let attempt = tx.new_uuid();
                store::uploads::begin(tx, &permit, attempt)?;
                Ok(Sending { id, attempt, seq: 0, size: 0, hash: Sha256::new() })
            })
            .await;
        self.noted(ask, began).await
    }

    /// Takes a piece in.
    ///
    /// # Errors
    /// `upload.superseded`: somebody sends the content anew, or the upload is gone.
    pub async fn add_piece(
        &self,
        ask: &Ask,
        sending: &mut Sending,
        bytes: Vec<u8>,
    ) -> Result<(), Refusal> {
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        sending.hash.update(&bytes);
        let place = (sending.id, sending.attempt, sending.seq);
        let add = move |tx: &mut Tx<'_>, _: &_| store::uploads::add_piece(tx, place, &bytes);
        if !self.transact(ask, add).await? {
            return Err(Refusal::Because(Code::UploadSuperseded));
        }
        sending.seq = sending.seq.saturating_add(1);
        sending.size = sending.size.saturating_add(size);
        Ok(())
    }

    /// Wipes what came of a sending that was broken off. A failure to do so is for the log: the next
    /// sending wipes it, or the upload's end.
    pub async fn abandon_upload(&self, ask: &Ask, sending: &Sending) {
        let (id, attempt) = (sending.id, sending.attempt);
        let wipe = move |tx: &mut Tx<'_>, _: &_| store::uploads::abandon(tx, id, attempt);
        if let Err(error) = self.transact(ask, wipe).await {
            tracing::warn!(%error, %id, "what came of an upload could not be wiped");
        }
    }
}

/// The content is there as a whole: from now on the upload can be used.
///
/// # Errors
/// `upload.superseded`, `upload.already_complete`, not found, and whatever the permit denies.
pub fn complete(tx: &mut Tx<'_>, who: &Actor, sent: &Sent) -> Result<Upload, Refusal> {
    let (permit, _) = admit_upload::<WriteUpload>(tx, who, sent.id)?;
    let end = (sent.size, sent.sha256.as_str());
    if !store::uploads::complete(tx, &permit, sent.attempt, end)? {
        return Err(Refusal::Because(Code::UploadSuperseded));
    }
    note(tx, &permit, &json!({"size": sent.size, "sha256": sent.sha256}))?;
    let sight = UploadSight::of(&permit);
    store::uploads::find(tx.conn, sight, sent.id, tx.now)?.ok_or(Refusal::NotFound)
}
