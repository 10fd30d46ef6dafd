//! The foreign-tenant crawl: whoever belongs to one tenant asks for everything of another's.
//!
//! What comes back is what an id that never was gives, word for word; and nothing that is known of
//! the other tenant stands in any answer. A canary is in all of its texts, so that a leak sings.

use caredesk_core::domain::account::Role;
use caredesk_core::policy::matrix::Grant;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::families::Ids;
use crate::support::make;
use crate::support::operations::{self, Operation};
use crate::support::scene::{Scene, fresh_slug};
use crate::support::tickets::ask_no_search;

/// Stands in every text of the other tenant.
const CANARY: &str = "zq9canary";

/// Roles that never see what belongs to a tenant.
const OUTSIDERS: [Role; 5] =
    [Role::DeskManager, Role::TierOne, Role::TierTwo, Role::Developer, Role::Guardian];

on_both! {
    async fn what_is_anothers_is_not_there(app) {
        let (ours, theirs) = (Scene::set(&app).await, Scene::set(&app).await);
        let absent = nowhere(&app);
        for role in [Role::SiteAdmin, Role::SupportUser, Role::Member, Role::Integration] {
            for operation in with_ids() {
                let who = ours.someone(role).await;
                let foreign = ask(&theirs, operation, &who, &theirs.entry).await;
                let never_was = ask(&absent, operation, &who, &absent.entry).await;
                assert!(matches!(foreign.status.as_u16(), 403 | 404), "{}: {}", operation.id, foreign.raw);
                assert_eq!(told(&foreign), told(&never_was), "{}", operation.id);
            }
        }
    }

    async fn what_is_anothers_is_not_there_under_ones_own_tenant(app) {
        let (mut ours, theirs) = (Scene::set(&app).await, Scene::set(&app).await);
        let admin = ours.someone(Role::SiteAdmin).await;
        let platform = app.platform_admin().await;
        ours.owner.clone_from(&theirs.owner);
        for operation in with_ids().filter(|operation| operation.path.contains("{owner_id}")) {
            let answer = ask(&ours, operation, &admin, &theirs.entry).await;
            assert!(matches!(answer.status.as_u16(), 403 | 404), "{}: {}", operation.id, answer.raw);
            ask(&ours, operation, &platform, &theirs.entry).await.is(404);
        }
    }

    async fn a_filter_widens_nobodys_sight(app) {
        let (ours, theirs) = (Scene::set(&app).await, Scene::set(&app).await);
        for role in [Role::SiteAdmin, Role::DeskManager] {
            let who = ours.someone(role).await;
            // The log of what the desk decided, and its queues, are the desk manager's to read.
            let of_the_desk = |operation: &&Operation| {
                let of = ["decision.", "ticket."];
                role == Role::DeskManager && of.iter().any(|head| operation.action().starts_with(head))
            };
            for operation in operations::all().iter().filter(|operation| !of_the_desk(operation)) {
                for filter in operation.parameters("query").iter().filter(|name| name.ends_with("_id")) {
                    for id in known_of(&theirs) {
                        let path = format!("{}?{filter}={id}", ours.path(operation, role));
                        let answer = who.send(operation.method.clone(), &path, None, &[]).await;
                        assert!(shows_nothing(&answer), "{} {path}: {}", operation.id, answer.raw);
                    }
                }
            }
        }
    }

    async fn a_list_shows_ones_own_only(app) {
        let (ours, theirs) = (Scene::set(&app).await, Scene::set(&app).await);
        let who = ours.someone(Role::SiteAdmin).await;
        let reads = |operation: &&Operation| operation.method == Method::GET && operation.grant(Role::SiteAdmin) != Grant::Never;
        for operation in operations::all().iter().filter(reads) {
            let answer = ours.perform(operation, Role::SiteAdmin, &who).await.is(200);
            for id in known_of(&theirs) {
                assert!(!answer.raw.contains(&id), "{} shows {id}: {}", operation.id, answer.raw);
            }
        }
        let counted = who.get("/v1/tenants?include_total=true").await.is(200);
        assert_eq!(counted.body["total"], 1);
    }

    async fn no_text_of_a_tenant_reaches_anybody_else(app) {
        let (ours, theirs) = (Scene::set(&app).await, singing(&app).await);
        let insiders = [Role::SiteAdmin, Role::SupportUser, Role::Member, Role::Integration];
        for role in insiders.into_iter().chain(OUTSIDERS) {
            for operation in operations::all() {
                let who = ours.someone(role).await;
                for scene in [&ours, &theirs] {
                    // A guardian who is linked to an application there is nobody else.
                    let is_linked = role == Role::Guardian && scene.tenant == theirs.tenant;
                    if !operation.is_public() && operation.grant(role) != Grant::Never && !is_linked {
                        scene.prepare(operation, &who).await;
                    }
                    let entry = if ours.tenant_of(role).is_some() { &scene.entry } else { &scene.platform_entry };
                    let answer = ask(scene, operation, &who, entry).await;
                    if !hears(operation, role) {
                        silent(operation, &answer);
                    }
                }
                let searched = format!("{}?{}", ours.path(operation, role), search_of(operation));
                let found = who.send(operation.method.clone(), &searched, None, &[]).await;
                if !hears(operation, role) {
                    silent(operation, &found);
                    finds_nothing(operation, &found);
                }
            }
        }
        for operation in operations::all() {
            silent(operation, &ask(&theirs, operation, &app.nobody(), &theirs.entry).await);
        }
    }
}

