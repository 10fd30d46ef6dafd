//! What was said on a ticket before, looked at again when its case has met something new: a name that is told
//! later stands in what is there, too, and what was broken over several texts is gone from all of them.

use std::collections::HashMap;

use caredesk_core::domain::ids::TicketEntryId;
use caredesk_core::policy::pii::{self, Detector, Piece};
use caredesk_core::policy::{Action, HelpfulDetail, Permit};

use super::hearing::Before;
use super::{attachments, details};
use crate::guard::Refusal;
use crate::service::steps::door::{self, Completes, Heard};
use crate::store::db::masked::MaskedRow;
use crate::store::tickets::Whole;
use crate::store::{self, Tx};
use crate::vault::Place;

/// Masks the subject and everything that was said before with what is known by now; the ticket is locked. What was
/// written stays sealed, but for what is kept nowhere. What the second tier found not to be personal is left as it is.
pub(super) fn mask<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (whole, detector): (&Whole, &Detector),
    (heard, before): (&mut Heard, &Before),
) -> Result<(), Refusal> {
    let row = &whole.ticket.row;
    let broken = broken(heard.completes.as_ref(), before);
    let beside = broken_beside(heard.completes.as_ref(), before);
    let upheld = store::tickets::upheld(tx.conn, row.id)?;
    let mut said = store::tickets::said(tx.conn, row.id)?;
    said.retain(|one| !upheld.contains(&Some(one.id)));
    let anew = |entry: Option<TicketEntryId>, text: &str| match broken.get(&entry) {
        Some(piece) => piece.text.clone(),
        None => text.to_owned(),
    };
    let mut earlier = vec![anew(None, row.subject.as_str())];
    earlier.extend(said.iter().map(|one| anew(Some(one.id), one.text.as_str())));
    let mut masked = door::looked_at_again(detector, &earlier, &mut heard.case).into_iter();
    let mut is_changed = false;
    let is_kept = |subject: &String| subject == row.subject.as_str() || upheld.contains(&None);
    if let Some(subject) = masked.next().filter(|subject| !is_kept(subject)) {
        let place = door::place_of_ticket(row.tenant_id, row.id.uuid(), "subject");
        let kept = (whole.subject.as_deref(), row.subject.as_str());
        let original = original(tx, &place, kept, broken.get(&None))?;
        let masked = door::kept(&subject)?;
        store::tickets::mask_subject(tx, permit, row.id, (masked, original))?;
        is_changed = true;
    }
    let mut entries = Vec::new();
    for (one, text) in said.iter().zip(masked).filter(|(one, text)| text != one.text.as_str()) {
        let place = door::place_of_entry(row.tenant_id, one.id.uuid());
        let kept = (one.original.as_deref(), one.text.as_str());
        let original = original(tx, &place, kept, broken.get(&Some(one.id)))?;
        entries.push(MaskedRow { id: one.id, text: door::kept(&text)?, original });
    }
    is_changed |= !entries.is_empty();
    store::tickets::mask_entries(tx, permit, entries)?;
    is_changed |= details::mask_anew(tx, permit, (row, detector), (&mut heard.case, beside))?;
    if is_changed {
        store::tickets::index_anew(tx, permit, row.id)?;
    }
    attachments::mask_names(tx, permit, (row, detector), &mut heard.case)
}

/// The texts of before that hold a piece of what goes on in the new one, by their entries.
fn broken(completes: Option<&Completes>, before: &Before) -> HashMap<Option<TicketEntryId>, Piece> {
    let Some(completes) = completes.filter(|completes| completes.detail.is_none()) else {
        return HashMap::new();
    };
    let texts: Vec<&str> = before.last.iter().map(|earlier| earlier.text.as_str()).collect();
    let found = pii::pieces(&texts, &completes.anew).into_iter();
    found.filter_map(|piece| Some((before.last.get(piece.place)?.entry, piece))).collect()
}

/// As [`broken`], of what was told beside the words.
fn broken_beside(completes: Option<&Completes>, before: &Before) -> Option<(HelpfulDetail, Piece)> {
    let completes = completes?;
    let of = |(detail, _): &&(HelpfulDetail, String)| completes.detail == Some(*detail);
    let (detail, told) = before.beside.iter().find(of)?;
    let piece = pii::pieces(&[told.as_str()], &completes.anew).pop()?;
    Some((*detail, piece))
}

/// What is sealed of a text that is masked anew: what was written, without a piece that is kept nowhere.
fn original(
    tx: &Tx<'_>,
    place: &Place,
    (sealed, text): (Option<&[u8]>, &str),
    piece: Option<&Piece>,
) -> Result<Vec<u8>, Refusal> {
    match (sealed, piece.filter(|piece| piece.is_dropped())) {
        (Some(sealed), None) => Ok(sealed.to_vec()),
        (None, None) => Ok(door::sealed(tx, place, text)),
        (Some(sealed), Some(piece)) => {
            let written = door::opened(tx.keys, place, sealed)?;
            Ok(door::sealed(tx, place, &piece.sealed(&written)))
        }
        (None, Some(piece)) => Ok(door::sealed(tx, place, &piece.sealed(text))),
    }
}
