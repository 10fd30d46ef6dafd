//! Every text, as it is read.

use std::fmt::Write;

use super::*;
use serde_json::json;

/// Facts as the use cases queue them: a line for every turn that a text takes.
fn samples(kind: MessageKind) -> Vec<Value> {
    let tenant = |more: (&str, &str)| json!({"organisation": "Pine Lodge", more.0: more.1});
    let changes = |words: &[&str]| {
        let fact =
            |word: &&str| json!({"name": "Ana Ruiz", "colleague": "Bo Lind", "change": word});
        words.iter().map(fact).collect()
    };
    let admins = json!([{"name": "Bo Lind", "email": "bo@pinelodge.example"}, {"name": "Cy", "email": null}]);
    let inactive = |admins: &Value, organisation: Option<&str>, of_desk: bool| json!({"name": "Ana Ruiz", "admins": admins, "organisation": organisation, "of_desk": of_desk});
    match kind {
        MessageKind::ContactsChanged => vec![tenant(("evidence", "e1"))],
        MessageKind::OwnersChanged => vec![tenant(("owner", "o1"))],
        MessageKind::TenantSuspended | MessageKind::TenantResumed => {
            vec![tenant(("reason", "Closed for the season"))]
        }
        MessageKind::SessionReuse | MessageKind::PasswordChanged => {
            vec![json!({"name": "Ana Ruiz"})]
        }
        MessageKind::Enrolment => [None, Some("Pine Lodge")]
            .map(|organisation| {
                json!({"name": "Ana Ruiz", "hours": 72, "organisation": organisation,
                    "slug": "pine-lodge", "user_name": "ana.ruiz"})
            })
            .to_vec(),
        MessageKind::PasswordReset => vec![json!({"name": "Ana Ruiz", "minutes": 60})],
        MessageKind::SignInInactive => vec![
            inactive(&admins, Some("Pine Lodge"), false),
            inactive(&json!([]), Some("Pine Lodge"), false),
            inactive(&json!([]), None, false),
            inactive(&json!([]), None, true),
        ],
        MessageKind::SecondFactorChanged => {
            changes(&["enrolled", "replaced", "removed", "codes_renewed"])
        }
        MessageKind::RecoveryCodeUsed => {
            [9, 1, 0].map(|left| json!({"name": "Ana Ruiz", "left": left})).to_vec()
        }
        MessageKind::ColleagueChanged => changes(&[
            "contact",
            "replaced",
            "removed",
            "codes_renewed",
            "recovery_code",
            "reenrolled",
            "details",
            "deactivated",
        ]),
        MessageKind::ContactCode => ["current_contact", "new_contact", "second_factor"]
            .map(|purpose| json!({"name": "Ana Ruiz", "purpose": purpose, "minutes": 10}))
            .to_vec(),
        MessageKind::ContactChanged => [("email", "a***@h***.example"), ("sms", "**********00")]
            .map(|(method, new)| json!({"name": "Ana Ruiz", "method": method, "new": new}))
            .to_vec(),
        _ => samples_about_users(kind),
    }
}

/// As [`samples`], of what is told to families, and about them.
fn samples_about_families(kind: MessageKind) -> Vec<Value> {
    match kind {
        MessageKind::Invitation => vec![json!({"organisation": "Pine Lodge", "family": "Ruiz Ortega",
            "number": "A-000123", "days": 14, "hours": 336, "until": "2026-12-05"})],
        MessageKind::InvitationRequested | MessageKind::FamilyUnlinked => {
            vec![json!({"organisation": "Pine Lodge", "number": "A-000123"})]
        }
        MessageKind::FamilyContactChanged => [("email", vec!["A-000123"]), ("sms", vec!["A-000123", "2026/7"])]
            .map(|(method, numbers)| {
                json!({"organisation": "Pine Lodge", "method": method, "numbers": numbers})
            })
            .to_vec(),
        MessageKind::ArticleShared => {
            vec![json!({"name": "Ana Ruiz", "by": "Bo Lind", "title": "Invite a family"})]
        }
        MessageKind::ArticleDrafted => {
            vec![json!({"name": "Ana Ruiz", "number": "C-000123", "title": "The page does not load"})]
        }
        _ => samples_about_tickets(kind),
    }
}

