//! Tickets that policy hands to the second tier as they are opened: whoever opened one for a caller has its number, and
//! nothing of what comes after.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::db::Database;
use crate::support::scene::fresh_slug;
use crate::support::tickets::ask_no_search;

/// Rules of an operator whose second tier looks after what looks like a leak.
const OWN: &str = r#"version = 2
mode = "overlay"

[[rule]]
code = "leak.report"
kind = "decision"
source = ["House rules"]
title = { en = "Data that others can see", es = "Datos a la vista de otros" }
example = { en = "I see another family's forms", es = "Veo los formularios de otra familia" }
outcome = { "*" = "escalate" }
"#;

/// A new tenant that asks for no search of the help centre.
async fn tenant(app: &App) -> TenantId {
    let tenant = app.tenant_id(&fresh_slug()).await;
    ask_no_search(app, tenant).await;
    tenant
}

/// Opens a ticket for a family on the telephone.
async fn opened(tom: &Actor<'_>, tenant: TenantId, request_type: &str) -> Answer {
    let body = json!({
        "request_type": request_type, "subject": "Maria Gonzalez sees others' forms",
        "text": "Maria Gonzalez sees the forms of child K-20431.",
        "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone", "name": "Gil Ferro",
            "email": "gil.ferro@mail.example"}});
    tom.post("/v1/tickets", body).await
}

/// That an answer shows the agent of the first tier a ticket that is at the second, and of it what they may know.
async fn is_handed_over(app: &App, tom: &Actor<'_>, new: &Answer) {
    assert!(new.text("/number").starts_with("C-"), "{}", new.raw);
    assert_eq!((&new.body["state"], &new.body["tier"]), (&json!("new"), &json!(2)));
    let at = new.header("location");
    assert_eq!(at, format!("/v1/tickets/{}", new.text("/id")));
    for hidden in ["Gonzalez", "Gil Ferro", "gil.ferro"] {
        assert!(!new.raw.contains(hidden), "{hidden}: {}", new.raw);
    }
    assert_eq!(new.body["entries"], json!([]));
    let steps = new.body["allowed_actions"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["allowed"] == Value::Bool(false)), "{}", new.raw);
    // What comes after is the second tier's.
    tom.get(&at).await.is(404).is_refused("resource.not_found");
    let tim = app.someone(Role::TierTwo, None).await;
    let seen = tim.get(&at).await.is(200);
    assert_eq!(
        (&seen.body["number"], &seen.body["version"]),
        (&new.body["number"], &new.body["version"])
    );
}

/// A case that is opened for a caller and is the second tier's at once.
async fn whoever_opens_what_is_the_second_tiers_has_its_number(database: Database) {
    let app = App::ruled_by(database, OWN).await;
    let pine = tenant(&app).await;
    let tom = app.someone(Role::TierOne, None).await;
    let new = opened(&tom, pine, "leak.report").await.is(201);
    is_handed_over(&app, &tom, &new).await;
    assert_eq!(app.count("tickets"), 1);
    assert_eq!(app.count("notifications WHERE kind = 'ticket_opened'"), 1);
}

/// A case that goes on from a closed one and is the second tier's at once.
async fn whoever_goes_on_to_what_is_the_second_tiers_has_its_number(database: Database) {
    let app = App::ruled_by(database, OWN).await;
    let pine = tenant(&app).await;
    let tom = app.someone(Role::TierOne, None).await;
    let before = opened(&tom, pine, "technical.error.report").await.is(201);
    let at = before.header("location");
    tom.post(&format!("{at}/assign"), json!({})).await.is(200);
    let done = json!({"resolution": "solved", "text": "The page was mended."});
    tom.post(&format!("{at}/resolve"), done).await.is(200);
    let again = json!({
        "request_type": "leak.report", "subject": "Maria Gonzalez sees them again",
        "text": "Maria Gonzalez sees the forms again."});
    let new = tom.post(&format!("{at}/follow-up"), again).await.is(201);
    assert_ne!(new.body["id"], before.body["id"]);
    is_handed_over(&app, &tom, &new).await;
    // The one before is still the first tier's, and names no ticket that it does not see.
    assert_eq!(tom.get(&at).await.is(200).body["links"], json!([]));
}

#[actix_web::test]
async fn whoever_opens_what_is_the_second_tiers_has_its_number_on_sqlite() {
    whoever_opens_what_is_the_second_tiers_has_its_number(Database::sqlite()).await;
}

#[actix_web::test]
async fn whoever_opens_what_is_the_second_tiers_has_its_number_on_postgres() {
    whoever_opens_what_is_the_second_tiers_has_its_number(Database::postgres()).await;
}

#[actix_web::test]
async fn whoever_goes_on_to_what_is_the_second_tiers_has_its_number_on_sqlite() {
    whoever_goes_on_to_what_is_the_second_tiers_has_its_number(Database::sqlite()).await;
}

#[actix_web::test]
async fn whoever_goes_on_to_what_is_the_second_tiers_has_its_number_on_postgres() {
    whoever_goes_on_to_what_is_the_second_tiers_has_its_number(Database::postgres()).await;
}
