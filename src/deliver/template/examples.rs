//! Facts about people who do not exist, for whoever wants to read a message before it is sent.

use caredesk_core::domain::notification::MessageKind;
use serde_json::{Value, json};

use super::Keys;

/// Somebody.
const PERSON: &str = "Ana Ruiz";
/// An organisation.
const ORGANISATION: &str = "Pine Lodge";

/// The facts of a kind, with a link or a code that opens nothing.
pub(super) fn of(kind: MessageKind) -> (Value, Keys) {
    let link = |page| Some(format!("https://desk.example/{page}#example"));
    let keys = match kind {
        MessageKind::Enrolment => Keys { link: link("enrol"), code: None },
        MessageKind::PasswordReset => Keys { link: link("reset"), code: None },
        MessageKind::ContactCode | MessageKind::CallerCode => {
            Keys { link: None, code: Some("123456".to_owned()) }
        }
        MessageKind::TicketOpened
        | MessageKind::TicketAnswered
        | MessageKind::TicketResolved
        | MessageKind::TicketReferred
        | MessageKind::TicketReminder
        | MessageKind::TicketLapsed
        | MessageKind::TicketWatched
        | MessageKind::FilesLeftOut
        | MessageKind::OrganizationTold => Keys { link: link("ticket"), code: None },
        MessageKind::Invitation => {
            Keys { link: link("join"), code: Some("0000-0000-0000-0000".to_owned()) }
        }
        _ => Keys::default(),
    };
    (facts(kind), keys)
}

/// The facts of a kind. A kind without some fails the tests, which read them all.
fn facts(kind: MessageKind) -> Value {
    match kind {
        MessageKind::ContactsChanged => json!({"organisation": ORGANISATION, "evidence": "e1"}),
        MessageKind::OwnersChanged => json!({"organisation": ORGANISATION, "owner": "o1"}),
        MessageKind::TenantSuspended | MessageKind::TenantResumed => {
            json!({"organisation": ORGANISATION, "reason": "Closed for the season"})
        }
        MessageKind::SessionReuse | MessageKind::PasswordChanged => json!({"name": PERSON}),
        MessageKind::Enrolment => json!({
            "name": PERSON, "hours": 72, "organisation": ORGANISATION,
            "slug": "pine-lodge", "user_name": "ana.ruiz"
        }),
        MessageKind::PasswordReset => json!({"name": PERSON, "minutes": 60}),
        MessageKind::SignInInactive => json!({
            "name": PERSON, "organisation": ORGANISATION, "of_desk": false,
            "admins": [{"name": "Bo Lind", "email": "bo@pinelodge.example"}]
        }),
        MessageKind::SecondFactorChanged => json!({"name": PERSON, "change": "replaced"}),
        MessageKind::RecoveryCodeUsed => json!({"name": PERSON, "left": 9}),
        MessageKind::ColleagueChanged => {
            json!({"name": PERSON, "colleague": "Bo Lind", "change": "contact"})
        }
        MessageKind::ContactCode => {
            json!({"name": PERSON, "purpose": "current_contact", "minutes": 10})
        }
        MessageKind::ContactChanged => {
            json!({"name": PERSON, "method": "email", "new": "a***@h***.example"})
        }
        MessageKind::UserChanged => {
            json!({"name": PERSON, "fields": ["email"], "user_name": "ana.ruiz"})
        }
        MessageKind::UserReactivated => json!({"name": PERSON, "user_name": "ana.ruiz"}),
        MessageKind::DormancyWarning => {
            json!({"name": PERSON, "user_name": "ana.ruiz", "day": "2026-11-28"})
        }
        MessageKind::LastSiteAdminDormant | MessageKind::SiteAdminDeactivated => {
            json!({"organisation": ORGANISATION, "admin": PERSON, "day": "2026-11-28"})
        }
        MessageKind::AccessChanged => json!({
            "organisation": ORGANISATION, "user": PERSON, "number": "U-000123", "role": "site_admin"
        }),
        MessageKind::OwnAccessChanged => {
            json!({"name": PERSON, "organisation": ORGANISATION, "role": "site_admin"})
        }
        MessageKind::FirstUseImported => json!({"organisation": ORGANISATION, "count": 12}),
        _ => facts_of_families_and_keys(kind),
    }
}

/// As [`facts`], of what is told to families and about them, and about keys of programs.
fn facts_of_families_and_keys(kind: MessageKind) -> Value {
    match kind {
        MessageKind::ApiKeyChanged => json!({
            "name": PERSON, "organisation": ORGANISATION, "key": "Enrolment system",
            "change": "made", "by": "Bo Lind", "day": "2027-02-19"
        }),
        MessageKind::ApiKeyExpiring => json!({
            "name": PERSON, "organisation": ORGANISATION, "key": "Enrolment system",
            "day": "2027-02-19"
        }),
        MessageKind::Invitation => json!({
            "organisation": ORGANISATION, "family": "Ruiz Ortega", "number": "A-000123",
            "days": 14, "hours": 336, "until": "2026-12-05"
        }),
        MessageKind::InvitationRequested | MessageKind::FamilyUnlinked => {
            json!({"organisation": ORGANISATION, "number": "A-000123"})
        }
        MessageKind::FamilyContactChanged => {
            json!({"organisation": ORGANISATION, "method": "email", "numbers": ["A-000123"]})
        }
        MessageKind::ArticleShared => {
            json!({"name": PERSON, "by": "Bo Lind", "title": "Invite a family"})
        }
        MessageKind::ArticleDrafted => {
            json!({"name": PERSON, "number": "C-000123", "title": "The page does not load"})
        }
        _ => facts_of_tickets(kind),
    }
}

/// As [`facts`], of what is told about tickets.
fn facts_of_tickets(kind: MessageKind) -> Value {
    let number = "C-000123";
    match kind {
        MessageKind::TicketOpened => {
            json!({"name": PERSON, "number": number, "is_proof_missing": false})
        }
        MessageKind::TicketAnswered => {
            json!({"name": PERSON, "number": number, "is_question": false})
        }
        MessageKind::CallerCode => json!({"number": number, "minutes": 30}),
        MessageKind::TicketResolved => json!({
            "name": PERSON, "number": number, "days": 14,
            "text": "The page was mended; please load it again."
        }),
        MessageKind::AnswerNotTaken => json!({
            "name": PERSON, "number": number, "why": "too_old", "days": 14, "phone": "+15550100100",
            "asked_by": PERSON, "helpers": []
        }),
        MessageKind::TicketReferred => json!({
            "name": PERSON, "number": number, "organisation": ORGANISATION,
            "say": "Your organisation decides this, not the support desk. Here is how to reach them.",
            "contacts": [{"label": "Front office", "email": "office@pinelodge.example", "phone": null}],
            "people": []
        }),
        MessageKind::TicketReminder | MessageKind::TicketLapsed => {
            json!({"name": PERSON, "number": number, "days": 7})
        }
        MessageKind::TargetMissed => json!({
            "name": PERSON, "number": number, "target": "first_answer", "is_assigned": true
        }),
        MessageKind::TicketWatched
        | MessageKind::AttachmentDiscarded
        | MessageKind::FilesLeftOut
        | MessageKind::DevelopmentDone => json!({"name": PERSON, "number": number}),
        MessageKind::OrganizationTold => json!({
            "organisation": ORGANISATION, "number": number, "change": "referred",
            "request": "Unlocking a health profile", "is_copied": true
        }),
        _ => json!({"name": PERSON}),
    }
}
