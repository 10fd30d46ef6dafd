//! Canned replies: written by desk managers and Tier II, read by agents, filled in when they are used.

use caredesk_core::domain::Line;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::canned_reply::{
    self as domain, CannedReply, CannedText, ReplyChanges, ReplyDetails, ReplyVariable,
};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::CannedReplyId;
use caredesk_core::domain::page::Page;
use caredesk_core::policy::Scope;
use caredesk_core::policy::action::{
    CreateCannedReply, DeleteCannedReply, ReadCannedReply, UpdateCannedReply,
};
use serde_json::{Value, json};

use super::perform::Looker;
use super::steps::note;
use super::steps::personal_data::Scanned;
use crate::guard::{Refusal, Violation, admit, admit_canned_reply, signed_in};
use crate::store::canned_replies::{ReplyKey, ReplyQuery};
use crate::store::db::Conn;
use crate::store::{self, Tx};

/// A canned reply and the version that a change is made for.
pub type Key = (CannedReplyId, Option<i64>);

/// Refuses a text that could not be filled in.
fn fillable(text: &CannedText) -> Result<(), Refusal> {
    domain::fault(text).map_or(Ok(()), |fault| Err(wrong(fault)))
}

/// A text that could not be filled in, as a refusal.
fn wrong(fault: domain::PlaceFault) -> Refusal {
    let known: Vec<String> =
        ReplyVariable::ALL.iter().map(|variable| format!("{{{variable}}}")).collect();
    Refusal::Invalid(vec![Violation {
        pointer: "#/text".to_owned(),
        code: fault.code().to_owned(),
        detail: format!("{fault}; there are {}", known.join(", ")),
    }])
}

/// Writes a canned reply.
///
/// # Errors
/// `canned_reply.personal_data`, places that cannot be filled in, and whatever the permit denies.
pub fn create(
    tx: &mut Tx<'_>,
    who: &Actor,
    (new, scanned): (&ReplyDetails, &Scanned),
) -> Result<CannedReply, Refusal> {
    let permit = admit::<CreateCannedReply>(who, tx.now)?;
    scanned.is_clean(&permit, Code::CannedPersonalData)?;
    fillable(&new.text)?;
    let id = CannedReplyId::of(tx.new_uuid());
    let by = signed_in(who)?.account;
    store::canned_replies::insert(tx, &permit, (id, by), new)?;
    note::about(tx, &permit, (None, id.uuid()), &json!({"locale": new.locale}))?;
    after(tx, permit.scope(), id)
}

/// One canned reply.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: CannedReplyId) -> Result<CannedReply, Refusal> {
    let permit = admit::<ReadCannedReply>(&looker.actor, looker.now)?;
    store::canned_replies::find(conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

/// A page of canned replies, by title.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &ReplyQuery,
) -> Result<Page<CannedReply, ReplyKey>, Refusal> {
    let permit = admit::<ReadCannedReply>(&looker.actor, looker.now)?;
    Ok(store::canned_replies::list(conn, permit.scope(), ask)?)
}

/// What a text says with everything filled in that it has places for, with things made up.
///
/// # Errors
/// Places that cannot be filled in, and whatever the permit denies.
pub fn preview(looker: &Looker, text: &CannedText) -> Result<String, Refusal> {
    admit::<ReadCannedReply>(&looker.actor, looker.now)?;
    domain::fill(text, ReplyVariable::sample).map_err(wrong)
}

/// Changes a canned reply.
///
/// # Errors
/// `canned_reply.personal_data`, places that cannot be filled in, `version.stale`, not found, and whatever the permit denies.
pub fn update(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: Key,
    (changes, scanned): (&ReplyChanges, &Scanned),
) -> Result<CannedReply, Refusal> {
    let (permit, before) = admit_canned_reply::<UpdateCannedReply>(tx, who, key)?;
    let title = changes.title.as_ref().map(Line::as_str);
    let text = changes.text.as_ref().map(CannedText::as_str);
    let kept = (before.details.title.as_str(), before.details.text.as_str());
    let scanned = scanned.beside([("title", title), ("text", text)], kept);
    scanned.is_clean(&permit, Code::CannedPersonalData)?;
    let details = before.details.changed(changes);
    fillable(&details.text)?;
    let by = signed_in(who)?.account;
    store::canned_replies::update(tx, &permit, by, &details)?;
    let fields = [
        changes.title.as_ref().map(|_| "title"),
        changes.text.as_ref().map(|_| "text"),
        changes.locale.map(|_| "locale"),
        changes.tags.as_ref().map(|_| "tags"),
    ];
    let fields: Vec<&str> = fields.into_iter().flatten().collect();
    note::about(tx, &permit, (None, key.0.uuid()), &json!({"changed": fields}))?;
    after(tx, permit.scope(), key.0)
}

/// Deletes a canned reply. Answers that were made from it stay as they are.
///
/// # Errors
/// `version.stale`, not found, and whatever the permit denies.
pub fn delete(tx: &mut Tx<'_>, who: &Actor, key: Key) -> Result<(), Refusal> {
    let (permit, _) = admit_canned_reply::<DeleteCannedReply>(tx, who, key)?;
    store::canned_replies::delete(tx, &permit)?;
    note::about(tx, &permit, (None, key.0.uuid()), &Value::Null)
}

/// The canned reply as the transaction leaves it.
fn after(tx: &mut Tx<'_>, scope: Scope, id: CannedReplyId) -> Result<CannedReply, Refusal> {
    store::canned_replies::find(tx.conn, scope, id)?.ok_or(Refusal::NotFound)
}
