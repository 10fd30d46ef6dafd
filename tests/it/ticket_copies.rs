//! Copies to the organisation: where it takes part in a family's case, it is told of everything that is said there, by
//! a thin notice with a link.

use caredesk::jobs::ticket_clock;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::operations;
use crate::support::scene::{Scene, fresh_slug};
use crate::support::tickets::{ask_no_search, error_report, tenant};

/// A family without an account.
const GIL: &str = "gil.ferro@mail.example";
/// Somebody who reports an emergency.
const MIA: &str = "mia@office.example";

/// What the notification address and its people were told of which ticket, oldest first.
fn told(app: &App) -> Vec<(Value, Value)> {
    let sql = "SELECT CAST(facts AS text) FROM notifications WHERE kind = 'organization_told' \
               ORDER BY created_at, id";
    let facts = app.burglar().texts(sql);
    let facts = facts.iter().map(|facts| serde_json::from_str::<Value>(facts).unwrap());
    facts.map(|facts| (facts["change"].clone(), facts["ticket"].clone())).collect()
}

/// Looks whether one thing more was told, and what.
fn told_once(app: &App, before: usize, (change, at): (&str, &str), what: &str) {
    let all = told(app);
    let ticket = json!(at.rsplit('/').next().unwrap());
    assert_eq!(all.len(), before + 1, "{what}: {all:?}");
    assert_eq!(all[before], (json!(change), ticket), "{what}");
}

/// Opens a ticket; where it is.
async fn opened(who: &Actor<'_>, body: Value) -> String {
    who.app.clock.advance(SignedDuration::from_secs(1));
    format!("/v1/tickets/{}", who.post("/v1/tickets", body).await.is(201).text("/id"))
}

/// Has the organisation take part in a ticket, which an agent takes.
async fn have_it_take_part(tom: &Actor<'_>, at: &str) {
    tom.post(&format!("{at}/assign"), json!({})).await.is(200);
    let asked = json!({"text": "Is child K-20431 enrolled?"});
    tom.post(&format!("{at}/hand-to-organization"), asked).await.is(200);
    let answer = json!({"text": "It is enrolled."});
    let open = tom.post(&format!("{at}/organization-answered"), answer).await.is(200);
    assert_eq!(
        (&open.body["state"], &open.body["organization_takes_part"]),
        (&json!("open"), &json!(true))
    );
    tom.app.clock.advance(SignedDuration::from_secs(1));
}

/// A ticket of a family on the telephone that its organisation takes part in, and the agent who has it.
async fn called(app: &App, tenant: TenantId) -> (String, Actor<'_>) {
    let tom = app.someone(Role::TierOne, None).await;
    let body = json!({
        "request_type": "technical.error.report", "subject": "A question", "text": "The page stays white.",
        "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone", "email": GIL}});
    let at = opened(&tom, body).await;
    have_it_take_part(&tom, &at).await;
    (at, tom)
}

/// A guardian who may open tickets.
async fn guardian<'a>(scene: &Scene<'a>, app: &'a App) -> Actor<'a> {
    let gil = app.someone(Role::Guardian, None).await;
    let open = operations::all().iter().find(|one| one.id == "open_ticket").unwrap();
    scene.prepare(open, &gil).await;
    gil
}

