//! Evidence: why the root of trust was changed, so that an auditor can follow it.

use super::{Line, Paragraph};

words! {
    /// What was shown.
    EvidenceKind {
        /// A signed letter on the organisation's paper.
        SignedLetter = "signed_letter",
        /// An extract of a business or licensing register.
        RegistryExtract = "registry_extract",
        /// The contract with the vendor.
        Contract = "contract",
        /// A document certified by a notary.
        NotarisedDocument = "notarised_document",
        /// A call to the number that was on file.
        CallToNumberOnFile = "call_to_number_on_file",
    }
}

/// Evidence as the person who saw it records it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(example = json!({"kind": "signed_letter", "reference": "Letter of 3 November, file 2026-118"})))]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What was shown.
    pub kind: EvidenceKind,
    /// Where it can be found again: a file, a register number, a date.
    pub reference: Line,
    /// What else an auditor should know. Absent when there is nothing to add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub note: Option<Paragraph>,
}
