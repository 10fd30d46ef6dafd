//! A caller says whose account is theirs: an agent names it, which proves nothing, and a code to the contact on file of
//! it does.

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::families::{self, Ids, Stands};
use crate::support::scene::fresh_slug;

/// Where whoever reports says that they are reached.
const STATED: &str = "somebody@elsewhere.example";

/// Reports an emergency without a session, in a new organisation; where its ticket is.
async fn reported(app: &App) -> (String, TenantId) {
    let slug = fresh_slug();
    let tenant = app.tenant_id(&slug).await;
    let report =
        json!({"organization": slug, "text": "Nobody gets in, not even ruiz.", "email": STATED});
    let taken = app.nobody().post("/v1/emergency-reports", report).await.is(202);
    (format!("/v1/tickets/{}", taken.text("/reference")), tenant)
}

/// Opens a ticket for somebody on the telephone who has no account on it; where it is.
async fn called(
    tom: &Actor<'_>,
    (tenant, requester): (TenantId, &str),
    application: Option<Uuid>,
) -> String {
    // What others than a family ask by telephone is open in an emergency only.
    let request_type =
        if requester == "family" { "technical.error.report" } else { "tickets.submit.emergency" };
    let mut body = json!({
        "request_type": request_type, "subject": "A white page", "text": "It stays white.",
        "on_behalf_of": {"requester": requester, "tenant_id": tenant, "channel": "phone", "email": STATED}});
    if let Some(application) = application {
        body["application_id"] = json!(application);
    }
    tom.post("/v1/tickets", body).await.is(201).header("location")
}

/// Follows a link, or what it was exchanged for.
async fn view(app: &App, token: &str) -> Answer {
    app.nobody().post("/v1/ticket-views", json!({"token": token})).await
}

/// Where somebody is written to.
fn address(role: &str, who: &Actor<'_>) -> String {
    format!("{role}.{}@people.example", who.account.simple())
}

/// Names an account for the caller of a ticket.
fn of(who: &Actor<'_>) -> Value {
    json!({"account_id": who.account})
}

/// Has a code sent, and says the one that came to an address.
async fn prove(tom: &Actor<'_>, at: &str, address: &str) -> Value {
    tom.app.clock.advance(SignedDuration::from_secs(1));
    tom.post(&format!("{at}/verification-codes"), json!({})).await.is(200);
    let code = tom.app.secret_of("caller_code", address);
    tom.post(&format!("{at}/verification"), json!({"code": code})).await.is(200).body
}