/// As [`samples`], of what is told about tickets.
fn samples_about_tickets(kind: MessageKind) -> Vec<Value> {
    let number = "C-000123";
    match kind {
        MessageKind::TicketOpened => [(Some("Ana Ruiz"), false), (None, true)]
            .map(|(name, missing)| {
                json!({"name": name, "number": number, "is_proof_missing": missing})
            })
            .to_vec(),
        MessageKind::TicketAnswered => [(Some("Ana Ruiz"), false, false), (None, true, false), (Some("Gil Ferro"), false, true), (None, true, true)]
            .map(|(name, question, one_time)| {
                json!({"name": name, "number": number, "is_question": question, "is_one_time": one_time})
            })
            .to_vec(),
        MessageKind::AttachmentDiscarded => [(Some("Gil Ferro"), false), (None, true)]
            .map(|(name, later)| json!({"name": name, "number": number, "is_later": later}))
            .to_vec(),
        MessageKind::FilesLeftOut => [(Some("Ana Ruiz"), false), (None, true)]
            .map(|(name, one_time)| json!({"name": name, "number": number, "is_one_time": one_time}))
            .to_vec(),
        MessageKind::CallerCode => vec![json!({"number": number, "minutes": 30})],
        MessageKind::DevelopmentDone => vec![json!({"name": "Tia Berg", "number": number})],
        MessageKind::TicketResolved => [("Ana Ruiz", false), ("Gil Ferro", true)]
            .map(|(name, one_time)| {
                json!({"name": name, "number": number, "days": 14, "text": "Load the page again.",
                    "is_one_time": one_time})
            })
            .to_vec(),
        MessageKind::AnswerNotTaken => [
            ("too_old", Some("+15550100100"), None, json!([])),
            ("final", None, None, json!([])),
            ("not_yours", None, None, json!([])),
            ("not_yours", None, Some("Bo Lind"), json!([{"name": "Cy Ott", "email": "cy@pinelodge.example"}, {"name": "Di", "email": null}])),
        ]
            .map(|(why, phone, asked_by, helpers)| {
                json!({"name": phone.map(|_| "Ana Ruiz"), "number": number, "why": why, "days": 14, "phone": phone,
                    "asked_by": asked_by, "helpers": helpers})
            })
            .to_vec(),
        MessageKind::TicketReferred => vec![
            json!({"name": "Gil Ferro", "number": number, "organisation": "Pine Lodge", "say": "Your organisation decides this.",
                "contacts": [{"label": "Front office", "email": "office@pinelodge.example", "phone": "+15550100200"},
                    {"label": "Nurse", "email": null, "phone": "+15550100201"}]}),
            json!({"name": null, "number": number, "organisation": "Pine Lodge", "say": "Nobody does this.", "contacts": []}),
        ],
        MessageKind::TicketReminder | MessageKind::TicketLapsed => [(Some("Ana Ruiz"), false), (None, true)]
            .map(|(name, one_time)| json!({"name": name, "number": number, "days": 7, "is_one_time": one_time}))
            .to_vec(),
        MessageKind::TargetMissed => [("first_answer", true), ("resolution", false)]
            .map(|(target, assigned)| {
                json!({"name": "Ana Ruiz", "number": number, "target": target, "is_assigned": assigned})
            })
            .to_vec(),
        MessageKind::TicketWatched => vec![json!({"name": "Ana Ruiz", "number": number})],
        MessageKind::OrganizationTold => [("emergency", false), ("answered", true), ("handed", false), ("referred", true), ("policy_question", false)]
            .map(|(change, copied)| {
                json!({"organisation": "Pine Lodge", "number": number, "change": change,
                    "request": "Unlocking a health profile", "is_copied": copied})
            })
            .to_vec(),
        _ => unreachable!("{kind} has no sample"),
    }
}

