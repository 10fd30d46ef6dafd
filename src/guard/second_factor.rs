//! The second factor: one-time codes by time (TOTP, RFC 6238), as authenticator apps make them.
//!
//! SHA-1, six digits, thirty seconds, a secret of 160 bits: what every app understands. A code counts
//! in its own step and in the next one, for slow fingers and slow clocks, and never twice: the store
//! keeps the last step that was used.

use caredesk_core::domain::time::Moment;
use data_encoding::BASE32_NOPAD;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::vault::Entropy;

/// Seconds that a code is shown.
const STEP: i64 = 30;

/// Draws a secret.
pub fn new_secret(entropy: &Entropy) -> Zeroizing<[u8; 20]> {
    Zeroizing::new(entropy.bytes())
}

/// The secret as a person types it into an app.
pub fn base32(secret: &[u8; 20]) -> String {
    BASE32_NOPAD.encode(secret)
}

/// The secret as an app reads it from a picture, with the names that it shows.
///
/// Algorithm, digits and period are the defaults of the form and are left out, as some apps stumble
/// over them. A colon parts the two names and is therefore dropped from them.
pub fn otpauth_uri(secret: &[u8; 20], issuer: &str, account: &str) -> String {
    let (issuer, account) = (escape(issuer), escape(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", base32(secret))
}

/// A URI as a QR code, drawn as SVG: a square for each dark module, runs of a row as one stroke. None if
/// the text is longer than a QR code takes.
pub fn picture(uri: &str) -> Option<String> {
    /// Light modules around the code, which readers need (ISO/IEC 18004).
    const QUIET: usize = 4;
    use std::fmt::Write;
    let code = qrcode::QrCode::new(uri.as_bytes()).ok()?;
    let width = code.width();
    let mut strokes = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&qrcode::Color::Dark) {
                let (left, top) = (x + QUIET, y + QUIET);
                write!(strokes, "M{left} {top}h{0}v1h-{0}z", run.len()).ok()?;
            }
            x += run.len();
        }
    }
    let side = width + 2 * QUIET;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{strokes}\"/></svg>"
    ))
}

/// Which step a code belongs to, if it counts now: the current step or the one before, and later than
/// the last one that was used. The caller keeps the step, atomically, before anything follows from it.
pub fn matching_step(
    secret: &[u8; 20],
    code: &str,
    now: Moment,
    last_step: Option<i64>,
) -> Option<i64> {
    let (totp, current) = (totp(secret), now.seconds().div_euclid(STEP));
    [current, current.saturating_sub(1)]
        .into_iter()
        .filter(|step| last_step.is_none_or(|last| *step > last))
        .find(|step| seconds(*step).is_some_and(|time| totp.check(code, time).is_some()))
}

/// The code that an app shows at a moment. For tests and the demo.
pub fn code_at(secret: &[u8; 20], moment: Moment) -> String {
    let time = u64::try_from(moment.seconds()).unwrap_or(0);
    totp(secret).generate(time).to_string()
}

/// The generator: SHA-1, six digits and thirty seconds are its defaults, and `check` compares in
/// constant time. No skew: it would also let the next step pass.
fn totp(secret: &[u8; 20]) -> Totp {
    Builder::new().with_secret(*secret).with_skew(0).build_noncompliant()
}

/// When a step begins; none before 1970.
fn seconds(step: i64) -> Option<u64> {
    step.checked_mul(STEP).and_then(|time| u64::try_from(time).ok())
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
fn escape(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    name.bytes()
        .filter(|byte| *byte != b':')
        .map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238's own secret.
    const SECRET: &[u8; 20] = b"12345678901234567890";

    fn at(seconds: i64) -> Moment {
        Moment::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(code_at(SECRET, at(time)), code);
            assert_eq!(matching_step(SECRET, code, at(time), None), Some(time / 30));
        }
    }

    #[test]
    fn a_code_counts_in_its_step_and_the_next_only() {
        let code = code_at(SECRET, at(3_000));
        let matches = |time| matching_step(SECRET, &code, at(time), None);
        assert_eq!([3_000, 3_029, 3_030, 3_059].map(matches), [Some(100); 4]);
        assert_eq!([2_999, 3_060].map(matches), [None; 2]);
    }

    #[test]
    fn a_step_counts_once_and_none_before_it_any_more() {
        let code = code_at(SECRET, at(3_000));
        let after = |last| matching_step(SECRET, &code, at(3_030), Some(last));
        assert_eq!(after(99), Some(100));
        assert_eq!([100, 101].map(after), [None; 2]);
    }

    #[test]
    fn what_is_no_code_never_matches() {
        let code = code_at(SECRET, at(3_000));
        let longer = format!("{code}0");
        for bad in ["", "000000", "+12345", &code[1..], &longer, "１２３４５６", "abcdef"] {
            assert_eq!(matching_step(SECRET, bad, at(3_000), None), None, "{bad}");
        }
        assert_eq!(matching_step(SECRET, &code, at(-5), None), None);
    }

    #[test]
    fn an_app_can_read_the_secret() {
        let uri = otpauth_uri(SECRET, "Care Desk", "ana+1@pine:lodge.example");
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let names = "Care%20Desk:ana%2B1%40pinelodge.example";
        assert_eq!(uri, format!("otpauth://totp/{names}?secret={secret}&issuer=Care%20Desk"));
        assert_eq!(new_secret(&Entropy::seeded(1)).len(), 20);
    }
}
