//! What was said on a ticket before, looked at again when its case has met something new: a name that is told
//! later stands in what is there, too.

use caredesk_core::domain::ids::TicketEntryId;
use caredesk_core::policy::pii::Detector;
use caredesk_core::policy::{Action, Permit};

use super::attachments;
use crate::guard::Refusal;
use crate::service::steps::door::{self, Heard};
use crate::store::tickets::Whole;
use crate::store::{self, Tx};

/// Masks the subject and everything that was said before with what is known by now; the ticket is locked. What was
/// written stays sealed.
pub(super) fn mask<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (whole, detector): (&Whole, &Detector),
    (heard, last): (&mut Heard, Option<TicketEntryId>),
) -> Result<(), Refusal> {
    let row = &whole.ticket.row;
    let said = store::tickets::said(tx.conn, row.id)?;
    let mut earlier = vec![row.subject.as_str().to_owned()];
    for one in &said {
        let anew = heard.completes.clone().filter(|_| Some(one.id) == last);
        earlier.push(anew.unwrap_or_else(|| one.text.as_str().to_owned()));
    }
    let mut anew = door::looked_at_again(detector, &earlier, &mut heard.case).into_iter();
    if let Some(subject) = anew.next().filter(|subject| subject != row.subject.as_str()) {
        let place = door::place_of_ticket(row.tenant_id, row.id.uuid(), "subject");
        let original = match &whole.subject {
            Some(sealed) => sealed.clone(),
            None => door::sealed(tx, &place, row.subject.as_str()),
        };
        let masked = door::kept(&subject)?;
        store::tickets::mask_subject(tx, permit, row.id, (masked, original))?;
    }
    for (one, text) in said.iter().zip(anew).filter(|(one, text)| text != one.text.as_str()) {
        let place = door::place_of_entry(row.tenant_id, one.id.uuid());
        let original = match &one.original {
            Some(sealed) => sealed.clone(),
            None => door::sealed(tx, &place, one.text.as_str()),
        };
        let masked = door::kept(&text)?;
        store::tickets::mask_entry(tx, permit, one.id, (masked, original))?;
    }
    attachments::mask_names(tx, permit, (row, detector), &mut heard.case)
}
