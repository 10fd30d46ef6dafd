//! The document, and that the product keeps it.
//!
//! That no answer of any test is one that the document does not promise is checked where tests send:
//! `operations::keeps_the_contract`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use caredesk::api::document::Document;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::code::Code;
use caredesk_core::policy::matrix::Grant;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::operations::{self, Operation, document, resolved, roles};
use crate::support::scene::Scene;

/// What an operation's id may begin with.
const VERBS: &[&str] = &[
    "accept",
    "add",
    "ask",
    "archive",
    "assign",
    "begin",
    "cancel",
    "change",
    "check",
    "clear",
    "confirm",
    "create",
    "deactivate",
    "decline",
    "delete",
    "discard",
    "dismiss",
    "end",
    "escalate",
    "evaluate",
    "export",
    "follow",
    "hand",
    "import",
    "invite",
    "keep",
    "lift",
    "link",
    "list",
    "look",
    "merge",
    "name",
    "object",
    "open",
    "preview",
    "publish",
    "rate",
    "reactivate",
    "read",
    "record",
    "redact",
    "redeem",
    "reenrol",
    "refer",
    "refresh",
    "reinvite",
    "remove",
    "renew",
    "reopen",
    "reply",
    "report",
    "reprioritise",
    "request",
    "resend",
    "resolve",
    "restore",
    "resume",
    "return",
    "retype",
    "reveal",
    "revoke",
    "rotate",
    "search",
    "send",
    "ship",
    "share",
    "sign",
    "start",
    "submit",
    "suggest",
    "suspend",
    "unlink",
    "update",
    "uphold",
    "use",
    "verify",
    "wait",
    "view",
    "watch",
    "withdraw",
    "write",
];
/// Every method that a client may think of.
const METHODS: [Method; 8] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
];
/// An id of the right form that stands for nothing.
const ID: &str = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4eff";

#[test]
fn the_committed_documents_are_the_generated_ones() {
    let generated = Document::generate();
    assert!(committed("openapi.json") == generated.json, "run `make gen`");
    assert!(committed("openapi-3.0.json") == generated.json_30, "run `make gen`");
}

