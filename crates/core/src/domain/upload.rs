//! Uploads: a file in two steps, its record first and its content after that.

use jiff::SignedDuration;

/// Most bytes of a file.
pub const MAX_BYTES: i64 = 10 * 1024 * 1024;
/// Bytes of a piece, as a file is taken in and kept.
pub const PIECE: usize = 256 * 1024;
/// How long an upload is kept that nothing uses.
pub const LASTS: SignedDuration = SignedDuration::from_hours(24);
/// Most uploads of a tenant at a time.
pub const MAX_PER_TENANT: i64 = 20;

words! {
    /// What a file is sent for.
    UploadPurpose {
        /// The people of an organisation, to be taken over.
        Roster = "roster",
        /// Applications of families, to be taken over.
        Applications = "applications",
    }
}

words! {
    /// How far an upload is.
    UploadState {
        /// Its content has not come, or not as a whole.
        Pending = "pending",
        /// Its content is there, and nothing uses it yet.
        Complete = "complete",
        /// A job uses it; it is wiped when the job is over.
        InUse = "in_use",
    }
}