on_both! {
    async fn whatever_is_said_with_a_family_is_copied_to_its_organisation(app) {
        let scene = Scene::set(&app).await;
        let (gil, tom) = (guardian(&scene, &app).await, app.someone(Role::TierOne, None).await);
        let sue = scene.someone(Role::SupportUser).await;
        let at = opened(&gil, error_report()).await;
        assert!(told(&app).is_empty(), "the organisation takes no part yet");
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let text = |text: &str| json!({"text": text});
        let solved = json!({"resolution": "solved", "text": "The page was mended."});
        let away = json!({"request_type": "notifications.resend", "facts": {"to_new_address": true}});
        let steps = [
            (&tom, "hand-to-organization", text("Is child K-20431 enrolled?"), "handed"),
            (&sue, "organization-answered", text("It is enrolled."), "answered"),
            (&tom, "reply", text("The child is enrolled."), "answered"),
            (&gil, "reply", text("Then it should work."), "answered"),
            (&tom, "ask", text("Which version is it?"), "answered"),
            (&gil, "reply", text("It is 160."), "answered"),
            (&tom, "resolve", solved, "answered"),
            (&gil, "reopen", text("It is white again."), "answered"),
            (&tom, "refer", away, "answered"),
        ];
        for (who, verb, body, change) in steps {
            let before = told(&app).len();
            app.clock.advance(SignedDuration::from_secs(1));
            who.post(&format!("{at}/{verb}"), body).await.is(200);
            told_once(&app, before, (change, &at), verb);
        }
    }

    async fn what_a_caller_says_by_every_way_is_copied_to_the_organisation(app) {
        let (at, tom) = called(&app, tenant(&app).await).await;
        let before = told(&app).len();
        let word = json!({"text": "It is 160.", "on_behalf_of_caller": true});
        tom.post(&format!("{at}/reply"), word).await.is(200);
        told_once(&app, before, ("answered", &at), "as an agent wrote it down");
        app.clock.advance(SignedDuration::from_secs(1));
        tom.post(&format!("{at}/ask"), json!({"text": "Is it still so?"})).await.is(200);
        let link = json!({"token": app.secret_of("ticket_answered", GIL)});
        let seen = app.nobody().post("/v1/ticket-views", link).await.is(200);
        let (before, pass) = (told(&app).len(), seen.text("/view_token"));
        app.clock.advance(SignedDuration::from_secs(1));
        let body = json!({"view_token": pass, "text": "It is."});
        app.nobody().post("/v1/ticket-views/reply", body).await.is(200);
        told_once(&app, before, ("answered", &at), "by a link");
    }

    async fn a_reminder_and_the_end_of_the_waiting_are_copied_to_the_organisation(app) {
        let (at, tom) = called(&app, tenant(&app).await).await;
        tom.post(&format!("{at}/ask"), json!({"text": "Which version is it?"})).await.is(200);
        for kind in ["ticket_reminder", "ticket_lapsed"] {
            let before = told(&app).len();
            app.clock.advance(SignedDuration::from_hours(7 * 24));
            ticket_clock::round(&app.house).await.unwrap();
            assert_eq!(app.letters_of(kind, GIL), 1);
            told_once(&app, before, ("answered", &at), kind);
        }
    }

    async fn a_declined_emergency_is_copied_to_the_organisation_that_takes_part(app) {
        let slug = fresh_slug();
        let pine = app.tenant_id(&slug).await;
        ask_no_search(&app, pine).await;
        let report = json!({"organization": slug, "text": "Nobody of our office gets in.", "email": MIA});
        let taken = app.nobody().post("/v1/emergency-reports", report).await.is(202);
        let at = format!("/v1/tickets/{}", taken.text("/reference"));
        let tom = app.someone(Role::TierOne, None).await;
        have_it_take_part(&tom, &at).await;
        let before = told(&app).len();
        let text = json!({"text": "It is none: everybody else gets in."});
        tom.post(&format!("{at}/decline-emergency"), text).await.is(200);
        told_once(&app, before, ("answered", &at), "declined");
    }

    async fn a_copy_to_the_organisation_goes_on_through_merges(app) {
        let scene = Scene::set(&app).await;
        let (gil, tom) = (guardian(&scene, &app).await, app.someone(Role::TierOne, None).await);
        let (first, second) = (opened(&gil, error_report()).await, opened(&gil, error_report()).await);
        have_it_take_part(&tom, &first).await;
        tom.post(&format!("{second}/assign"), json!({})).await.is(200);
        let sue = scene.someone(Role::SupportUser).await;
        sue.get(&second).await.is(404);
        let into = json!({"into_ticket_id": second.rsplit('/').next().unwrap()});
        tom.post(&format!("{first}/merge"), into).await.is(200);
        let joined = tom.get(&second).await.is(200);
        assert_eq!(joined.body["organization_takes_part"], true, "{}", joined.raw);
        sue.get(&second).await.is(200);
        let before = told(&app).len();
        app.clock.advance(SignedDuration::from_secs(1));
        tom.post(&format!("{second}/reply"), json!({"text": "It is mended."})).await.is(200);
        told_once(&app, before, ("answered", &second), "after the merge");
    }

    async fn what_an_organisations_own_people_ask_is_copied_to_nobody(app) {
        let pine = tenant(&app).await;
        let (sue, tom) = (app.someone(Role::SupportUser, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let at = opened(&sue, error_report()).await;
        have_it_take_part(&tom, &at).await;
        let before = told(&app).len();
        assert_eq!(before, 1, "that it was handed over");
        tom.post(&format!("{at}/reply"), json!({"text": "It is mended."})).await.is(200);
        assert_eq!(told(&app).len(), before);
    }
}