#[test]
fn every_operation_is_named_and_described() {
    let tags: Vec<&Value> =
        document()["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut ids = BTreeSet::new();
    for operation in operations::all() {
        let Operation { id, value, .. } = operation;
        assert!(ids.insert(id), "{id} stands twice");
        assert!(VERBS.contains(&id.split('_').next().unwrap()), "{id} does not begin with a verb");
        assert!(
            id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            "{id} is not in snake case"
        );
        let tagged = value["tags"].as_array().unwrap();
        assert!(tagged.len() == 1 && tags.contains(&&tagged[0]), "{id} has not one declared tag");
        for field in ["summary", "description"] {
            assert!(!value[field].as_str().unwrap_or_default().is_empty(), "{id} has no {field}");
        }
        operation.kind();
        operation.success();
    }
    assert!(
        tags.iter().all(|tag| operations::all()
            .iter()
            .any(|operation| operation.value["tags"][0] == **tag))
    );
}

#[test]
fn every_parameter_and_every_answer_is_described() {
    for operation in operations::all() {
        let id = &operation.id;
        for parameter in operation.value["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(document(), parameter);
            assert!(parameter["description"].is_string(), "{id}: {parameter}");
        }
        for (status, response) in operation.value["responses"].as_object().unwrap() {
            let response = resolved(document(), response);
            assert!(response["description"].is_string(), "{id} {status}");
            for header in
                ["X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
            {
                assert!(
                    response["headers"][header].is_object(),
                    "{id} {status} declares no {header}"
                );
            }
            let content = &response["content"];
            if status.starts_with(['4', '5']) {
                let problem = json!({"$ref": "#/components/schemas/Problem"});
                assert_eq!(content["application/problem+json"]["schema"], problem, "{id} {status}");
                assert_eq!(content["application/json"]["schema"], problem, "{id} {status}");
            }
        }
    }
}

#[test]
fn every_example_is_valid() {
    let mut found = Vec::new();
    examples(document(), "", &mut found);
    assert!(found.len() > 100, "{} examples", found.len());
    let wrong = found.into_iter().filter_map(|(at, schema, example)| {
        let faults = operations::faults(&at, || schema, &example);
        (!faults.is_empty()).then(|| format!("{at}: {faults:?}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_body_has_an_example_with_every_required_field() {
    for operation in
        operations::all().iter().filter(|operation| operation.value.get("requestBody").is_some())
    {
        if operation.takes_octets() {
            continue; // any bytes will do
        }
        let name = operation
            .body_schema()
            .unwrap_or_else(|| panic!("{} takes an unnamed body", operation.id));
        let schema = &document()["components"]["schemas"][name];
        let example =
            operation.example(document()).unwrap_or_else(|| panic!("{name} has no example"));
        for field in schema["required"].as_array().into_iter().flatten() {
            assert!(
                example.get(field.as_str().unwrap()).is_some(),
                "{name}'s example lacks {field}"
            );
        }
        assert_eq!(schema["additionalProperties"], false, "{name} is not closed");
    }
}

#[test]
fn type_names_are_unique() {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for folder in ["src", "crates/core/src"] {
        for source in sources(&root().join(folder)) {
            for name in declared(&source) {
                *names.entry(name).or_default() += 1;
            }
        }
    }
    let twice: Vec<_> = names.iter().filter(|(_, count)| **count > 1).collect();
    assert!(
        twice.is_empty(),
        "two types of one name overwrite each other in the document: {twice:?}"
    );
    for name in document()["components"]["schemas"].as_object().unwrap().keys() {
        // A closed twin of a type that goes both ways is derived: `document/schemas.rs`.
        let is_twin = name.strip_suffix("Input").is_some_and(|name| names.contains_key(name));
        assert!(names.contains_key(name) || is_twin, "where is {name} declared? teach `declared`");
    }
}

on_both! {
    async fn every_operation_works_as_its_example_says(app) {
        for operation in operations::all() {
            let scene = Scene::set(&app).await;
            let role = able(operation);
            let who = scene.someone(role).await;
            scene.perform(operation, role, &who).await.is(operation.success());
        }
    }

    async fn every_change_leaves_an_entry_in_the_audit(app) {
        // Of what nobody known says of an article, nothing is written but the answer.
        let changes = |operation: &Operation| operation.changes() && operation.id != "rate_public_article";
        let written = |operation: &&Operation| changes(operation) || operation.action().ends_with(".export");
        for operation in operations::all().iter().filter(written) {
            let scene = Scene::set(&app).await;
            app.clock.advance(SignedDuration::from_secs(1)); // to come before what made the scene
            let role = able(operation);
            let who = scene.someone(role).await;
            let answer = scene.perform(operation, role, &who).await.is(operation.success());
            let path = format!("/v1/audit-entries?limit=1&outcome=done&action={}", operation.action());
            let entries = app.platform_admin().await.get(&path).await.is(200);
            let request = answer.header("x-request-id");
            assert_eq!(entries.body["data"][0]["request_id"], request, "{} left no entry", operation.id);
        }
    }

    async fn an_unknown_path_is_a_problem_for_every_method(app) {
        for path in ["/", "/v1", "/v1/", "/v1/nothing", "/v1/tenants/", "/v1//tenants", "/V1/tenants"] {
            for method in METHODS {
                let answer = app.nobody().send(method.clone(), path, None, &[]).await.is(404);
                promised(&answer);
                if method != Method::HEAD {
                    answer.is_refused("request.unknown_path");
                }
            }
        }
    }

    async fn a_method_that_a_path_has_not_is_a_problem_that_names_those_it_has(app) {
        let admin = app.platform_admin().await;
        for (path, methods) in paths() {
            for method in METHODS.into_iter().filter(|method| !methods.contains(method.as_str())) {
                let answer = admin.send(method.clone(), &path, None, &[]).await.is(405);
                promised(&answer);
                let allow = answer.header("allow");
                let allowed: BTreeSet<String> = allow.split(", ").map(str::to_owned).collect();
                assert_eq!(allowed, methods, "{method} {path}");
                if method != Method::HEAD {
                    answer.is_refused("request.method_not_allowed");
                }
            }
        }
    }

    async fn every_answer_has_the_headers_that_are_promised(app) {
        let scene = Scene::set(&app).await;
        for operation in operations::all() {
            let who = scene.someone(able(operation)).await;
            kept_as_promised(operation, &scene.call(operation, Role::PlatformAdmin, &app.nobody()).await);
            kept_as_promised(operation, &scene.perform(operation, able(operation), &who).await);
        }
        for page in ["/healthz", "/readyz", "/docs/", "/nothing"] {
            sent_by_all(&app.nobody().get(page).await);
        }
    }

    async fn a_request_id_is_taken_if_it_is_well_formed(app) {
        let ask = async |id: &str| app.nobody().send(Method::GET, "/v1/tenants", None, &[("x-request-id", id)]).await;
        for good in ["a-client-s-own-id", "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e15", "12345678", "a.b_c-d.e"] {
            let answer = ask(good).await.is_refused("auth.required");
            assert_eq!(answer.header("x-request-id"), good);
        }
        let long = "x".repeat(65);
        for bad in ["short", "with a space in it", "semi;colon;colon", "<script>alert", &long] {
            let answer = ask(bad).await.is_refused("auth.required");
            assert_ne!(answer.header("x-request-id"), bad);
            assert!(uuid::Uuid::parse_str(&answer.header("x-request-id")).is_ok());
        }
    }

    async fn a_client_that_takes_only_json_gets_its_problems_as_json(app) {
        for (accept, media) in [
            ("application/json", "application/json"),
            ("application/json;q=0.9", "application/json"),
            ("application/json, application/problem+json", "application/problem+json"),
            ("*/*", "application/problem+json"),
            ("text/html", "application/problem+json"),
        ] {
            for path in ["/v1/tenants", "/v1/nothing"] {
                let answer = app.nobody().send(Method::GET, path, None, &[("accept", accept)]).await;
                assert_eq!(answer.header("content-type"), media, "{accept}");
                assert_eq!(answer.body["status"], answer.status.as_u16());
            }
        }
    }

    async fn only_pages_on_the_list_may_read_answers(app) {
        let ask = async |method: Method, headers: &[(&str, &str)]| {
            app.nobody().send(method, "/v1/tenants", None, headers).await
        };
        let ours = ask(Method::GET, &[("origin", "https://app.example")]).await.is(401);
        assert_eq!(ours.header("access-control-allow-origin"), "https://app.example");
        assert!(ours.header("access-control-expose-headers").contains("x-request-id"));
        for foreign in ["https://evil.example", "https://app.example.evil.example", "http://app.example", "null"] {
            let theirs = ask(Method::GET, &[("origin", foreign)]).await.is(401);
            assert_eq!(theirs.header("access-control-allow-origin"), "", "{foreign}");
        }
        let asks = [("access-control-request-method", "PATCH"), ("access-control-request-headers", "if-match")];
        let ours = ask(Method::OPTIONS, &[("origin", "https://app.example"), asks[0], asks[1]]).await.is(200);
        assert!(ours.header("access-control-allow-methods").contains("PATCH"));
        assert!(ours.header("access-control-allow-headers").contains("if-match"));
        let theirs = ask(Method::OPTIONS, &[("origin", "https://evil.example"), asks[0], asks[1]]).await;
        assert_eq!(theirs.header("access-control-allow-origin"), "");
        assert_eq!(theirs.header("access-control-allow-credentials"), "");
    }

    async fn every_code_has_its_page(app) {
        for code in Code::ALL {
            let page = app.nobody().get(&format!("/problems/{code}")).await.is(200);
            assert!(page.raw.contains(&format!("<code>{code}</code>")), "{}", page.raw);
            assert!(page.header("content-type").starts_with("text/html"));
            assert_eq!(page.header("content-security-policy"), "default-src 'none'");
        }
        app.nobody().get("/problems/no.such_code").await.is(404).is_refused("resource.not_found");
    }

    async fn the_documents_are_served(app) {
        let served = app.nobody().get("/openapi.json").await.is(200);
        assert!(served.raw == committed("openapi.json"));
        let served = app.nobody().get("/openapi-3.0.json").await.is(200);
        assert!(served.raw == committed("openapi-3.0.json"));
    }

    async fn swagger_ui_is_served_from_the_binary(app) {
        let page = app.nobody().get("/docs/").await.is(200);
        assert!(page.raw.contains("swagger-ui"), "{}", page.raw);
        let start = app.nobody().get("/docs/swagger-initializer.js").await.is(200);
        assert!(start.raw.contains("/openapi.json"), "{}", start.raw);
        app.nobody().get("/docs/swagger-ui-bundle.js").await.is(200);
        app.nobody().get("/docs").await.is(200); // sent on to /docs/
    }

    async fn health_and_keys_are_served(app) {
        assert_eq!(app.nobody().get("/healthz").await.is(200).raw, "ok\n");
        assert_eq!(app.nobody().get("/readyz").await.is(200).raw, "ready\n");
        let keys = app.nobody().get("/.well-known/jwks.json").await.is(200);
        let key = keys.body["keys"][0].as_object().unwrap();
        assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
        assert!(!key.contains_key("d"), "the secret half is out");
    }
}

/// A role that may use an operation.
fn able(operation: &Operation) -> Role {
    let mut able = roles()
        .iter()
        .filter(|role| operation.is_public() || operation.grant(**role) != Grant::Never);
    *able.next().unwrap_or_else(|| panic!("nobody may {}", operation.id))
}

/// Every path of the document, with an id in it, and the methods that it has.
fn paths() -> BTreeMap<String, BTreeSet<String>> {
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations::all() {
        let names = operation.parameters("path");
        let path = operation.path_with(&names.iter().map(|name| (*name, ID)).collect::<Vec<_>>());
        paths.entry(path).or_default().insert(operation.method.to_string());
    }
    paths
}

/// As [`promised`]; what the document says may be kept names for how long, and its `ETag`.
#[track_caller]
fn kept_as_promised(operation: &Operation, answer: &Answer) {
    if operation.value["x-cached"] != true || !answer.status.is_success() {
        return promised(answer);
    }
    sent_by_all(answer);
    assert!(answer.header("cache-control").ends_with(", max-age=60"), "{}", operation.id);
    assert!(!answer.etag().is_empty(), "{}", operation.id);
}

/// An answer of the API has the headers of all answers, and is not to be stored.
#[track_caller]
fn promised(answer: &Answer) {
    sent_by_all(answer);
    assert_eq!(answer.header("cache-control"), "no-store");
}

/// The headers of all answers.
#[track_caller]
fn sent_by_all(answer: &Answer) {
    assert!(!answer.header("x-request-id").is_empty());
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    for figure in ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"] {
        assert!(answer.header(figure).parse::<u32>().is_ok(), "{figure}: {:?}", answer.headers);
    }
    if answer.status == 401 {
        assert!(answer.header("www-authenticate").starts_with("Bearer "));
    }
}

/// Every example of the document with the schema that it is of.
fn examples(value: &Value, at: &str, into: &mut Vec<(String, Value, Value)>) {
    if let Value::Array(items) = value {
        for (index, item) in items.iter().enumerate() {
            examples(item, &format!("{at}/{index}"), into);
        }
    }
    let Value::Object(object) = value else { return };
    // Where keys are names of our own and not words of the format.
    let is_names = ["/properties", "/schemas", "/examples"].iter().any(|end| at.ends_with(end));
    let schema = object.get("schema").unwrap_or(value);
    let mut found = |example: &Value| into.push((at.to_owned(), schema.clone(), example.clone()));
    match (is_names, object.get("example"), object.get("examples")) {
        (false, Some(example), _) => found(example),
        (false, None, Some(Value::Array(several))) => several.iter().for_each(found),
        (false, None, Some(Value::Object(named))) => {
            named.values().for_each(|named| found(&named["value"]));
        }
        _ => {}
    }
    let samples = ["example", "examples", "default", "enum", "const", "links"];
    for (name, inner) in object {
        if is_names || !samples.contains(&name.as_str()) {
            examples(inner, &format!("{at}/{name}"), into);
        }
    }
}

/// The names of the types that a source puts into the document.
fn declared(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let word = |text: &str| {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let (mut derives, mut renamed, mut within) = (false, None, "");
    for line in source.lines().map(str::trim) {
        derives |= line.contains("derive(") && line.contains("ToSchema");
        renamed = line.split("schema(as = ").nth(1).map(word).or(renamed);
        let bare = match line.strip_prefix("pub") {
            Some(rest) => {
                rest.split_once(' ').map_or("", |(_, rest)| rest.trim_start_matches("crate::api) "))
            }
            None => line,
        };
        let item = bare.strip_prefix("struct ").or_else(|| bare.strip_prefix("enum "));
        // A macro's own text declares nothing yet: it names `$name`.
        if let (true, Some(item)) = (derives, item.filter(|item| !item.starts_with('$'))) {
            names.push(renamed.take().unwrap_or_else(|| word(item)));
            derives = false;
        }
        within = match line {
            "text! {" | "words! {" | "id! {" | "page! {" | "counted_page! {" | "said! {"
            | "worded! {" => line,
            "}" => "",
            _ => within,
        };
        if !within.is_empty() && line.starts_with(|c: char| c.is_ascii_uppercase()) {
            names.push(word(line));
            within = "";
        }
    }
    for name in
        source.split("impl utoipa::ToSchema for ").skip(1).filter(|rest| !rest.starts_with('$'))
    {
        names.push(word(name));
    }
    names
}

/// Every source of a folder.
fn sources(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// A committed document.
fn committed(name: &str) -> String {
    std::fs::read_to_string(root().join("openapi").join(name)).expect("a committed document")
}

/// The package's folder.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
