//! Texts that cannot be looked at for personal data: they are withheld, and never stand in the way.

use std::sync::{Arc, LazyLock};

use caredesk::service::policy::Rules;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::policy::browsers::Browsers;
use caredesk_core::policy::desk::DeskPolicy;
use caredesk_core::policy::hours::DeskHours;
use caredesk_core::policy::pii::{Case, Detector, Examiner, Finding, Recognizers};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::batch::done;
use crate::support::scene::fresh_slug;
use crate::support::tickets::{ask_no_search, escalation};

/// What the detector fails at, wherever it stands.
const ALWAYS: &str = "Kaboom";
/// What it fails at in a text in which a name was masked.
const LATER: &str = "kaputt";
/// What stands for a text that could not be looked at.
const WITHHELD: &str = "[WITHHELD]";

/// Recognisers with a fault.
#[derive(Debug)]
struct Faulty(Recognizers);

impl Examiner for Faulty {
    fn examine(&self, text: &str, case: &Case) -> (Vec<Finding>, Vec<Finding>) {
        let is_again = text.contains(LATER) && text.contains("[NAME-");
        assert!(!text.contains(ALWAYS) && !is_again, "a fault of the detector");
        self.0.examine(text, case)
    }
}

/// The product beside, with a detector that fails.
async fn faulty(app: &App) -> App {
    let (desk, hours) = (DeskPolicy::built_in(), DeskHours::built_in());
    let rules = Rules::new(desk, Browsers::built_in(), hours);
    let rules =
        Rules { detector: LazyLock::new(|| Detector::of(Faulty(Recognizers::new()))), ..rules };
    app.beside_with(Arc::new(rules)).await
}

/// A new tenant that asks for no search of the help centre.
async fn tenant(app: &App) -> TenantId {
    let tenant = app.tenant_id(&fresh_slug()).await;
    ask_no_search(app, tenant).await;
    tenant
}

/// Lets a second pass, so that what happens next is newer than what was there.
fn tick(app: &App) {
    app.clock.advance(SignedDuration::from_secs(1));
}

const SUBJECT: &str = "Kaboom in the list";
const TEXT: &str = "It says Kaboom since eight.";
const STEPS: &str = "Pressed Kaboom twice.";

/// A ticket whose words cannot be looked at, but for the id of a child; where it is.
async fn opened(sue: &Actor<'_>) -> String {
    let body = json!({
        "request_type": "technical.error.report", "subject": SUBJECT, "text": TEXT,
        "details": {"child_id": "K-20431", "steps": STEPS}});
    let at = sue.post("/v1/tickets", body).await.is(201).header("location");
    tick(sue.app);
    at
}

/// What somebody reads of a ticket: the subject, what was said, the oldest first, and the steps that were told.
async fn read(who: &Actor<'_>, at: &str) -> (Value, Vec<String>, Value) {
    let seen = who.get(at).await.is(200).body;
    let entries = seen["entries"].as_array().unwrap().iter().rev();
    let texts = entries.filter_map(|entry| entry["text"].as_str().map(str::to_owned)).collect();
    (seen["subject"].clone(), texts, seen["details"]["steps"].clone())
}

/// Has the second tier take a ticket over.
async fn escalated<'a>(tom: &Actor<'a>, at: &str) -> Actor<'a> {
    tick(tom.app);
    tom.post(&format!("{at}/escalate"), escalation()).await.is(200);
    tick(tom.app);
    let tim = tom.app.someone(Role::TierTwo, None).await;
    tim.post(&format!("{at}/assign"), json!({})).await.is(200);
    tick(tom.app);
    tim
}

