//! Imports of files: the upload that one uses, and what became of some of its rows.

use std::collections::BTreeMap;

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::UploadId;
use caredesk_core::domain::upload::UploadPurpose;
use caredesk_core::policy::ActionKind;

use super::note_denied::note_denied;
use crate::guard::{Refusal, Violation, usable_upload};
use crate::store::Tx;
use crate::store::jobs::{Job, RowResult};

/// What became of some rows.
pub struct Imported {
    /// Each of them.
    pub rows: Vec<RowResult>,
    /// What whoever made the job was denied in them, by which rule, and how often.
    pub denied: BTreeMap<(ActionKind, Code), i64>,
}

impl Imported {
    /// Writes down what was denied, once for each rule: also of rows whose import was undone.
    ///
    /// # Errors
    /// The database fails.
    pub fn note_denied(&self, tx: &mut Tx<'_>, job: &Job) -> Result<(), Refusal> {
        for (what, times) in &self.denied {
            note_denied(tx, job, *what, *times)?;
        }
        Ok(())
    }
}

/// Sees that an upload can be used, which the body of a request names, and locks it.
///
/// # Errors
/// An upload that there is not, or that is for something else; `upload.not_complete`, `upload.in_use`.
pub(crate) fn upload_for(
    tx: &mut Tx<'_>,
    who: &Actor,
    (upload, purpose): (UploadId, UploadPurpose),
) -> Result<(), Refusal> {
    usable_upload(tx, who, (upload, purpose)).map_err(|refusal| match refusal {
        Refusal::NotFound => Refusal::Invalid(vec![Violation {
            pointer: "#/upload_id".to_owned(),
            code: "unknown".to_owned(),
            detail: "is no upload that you can use".to_owned(),
        }]),
        refusal => refusal,
    })
}