/// Whether somebody of a role reads the tickets of everybody, as far as they are masked.
fn hears(operation: &Operation, role: Role) -> bool {
    matches!(role, Role::TierOne | Role::TierTwo) && operation.action().starts_with("ticket.")
}

/// A search for the canary, with how much is found where an operation counts that.
fn search_of(operation: &Operation) -> String {
    let counts = operation.parameters("query").contains(&"include_total");
    format!("q={CANARY}{}", if counts { "&include_total=true" } else { "" })
}

/// A search that is allowed must not be refused for its form, or it proves nothing; and it finds nothing.
#[track_caller]
fn finds_nothing(operation: &Operation, answer: &Answer) {
    let searches = operation.method == Method::GET && operation.parameters("query").contains(&"q");
    if searches && answer.status.is_success() {
        assert!(shows_nothing(answer), "{}: {}", operation.id, answer.raw);
    } else if searches {
        assert!(
            matches!(answer.status.as_u16(), 401 | 403 | 404),
            "{}: {}",
            operation.id,
            answer.raw
        );
    }
}

/// Operations that name what they act on.
fn with_ids() -> impl Iterator<Item = &'static Operation> {
    operations::all().iter().filter(|operation| operation.path.contains('{'))
}

/// Calls an operation on what stands in a scene, with an `ETag` of the right form.
pub(crate) async fn ask(
    scene: &Scene<'_>,
    operation: &Operation,
    who: &Actor<'_>,
    entry: &str,
) -> Answer {
    let etag = operation.value.get("x-if-match").map(|_| "\"1-00000000\"");
    scene.send(operation, who, &scene.path_with(operation, entry), etag).await
}

/// A scene of ids that stand for nothing.
fn nowhere(app: &App) -> Scene<'_> {
    let id = || app.house.entropy.uuid(app.house.clock.now()).to_string();
    Scene {
        app,
        tenant: id().parse().unwrap(),
        owner: id(),
        entry: id(),
        platform_entry: id(),
        agent: id(),
        user: id().parse().unwrap(),
        role: id(),
        training_record: id().parse().unwrap(),
        session: id().parse().unwrap(),
        job: id().parse().unwrap(),
        upload: id().parse().unwrap(),
        decision: id().parse().unwrap(),
        family: Ids::fresh(),
        api_key: id().parse().unwrap(),
        notification: id().parse().unwrap(),
        suppression: id().parse().unwrap(),
        contact_change: id().parse().unwrap(),
        ticket: id().parse().unwrap(),
        attachment: id().parse().unwrap(),
        opens_with: None.into(),
        internal_ticket: id().parse().unwrap(),
        canned_reply: id().parse().unwrap(),
        article: id().parse().unwrap(),
        global_article: id().parse().unwrap(),
        help_search: id().parse().unwrap(),
    }
}

/// What an answer says, without what differs from request to request.
fn told(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    for field in ["instance", "request_id"] {
        body.as_object_mut().unwrap().remove(field);
    }
    (answer.status.as_u16(), body)
}

/// Ids of a scene that only its own people know.
fn known_of(scene: &Scene<'_>) -> Vec<String> {
    let family = scene.family;
    let ids = [
        scene.user,
        scene.job,
        scene.upload,
        scene.training_record,
        family.application,
        family.invitation,
        scene.api_key,
        scene.notification,
        scene.suppression,
        scene.ticket,
        scene.attachment,
        scene.article,
    ];
    let mut known = vec![scene.tenant.to_string(), scene.owner.clone(), scene.entry.clone()];
    known.push(scene.role.clone());
    known.extend(ids.map(|id| id.to_string()));
    known
}