on_both! {
    async fn a_ticket_opens_and_goes_on_with_words_that_cannot_be_looked_at(app) {
        let app = faulty(&app).await;
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let at = opened(&sue).await;
        let more = "Once more: Kaboom.";
        let replied = sue.post(&format!("{at}/reply"), json!({"text": more})).await.is(200);
        assert_eq!(replied.text("/entries/0/text"), more);
        let tom = app.someone(Role::TierOne, None).await;
        let seen = tom.get(&at).await.is(200);
        assert!(!seen.raw.contains(ALWAYS), "{}", seen.raw);
        assert_eq!((&seen.body["is_subject_masked"], &seen.body["entries"][0]["is_masked"]), (&json!(true), &json!(true)));
        assert_eq!(seen.body["details"]["child_id"], "K-20431", "what can be looked at is kept");
        let withheld = json!(WITHHELD);
        assert_eq!(read(&tom, &at).await, (withheld.clone(), vec![WITHHELD.to_owned(); 2], withheld));
        let own = (json!(SUBJECT), vec![TEXT.to_owned(), more.to_owned()], json!(STEPS));
        assert_eq!(read(&sue, &at).await, own);
        // Everything else goes on.
        tick(&app);
        tom.post(&format!("{at}/notes"), json!({"text": "Looks like last week."})).await.is(200);
        assert_eq!(read(&tom, &at).await.1, [WITHHELD, WITHHELD, "Looks like last week."]);
    }

    async fn what_is_withheld_is_neither_found_nor_exported(app) {
        let app = faulty(&app).await;
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let at = opened(&sue).await;
        let (tom, tim) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierTwo, None).await);
        for who in [&tom, &tim, &sue] {
            for word in ["kaboom", "pressed", "eight"] {
                let found = who.get(&format!("/v1/tickets?q={word}")).await.is(200);
                assert_eq!(found.body["data"], json!([]), "{word}");
            }
        }
        assert_eq!(tom.get("/v1/tickets").await.is(200).text("/data/0/subject"), WITHHELD);
        for who in [&tom, &tim] {
            let job = done(who, "/v1/ticket-exports", json!({})).await;
            let file = format!("/v1/ticket-exports/{}/content", job["id"].as_str().unwrap());
            let file = who.get(&file).await.is(200);
            assert!(file.raw.contains(WITHHELD) && !file.raw.contains(ALWAYS), "{}", file.raw);
        }
        let kept = "SELECT CAST(text AS text) FROM ticket_entries WHERE text IS NOT NULL UNION ALL \
            SELECT CAST(subject AS text) FROM tickets UNION ALL SELECT term FROM ticket_terms UNION ALL \
            SELECT CAST(facts AS text) FROM notifications";
        let kept = app.burglar().texts(kept);
        assert!(kept.iter().all(|text| !text.to_lowercase().contains("kaboom")), "{kept:?} of {at}");
    }

    async fn what_is_withheld_is_revealed_as_it_was_written(app) {
        let app = faulty(&app).await;
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let at = opened(&sue).await;
        let tom = app.someone(Role::TierOne, None).await;
        let first = tom.get(&at).await.is(200).text("/entries/0/id");
        let tim = escalated(&tom, &at).await;
        assert_eq!(read(&tim, &at).await.1[0], WITHHELD, "until it is revealed");
        let steps = format!("steps: {STEPS}");
        for (field, entry, written) in
            [("subject", None, SUBJECT), ("entry", Some(first), TEXT), ("details", None, steps.as_str())]
        {
            tick(&app);
            let mut body = json!({"field": field, "reason": "It cannot be found without it."});
            if let Some(entry) = entry {
                body["entry_id"] = json!(entry);
            }
            assert_eq!(tim.post(&format!("{at}/reveal"), body).await.is(200).text("/text"), written);
        }
    }

    async fn what_was_said_before_is_withheld_if_it_cannot_be_looked_at_again(app) {
        let app = faulty(&app).await;
        let pine = tenant(&app).await;
        let sue = app.someone(Role::SupportUser, Some(pine)).await;
        let text = "The forms of Xylandra are kaputt.";
        let body = json!({"request_type": "technical.error.report", "subject": "A white page", "text": text});
        let at = sue.post("/v1/tickets", body).await.is(201).header("location");
        let tom = app.someone(Role::TierOne, None).await;
        assert_eq!(read(&tom, &at).await.1, [text], "nobody knows of a name yet");
        tick(&app);
        let more = "My daughter Xylandra Quoss has child id K-20431.";
        sue.post(&format!("{at}/reply"), json!({"text": more})).await.is(200);
        let (subject, texts, _) = read(&tom, &at).await;
        assert_eq!((subject, texts[0].as_str()), (json!(WITHHELD), WITHHELD));
        assert!(texts[1].starts_with("My daughter [NAME-") && !texts[1].contains("Quoss"), "{texts:?}");
        let own = (json!("A white page"), vec![text.to_owned(), more.to_owned()], Value::Null);
        assert_eq!(read(&sue, &at).await, own);
        assert_eq!(tom.get("/v1/tickets?q=forms").await.is(200).body["data"], json!([]));
    }
}
