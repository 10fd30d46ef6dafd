//! The link that proves an entry of the audit, and what the entry proves.

use data_encoding::HEXLOWER;
use serde::Serialize;
use utoipa::ToSchema;

/// An entry's link in its chain.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"seq": 42, "hash": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"}))]
pub(in crate::api) struct AuditSeal {
    /// Its number: without gaps, from 1.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, format = "int64", example = 42)]
    seq: i64,
    /// The keyed hash over the link before, the number and the entry.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
    )]
    hash: String,
}

impl From<(i64, Vec<u8>)> for AuditSeal {
    fn from((seq, hash): (i64, Vec<u8>)) -> Self {
        Self { seq, hash: HEXLOWER.encode(&hash) }
    }
}