/// As [`samples`], of what is told about users.
fn samples_about_users(kind: MessageKind) -> Vec<Value> {
    match kind {
        MessageKind::UserChanged => [&["user_name"][..], &["email"], &["email", "phone"]]
            .map(|fields| json!({"name": "Ana Ruiz", "fields": fields, "user_name": "ana.ruiz"}))
            .to_vec(),
        MessageKind::UserReactivated => vec![json!({"name": "Ana Ruiz", "user_name": "ana.ruiz"})],
        MessageKind::DormancyWarning => {
            vec![json!({"name": "Ana Ruiz", "user_name": "ana.ruiz", "day": "2026-11-28"})]
        }
        MessageKind::LastSiteAdminDormant | MessageKind::SiteAdminDeactivated => {
            vec![json!({"organisation": "Pine Lodge", "admin": "Ana Ruiz", "day": "2026-11-28"})]
        }
        MessageKind::AccessChanged => ["site_admin", "support_user"]
            .map(|role| json!({"organisation": "Pine Lodge", "user": "Ana Ruiz", "number": "U-000123", "role": role}))
            .to_vec(),
        MessageKind::OwnAccessChanged => ["site_admin", "support_user"]
            .map(|role| json!({"name": "Ana Ruiz", "organisation": "Pine Lodge", "role": role}))
            .to_vec(),
        MessageKind::ApiKeyChanged => ["made", "rotated"]
            .map(|change| {
                json!({"name": "Ana Ruiz", "organisation": "Pine Lodge", "key": "Enrolment system",
                    "change": change, "by": "Bo Lind", "day": "2027-02-19"})
            })
            .to_vec(),
        MessageKind::ApiKeyExpiring => {
            vec![json!({"name": "Ana Ruiz", "organisation": "Pine Lodge", "key": "Enrolment system", "day": "2027-02-19"})]
        }
        MessageKind::FirstUseImported => {
            [1, 12].map(|count| json!({"organisation": "Pine Lodge", "count": count})).to_vec()
        }
        _ => samples_about_families(kind),
    }
}

fn key(kind: MessageKind) -> Keys {
    let link = |page| Some(format!("https://desk.example/{page}#cdl_{}", "x".repeat(43)));
    match kind {
        MessageKind::Enrolment => Keys { link: link("enrol"), code: None },
        MessageKind::PasswordReset => Keys { link: link("reset"), code: None },
        MessageKind::ContactCode | MessageKind::CallerCode => {
            Keys { link: None, code: Some("271828".to_owned()) }
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
            Keys { link: link("join"), code: Some("7K4M-29QX-8ZRT-V5NP".to_owned()) }
        }
        _ => Keys::default(),
    }
}

#[test]
fn every_kind_is_written_in_every_language() {
    let templates = Templates::new();
    for locale in Locale::ALL {
        let mut all = String::new();
        for kind in MessageKind::ALL {
            for facts in samples(*kind) {
                let key = key(*kind);
                let email = templates.email((*kind, *locale), &facts, &key).unwrap();
                writeln!(all, "== {kind}: {}\n\n{}", email.subject, email.text).unwrap();
                let sms = templates.sms((*kind, *locale), &facts, &key).unwrap();
                if let Some(sms) = sms {
                    assert!(sms.chars().count() <= 300 && !sms.contains('\n'), "{kind}: {sms}");
                    writeln!(all, "-> {sms}\n").unwrap();
                }
            }
        }
        insta::assert_snapshot!(format!("texts_{locale}"), all);
    }
}

#[test]
fn a_missing_fact_is_an_error_and_not_a_gap() {
    let facts = json!({"minutes": 60});
    let key = key(MessageKind::PasswordReset);
    let kind = (MessageKind::PasswordReset, Locale::English);
    assert!(Templates::new().email(kind, &facts, &key).is_err());
    let facts = json!({"name": "Ana", "minutes": 60});
    assert!(Templates::new().email(kind, &facts, &Keys::default()).is_err());
    assert!(Templates::new().sms(kind, &facts, &Keys::default()).is_err());
}

#[test]
fn the_page_escapes_what_people_wrote_and_links_only_our_own_link() {
    let facts = json!({"organisation": "<b>A & B</b>", "reason": "https://evil.example"});
    let kind = (MessageKind::TenantSuspended, Locale::Spanish);
    let page = Templates::new().email(kind, &facts, &Keys::default()).unwrap().html;
    assert!(page.contains("&lt;b&gt;A &amp; B&lt;") && !page.contains("<b>"), "{page}");
    assert!(page.contains("https:&#x2f;&#x2f;evil.example") && !page.contains("<a "), "{page}");
    assert!(page.contains("<html lang=\"es\">"), "{page}");
    let kind = (MessageKind::Enrolment, Locale::English);
    let facts = json!({"name": "https://evil.example", "hours": 72, "organisation": "https://evil.example",
        "slug": "evil", "user_name": "https://evil.example"});
    let link = key(MessageKind::Enrolment);
    let page = Templates::new().email(kind, &facts, &link).unwrap().html;
    assert_eq!(page.matches("<a href=").count(), 1, "{page}");
}

