//! Cursors: where the next page begins, opaque, and bound to the list, its filters and its order.

use caredesk_core::domain::code::Code;
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::vault::{Keyring, Purpose};

/// Bytes of the code that binds a cursor.
const CODE: usize = 16;
/// Longest cursor that is looked at.
pub const MAX_LENGTH: usize = 600;

/// A cursor for the row behind `key`, in the list that `binding` names.
pub fn make(keys: &Keyring, binding: &str, key: &impl Serialize) -> Option<String> {
    let body = serde_json::to_vec(key).ok()?;
    let code = keys.mac(Purpose::Cursor, &bound(binding, &body));
    let (code, _) = code.split_first_chunk::<CODE>()?;
    Some(BASE64URL_NOPAD.encode(&[code.as_slice(), &body].concat()))
}

/// The key that a cursor of this list was made for.
///
/// # Errors
/// `cursor.invalid`: damaged, forged, or of another list, filter or order.
pub fn read<K: DeserializeOwned>(
    keys: &Keyring,
    binding: &str,
    cursor: &str,
) -> Result<K, Problem> {
    let invalid = || Problem::of(Code::CursorInvalid);
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_form| invalid())?;
    let (code, body) = bytes.split_first_chunk::<CODE>().ok_or_else(invalid)?;
    let expected = keys.mac(Purpose::Cursor, &bound(binding, body));
    // The code is public knowledge of whoever holds the cursor: comparing it needs no constant time.
    if !expected.starts_with(code) {
        return Err(invalid());
    }
    serde_json::from_slice(body).map_err(|_form| invalid())
}

/// What the code is computed over.
fn bound(binding: &str, body: &[u8]) -> Vec<u8> {
    [binding.as_bytes(), b"\0", body].concat()
}
