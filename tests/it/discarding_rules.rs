//! What an operator's rules have thrown away: whatever brings the decision, and with a copy to the organisation that
//! takes part.

use std::sync::Arc;

use caredesk::service::policy::Rules;
use caredesk::service::{Ask, House, tickets};
use caredesk::store::Origin;
use caredesk::store::idempotency::KeptAnswer;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::actor::Actor as Who;
use caredesk_core::domain::attachment::AttachmentState;
use caredesk_core::domain::ids::TicketId;
use caredesk_core::domain::ticket::TicketText;
use caredesk_core::policy::browsers::Browsers;
use caredesk_core::policy::desk::{BUILT_IN, DeskPolicy, Facts, PolicyFile, RequestType};
use caredesk_core::policy::hours::DeskHours;
use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::attachments::keep;
use crate::support::scene::Scene;

/// A family without an account.
const GIL: &str = "gil.ferro@mail.example";
/// Rules by which the desk uploads nothing for whoever does not find their way, or is not known yet.
const OWN: &str = r#"mode = "overlay"
version = 7

[[rule]]
code = "technical.navigation.help"
kind = "decision"
source = ["HD"]
title = { en = "Finding the way around", es = "Cómo encontrar algo" }
example = { en = "How do I find the page?", es = "¿Cómo encuentro la página?" }
outcome = { "*" = "assist" }
effects = { assist = ["discard_attachment"] }

[[rule]]
code = "identity.verify"
kind = "gate"
source = ["HD"]
title = { en = "A question about an account", es = "Una pregunta sobre una cuenta" }
example = { en = "I'm calling about my child's account", es = "Llamo por la cuenta de mi hijo" }
when = [{ if = { identity_verified = true }, outcome = "assist" }]
outcome = { "*" = "verify_first" }
effects = { assist = ["discard_attachment"] }
"#;

/// The product with these rules over those that come with it.
fn judging_by_them(app: &App) -> House {
    let own = PolicyFile { path: "own.toml", text: OWN };
    let desk = DeskPolicy::parse(&[BUILT_IN, own]).unwrap();
    let mut house = app.house.clone();
    house.rules = Arc::new(Rules::new(desk, Browsers::built_in(), DeskHours::built_in()));
    house
}

/// A family's ticket that its organisation takes part in, with something attached, and the agent who has it.
async fn called<'a>(scene: &Scene<'a>, request_type: &str) -> (Uuid, Actor<'a>) {
    let tom = scene.app.someone(Role::TierOne, None).await;
    let body = json!({
        "request_type": request_type, "subject": "A question", "text": "Which forms are missing?",
        "application_id": scene.family.application,
        "on_behalf_of": {"requester": "family", "tenant_id": scene.tenant, "channel": "phone", "email": GIL}});
    let ticket = tom.post("/v1/tickets", body).await.is(201).text("/id");
    let at = format!("/v1/tickets/{ticket}");
    tom.post(&format!("{at}/assign"), json!({})).await.is(200);
    let asked = json!({"text": "Is child K-20431 enrolled?"});
    tom.post(&format!("{at}/hand-to-organization"), asked).await.is(200);
    tom.post(&format!("{at}/organization-answered"), json!({"text": "It is."})).await.is(200);
    let ticket = ticket.parse().unwrap();
    let of = (scene.tenant, ticket, scene.user);
    keep(scene.app, of, scene.attachment, AttachmentState::Quarantined).await;
    scene.app.clock.advance(SignedDuration::from_secs(1));
    (ticket, tom)
}

/// Who asks, as a use case is told.
async fn asking(who: &Actor<'_>) -> (Who, Ask) {
    let actor = who.app.house.doorman.check(who.token.as_ref().unwrap()).await.unwrap();
    let origin = Origin { request: "test".to_owned(), address: None };
    (actor.clone(), Ask::of(actor, origin))
}

/// An answer that nobody reads.
fn nothing() -> KeptAnswer {
    KeptAnswer { status: 200, location: None, etag: None, body: None }
}

/// How often the organisation was told that something was said.
fn copies(app: &App) -> usize {
    app.count("notifications WHERE kind = 'organization_told'")
}

/// Looks whether what was attached is gone, and who was told.
fn is_thrown_away(app: &App, copies_before: usize) {
    assert_eq!(app.count("attachments WHERE state = 'discarded'"), 1);
    assert_eq!(app.letters_of("attachment_discarded", GIL), 1, "{:?}", app.letters());
    assert_eq!(copies(app), copies_before + 1);
}

on_both! {
    async fn a_new_type_throws_away_what_was_attached_before(app) {
        let scene = Scene::set(&app).await;
        let (ticket, tom) = called(&scene, "technical.error.report").await;
        let (actor, ask) = asking(&tom).await;
        let (key, own) = ((TicketId::of(ticket), None), judging_by_them(&app));
        let why = TicketText::parse("The page is there; it was not found.").unwrap();
        let said = app.house.hear_on(&actor, key.0, why).await.unwrap();
        let kind = RequestType::parse("technical.navigation.help").unwrap();
        let before = copies(&app);
        let done = app.house.perform(&ask, move |tx, who| {
            tickets::retype(tx, who, &own, (key, &said, &kind, &Facts::new()))?;
            Ok(nothing())
        });
        done.await.unwrap();
        is_thrown_away(&app, before);
    }

    async fn a_proof_throws_away_what_was_attached_before(app) {
        let scene = Scene::set(&app).await;
        let (ticket, tom) = called(&scene, "identity.verify").await;
        let (actor, ask) = asking(&tom).await;
        let (key, own) = ((TicketId::of(ticket), None), judging_by_them(&app));
        let how = TicketText::parse("Called; they knew of the request.").unwrap();
        let said = app.house.hear_on(&actor, key.0, how).await.unwrap();
        let before = copies(&app);
        let done = app.house.perform(&ask, move |tx, who| {
            tickets::call_back(tx, who, &own, (key, &said))?;
            Ok(nothing())
        });
        done.await.unwrap();
        is_thrown_away(&app, before);
    }
}