#[test]
fn a_name_with_lines_begins_no_paragraph_and_no_header() {
    let facts =
        json!({"organisation": "A\r\nBcc: x@y.example\n\nhttps://evil.example", "evidence": "e"});
    let kind = (MessageKind::ContactsChanged, Locale::English);
    let email = Templates::new().email(kind, &facts, &Keys::default()).unwrap();
    assert!(!email.subject.contains(['\r', '\n']) && email.subject.ends_with("were changed"));
    assert_eq!(email.text.matches("\n\n").count(), 4, "{}", email.text);
}

#[test]
fn only_what_may_be_answered_says_so() {
    let facts = json!({"name": "Ana", "number": "C-000123", "is_question": true});
    let kind = (MessageKind::TicketAnswered, Locale::English);
    let (templates, keys) = (Templates::new(), Keys::default());
    let plain = templates.email(kind, &facts, &keys).unwrap();
    assert!(plain.text.contains("Answers to it are not read."), "{}", plain.text);
    let asking = templates.email_to_answer(kind, &facts, &keys).unwrap();
    for part in [&asking.text, &asking.html] {
        assert!(part.contains("Answer this message to add to the case."), "{part}");
        assert!(!part.contains("not read"), "{part}");
    }
}

#[test]
fn whoever_cannot_sign_in_is_not_sent_to_the_portal() {
    let (templates, told) = (
        Templates::new(),
        [
            MessageKind::TicketAnswered,
            MessageKind::TicketResolved,
            MessageKind::TicketReminder,
            MessageKind::TicketLapsed,
        ],
    );
    for kind in told {
        let key = key(kind);
        for (locale, lasts) in [(Locale::English, "14 days"), (Locale::Spanish, "14 días")] {
            for one_time in [true, false] {
                let facts = json!({"name": null, "number": "C-000123", "days": 7, "is_question": true,
                    "text": "Load the page again.", "is_one_time": one_time});
                let email = templates.email((kind, locale), &facts, &key).unwrap().text;
                let sms = templates.sms((kind, locale), &facts, &key).unwrap().unwrap();
                for text in [&email, &sms] {
                    assert_eq!(text.contains("portal"), !one_time, "{kind}: {text}");
                    assert_eq!(text.contains(lasts), one_time, "{kind}: {text}");
                    assert!(text.contains(key.link.as_deref().unwrap()), "{kind}: {text}");
                }
            }
        }
    }
}

#[test]
fn an_organisation_is_led_to_the_cases_that_it_sees() {
    let (templates, kind) = (Templates::new(), MessageKind::OrganizationTold);
    let key = key(kind);
    let link = key.link.clone().unwrap();
    for (change, is_copied, is_led) in [
        ("answered", true, true),
        ("handed", true, true),
        ("referred", true, true),
        ("referred", false, false),
        ("emergency", false, false),
        ("policy_question", false, false),
    ] {
        let facts = json!({"organisation": "Pine Lodge", "number": "C-000123", "change": change,
            "request": "Unlocking a health profile", "is_copied": is_copied});
        for locale in Locale::ALL {
            let text = templates.email((kind, *locale), &facts, &key).unwrap().text;
            assert_eq!(text.contains(&link), is_led, "{change}: {text}");
        }
    }
}

#[test]
fn a_code_stands_out() {
    let facts = json!({"name": "Ana", "purpose": "second_factor", "minutes": 10});
    let kind = (MessageKind::ContactCode, Locale::English);
    let code = key(MessageKind::ContactCode);
    let page = Templates::new().email(kind, &facts, &code).unwrap().html;
    assert!(page.contains("monospace;letter-spacing:4px\">271828</p>"), "{page}");
}

#[test]
fn every_kind_has_a_preview_that_names_nobody() {
    for (kind, locale) in MessageKind::ALL
        .iter()
        .flat_map(|kind| Locale::ALL.iter().map(move |locale| (*kind, *locale)))
    {
        let email = preview((kind, locale), Method::Email).unwrap().unwrap();
        assert!(email.subject.is_some() && email.html.is_some(), "{kind}");
        let sms = preview((kind, locale), Method::Sms).unwrap();
        assert_eq!(sms.is_some(), is_sent_by(kind, Method::Sms), "{kind}");
    }
}