/// Whether an answer is an empty page, an empty export, or a refusal.
fn shows_nothing(answer: &Answer) -> bool {
    let is_empty = answer.body["data"].as_array().map_or(answer.raw.is_empty(), Vec::is_empty);
    answer.status.is_client_error() || is_empty
}

/// Nothing of an answer may hold the canary.
#[track_caller]
fn silent(operation: &Operation, answer: &Answer) {
    assert!(!answer.raw.contains(CANARY), "{} sings: {}", operation.id, answer.raw);
    let headers = format!("{:?}", answer.headers);
    assert!(!headers.contains(CANARY), "{} sings: {headers}", operation.id);
}

/// A tenant with the canary in everything that can be written about one.
async fn singing(app: &App) -> Scene<'_> {
    let mut body = make::tenant(CANARY);
    sing(&mut body, "CreateTenant");
    let scene = Scene::of(app, body).await;
    ask_no_search(app, scene.tenant).await;
    let platform = app.platform_admin().await;
    let procedure = json!({"no_access_procedure": CANARY});
    let path = format!("/v1/tenants/{}", scene.tenant);
    let etag = platform.get(&path).await.etag();
    platform.patch(&format!("{path}/settings"), &etag, procedure).await.is(200);
    let role = json!({"name": CANARY, "description": CANARY, "permissions": []});
    scene.someone(Role::SiteAdmin).await.post("/v1/roles", role).await.is(201);
    let mut application = json!({
        "family_name": "x", "number": "n", "children": [{"child_id": "k", "name": "l"}], "submit": true,
        "email": "a@b.example"});
    sing(&mut application, "CreateApplication");
    scene.someone(Role::SiteAdmin).await.post("/v1/applications", application).await.is(201);
    let ticket = json!({
        "request_type": "technical.error.report", "subject": CANARY, "text": CANARY, "details": {"steps": CANARY}});
    let sue = scene.someone(Role::SupportUser).await;
    let at = sue.post("/v1/tickets", ticket).await.is(201).header("location");
    assert!(sue.get(&at).await.is(200).raw.contains(CANARY), "it is no name, and stays");
    for audience in ["staff", "family"] {
        let article = json!({
            "kind": "article", "audience": audience, "locale": "en", "title": CANARY, "summary": CANARY,
            "body": format!("invite a family, update my browser: {CANARY}"), "tags": [CANARY]});
        let admin = scene.someone(Role::SiteAdmin).await;
        let made = admin.post("/v1/articles", article).await.is(201).text("/id");
        admin.post(&format!("/v1/articles/{made}/publish"), Value::Null).await.is(200);
    }
    for operation in with_ids().filter(|operation| {
        let is_tenants = operation.path.contains("{tenant_id}");
        let takes_text = operation.body_schema().is_some() || operation.id == "confirm_owner";
        is_tenants && operation.changes() && takes_text
    }) {
        scene.prepare(operation, &platform).await;
        let path = scene.path(operation, Role::PlatformAdmin);
        let etag = scene.if_match(operation, &path).await;
        let mut body = Scene::body(operation, &platform);
        if let Some(body) = &mut body {
            sing(body, operation.body_schema().unwrap());
        }
        let headers: Vec<(&str, &str)> =
            etag.iter().map(|etag| ("if-match", etag.as_str())).collect();
        platform
            .send(operation.method.clone(), &path, body, &headers)
            .await
            .is(operation.success());
    }
    scene
}

/// Puts the canary into every text of a body that its schema leaves free.
fn sing(body: &mut Value, schema: &str) {
    let mut places = Vec::new();
    texts(body, String::new(), &mut places);
    let mut changed = 0;
    for place in places {
        let candidates = [CANARY.to_owned(), format!("{CANARY}.{}@{CANARY}.example", fresh_slug())];
        for text in candidates {
            let mut tried = body.clone();
            *tried.pointer_mut(&place).unwrap() = json!(text);
            let refers = || json!({"$ref": format!("#/components/schemas/{schema}")});
            if operations::faults(schema, refers, &tried).is_empty() {
                (*body, changed) = (tried, changed + 1);
                break;
            }
        }
    }
    assert!(changed > 0 || schema.starts_with("Update"), "{schema} has no text for the canary");
}

/// Where the texts of a value stand.
fn texts(value: &Value, at: String, into: &mut Vec<String>) {
    match value {
        Value::String(_) => into.push(at),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| texts(item, format!("{at}/{index}"), into));
        }
        Value::Object(fields) => {
            // A number has no room for it, whatever its schema says.
            let free = fields.iter().filter(|(name, _)| *name != "phone");
            free.for_each(|(name, field)| texts(field, format!("{at}/{name}"), into));
        }
        _ => {}
    }
}
