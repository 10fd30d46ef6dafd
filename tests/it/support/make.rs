//! Bodies that are right, for tests to send or to spoil.

use serde_json::{Value, json};

/// A new tenant with one owner.
pub(crate) fn tenant(slug: &str) -> Value {
    json!({
        "slug": slug,
        "name": format!("Camp {slug}"),
        "kind": "camp",
        "notification_address": format!("office@{slug}.example"),
        "contacts": [{"label": "Front office", "email": format!("desk@{slug}.example"), "phone": "+15550100200"}],
        "hours": [{"day": "monday", "opens": "09:00", "closes": "17:00"}],
        "owners": [{"name": "Olga Owner", "email": format!("olga@{slug}.example"), "phone": "+15550100201"}]
    })
}

/// Evidence.
pub(crate) fn evidence() -> Value {
    json!({"kind": "signed_letter", "reference": "Letter of 3 November, file 2026-118"})
}

/// An owner with evidence.
pub(crate) fn owner(email: &str) -> Value {
    json!({"name": "Omar Owner", "email": email, "phone": "+15550100203", "evidence": evidence()})
}

/// A reason.
pub(crate) fn reason() -> Value {
    json!({"reason": "Contract ended on 31 October"})
}