on_both! {
    async fn whoever_reported_without_a_session_is_known_by_the_account_that_they_name(app) {
        let (at, pine) = reported(&app).await;
        let (max, tom) = (app.someone(Role::Member, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let here = format!("{at}/caller-account");
        let code = tom.post(&format!("{at}/verification-codes"), json!({})).await;
        code.is(409).is_refused("ticket.no_contact_on_file");
        let named = tom.post(&here, of(&max)).await.is(200);
        assert_eq!((&named.body["role"], &named.body["account_id"]), (&json!("member"), &json!(max.account)));
        assert!(named.text("/number").starts_with("U-"), "{}", named.raw);
        assert!(!named.raw.contains("Ruiz") && !named.raw.contains("people.example"), "{}", named.raw);
        tom.post(&here, json!({"number": named.body["number"]})).await.is(200);
        let seen = tom.get(&at).await.is(200);
        assert_eq!((&seen.body["verification"], &seen.body["requester"]["account_id"]), (&json!("none"), &Value::Null));
        assert_eq!(seen.body["entries"][0]["claimed_account_id"], json!(max.account), "{}", seen.raw);
        assert!(!seen.raw.contains("people.example"), "{}", seen.raw);
        // It proves nothing, and shows the account nothing.
        max.get(&at).await.is(404);
        for view in ["", "?view=cc", "?view=team", "?q=nobody"] {
            assert_eq!(max.get(&format!("/v1/tickets{view}")).await.is(200).body["data"], json!([]), "{view}");
        }
        let known = prove(&tom, &at, &address("member", &max)).await;
        assert_eq!((&known["verification"], &known["requester_kind"]), (&json!("contact_confirmed"), &json!("org_staff")));
        assert_eq!((&known["requester"]["account_id"], &known["requester"]["name"]), (&json!(max.account), &Value::Null));
        assert!(!known.to_string().contains("ruiz"), "their name is known by now: {known}");
        assert_eq!(app.letters_of("caller_code", STATED), 0);
        let own = max.get(&at).await.is(200);
        assert!(!own.raw.contains("claimed_account_id\":\""), "the desk's own: {}", own.raw);
        let id = at.rsplit('/').next().unwrap();
        let trail = format!("/v1/audit-entries?target_id={id}&action=ticket.verify_requester");
        let trail = app.platform_admin().await.get(&trail).await.is(200);
        assert!(trail.raw.contains("claims") && trail.raw.contains(&max.account.to_string()), "{}", trail.raw);
    }

    async fn links_that_went_where_a_caller_said_end_with_the_proof(app) {
        let (at, pine) = reported(&app).await;
        let (max, tom) = (app.someone(Role::Member, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let first = app.secret_of("ticket_opened", STATED);
        let pass = view(&app, &first).await.is(200).text("/view_token");
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        tom.post(&format!("{at}/reply"), json!({"text": "We look at it."})).await.is(200);
        let second = app.secret_of("ticket_answered", STATED);
        tom.post(&format!("{at}/caller-account"), of(&max)).await.is(200);
        view(&app, &pass).await.is(200); // nothing is proved yet
        prove(&tom, &at, &address("member", &max)).await;
        for token in [pass, second] {
            view(&app, &token).await.is(410).is_refused("link.not_usable");
        }
        // They cannot sign in, so the next one goes to what is on file, once, and no more where they said.
        tom.post(&format!("{at}/reply"), json!({"text": "It is mended."})).await.is(200);
        assert_eq!(app.letters_of("ticket_answered", STATED), 1);
        let third = app.secret_of("ticket_answered", &address("member", &max));
        assert!(view(&app, &third).await.is(200).raw.contains("It is mended."));
    }

    async fn nobody_is_named_where_somebody_is_known(app) {
        let slug = fresh_slug();
        let pine = app.tenant_id(&slug).await;
        let (max, tom) = (app.someone(Role::Member, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let ids = Ids::fresh();
        families::keep(&app, pine, ids, Stands::Submitted).await;
        let by_application = called(&tom, (pine, "family"), Some(ids.application)).await;
        prove(&tom, &by_application, "familia@mail.example").await;
        let body = json!({
            "request_type": "tickets.submit.emergency", "subject": "Nobody gets in", "text": "Nobody gets in.",
            "on_behalf_of": {"requester": "org_staff", "tenant_id": pine, "channel": "phone", "account_id": max.account}});
        let with_account = tom.post("/v1/tickets", body).await.is(201).header("location");
        for at in [&by_application, &with_account] {
            let late = tom.post(&format!("{at}/caller-account"), of(&max)).await;
            late.is(409).is_refused("ticket.caller_known");
        }
        // An owner is proved by what is on file of owners.
        let of_owner = called(&tom, (pine, "business_owner"), None).await;
        tom.post(&format!("{of_owner}/caller-account"), of(&max)).await.is(422).at(&["#/account_id"]);
        assert_eq!(app.count("ticket_claims"), 0);
    }

    async fn only_somebody_of_the_organisation_is_named_and_by_agents(app) {
        let (at, pine) = reported(&app).await;
        let here = format!("{at}/caller-account");
        let (max, tom) = (app.someone(Role::Member, Some(pine)).await, app.someone(Role::TierOne, None).await);
        let oak = app.tenant_id(&fresh_slug()).await;
        for (role, tenant) in [(Role::Member, Some(oak)), (Role::Guardian, None), (Role::TierTwo, None), (Role::PlatformAdmin, None)] {
            let nobody = app.someone(role, tenant).await;
            tom.post(&here, of(&nobody)).await.is(422).at(&["#/account_id"]);
        }
        tom.post(&here, json!({"account_id": Uuid::now_v7()})).await.is(422).at(&["#/account_id"]);
        tom.post(&here, json!({"number": "U-900000"})).await.is(422).at(&["#/number"]);
        for faulty in [json!({}), json!({"account_id": max.account, "number": "U-000001"})] {
            tom.post(&here, faulty).await.is(422).at(&["#/account_id"]);
        }
        max.post(&here, of(&max)).await.is(403).is_refused("action.not_permitted");
        app.someone(Role::DeskManager, None).await.post(&here, of(&max)).await.is(403);
        assert_eq!(app.count("ticket_claims"), 0);
    }

    async fn a_code_that_went_to_one_account_proves_no_other(app) {
        let (at, pine) = reported(&app).await;
        let (max, mia) = (app.someone(Role::Member, Some(pine)).await, app.someone(Role::Member, Some(pine)).await);
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{at}/caller-account"), of(&max)).await.is(200);
        tom.post(&format!("{at}/verification-codes"), json!({})).await.is(200);
        let code = app.secret_of("caller_code", &address("member", &max));
        tom.post(&format!("{at}/caller-account"), of(&mia)).await.is(200);
        let late = tom.post(&format!("{at}/verification"), json!({"code": code})).await;
        late.is(410).is_refused("code.not_usable");
        prove(&tom, &at, &address("member", &mia)).await;
        mia.get(&at).await.is(200);
        max.get(&at).await.is(404);
    }

    async fn an_application_is_its_own_familys_and_a_users_question_none(app) {
        let pine = app.tenant_id(&fresh_slug()).await;
        let (gil, eva) = (app.someone(Role::Guardian, None).await, app.someone(Role::Guardian, None).await);
        let (of_gil, of_eva) = (Ids::fresh(), Ids::fresh());
        families::keep(&app, pine, of_gil, Stands::Linked(gil.account)).await;
        families::keep(&app, pine, of_eva, Stands::Linked(eva.account)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let at = called(&tom, (pine, "family"), Some(of_gil.application)).await;
        let here = format!("{at}/caller-account");
        tom.post(&here, of(&eva)).await.is(422).at(&["#/account_id"]);
        tom.post(&here, of(&gil)).await.is(200);
        gil.get(&at).await.is(404);
        let known = prove(&tom, &at, &address("guardian", &gil)).await;
        assert_eq!((&known["requester_kind"], &known["requester"]["number"]), (&json!("family"), &Value::Null));
        gil.get(&at).await.is(200);
        eva.get(&at).await.is(404);
        // What staff asked is read by the organisation's team, and so by no family.
        let of_staff = called(&tom, (pine, "org_staff"), None).await;
        tom.post(&format!("{of_staff}/caller-account"), of(&eva)).await.is(422).at(&["#/account_id"]);
    }
}
