//! What each operation asks of the database: a statement more shows in a review, a statement per row
//! fails.

use std::fmt::Write;

use caredesk_core::domain::account::Role;
use caredesk_core::domain::permission::PermissionSet;
use caredesk_core::policy::matrix::Grant;
use reqwest::Method;
use serde_json::json;

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::make;
use crate::support::operations::{self, Operation, document, roles};
use crate::support::scene::{Scene, fresh_slug};

/// Statements of an operation that reads: one for the session, two for what it shows.
const READS: usize = 3;

on_both! {
    async fn an_operation_sends_these_statements(app) {
        let mut table = String::new();
        for operation in operations::all() {
            let sent = sent(&app, &Scene::set(&app).await, operation, able(operation)).await;
            let count = sent.iter().filter(|kind| kind.contains(' ')).count();
            writeln!(table, "{:<24}{count:>3}  {}", operation.id, folded(&sent).join(", ")).unwrap();
        }
        insta::assert_snapshot!("statements_by_operation", table); // the same on both
    }

    async fn reading_takes_two_statements_beside_the_session(app) {
        for operation in reading() {
            let able = |role: &&Role| operation.is_public() || operation.grant(**role) != Grant::Never;
            // A Site Admin if they may: what is theirs is a part, which takes more than the whole.
            let role = roles().iter().filter(able).max_by_key(|role| **role == Role::SiteAdmin).unwrap();
            let sent = sent(&app, &Scene::set(&app).await, operation, *role).await;
            // A key's first use within a minute is written down, as a session's is.
            let used = ["BEGIN", "UPDATE api_keys", "COMMIT"];
            let sent: Vec<String> = sent.into_iter().filter(|kind| !used.contains(&kind.as_str())).collect();
            let reads = sent.iter().all(|kind| kind.starts_with("SELECT"));
            assert!(reads && sent.len() <= READS, "{}: {sent:?}", operation.id);
        }
    }

    async fn a_long_list_takes_as_many_statements_as_a_short_one(app) {
        let few = Scene::set(&app).await;
        let lists = || reading().filter(|operation| is_list(operation));
        let mut counts = Vec::new();
        // A platform admin's list grows; what is an organisation's own, its Site Admins list.
        for operation in lists() {
            counts.push(sent(&app, &few, operation, able(operation)).await);
        }
        let mut crowded = make::tenant(&fresh_slug());
        let owner = |n: usize| json!({"name": format!("Owner {n}"), "email": format!("owner.{n}@camp.example")});
        crowded["owners"] = (0..10).map(owner).collect();
        let many = Scene::of(&app, crowded).await;
        for _ in 0..20 {
            app.holder(many.tenant, PermissionSet::all()).await;
        }
        for _ in 0..50 {
            app.tenant_id(&fresh_slug()).await;
        }
        assert!(lists().count() > 2);
        for (operation, before) in lists().zip(counts) {
            let after = sent(&app, &many, operation, able(operation)).await;
            assert_eq!(after, before, "{}", operation.id);
        }
    }
}

/// The first role that may use an operation: a platform admin, if they may.
fn able(operation: &Operation) -> Role {
    let able = |role: &&Role| operation.is_public() || operation.grant(**role) != Grant::Never;
    *roles().iter().find(able).unwrap()
}

/// Operations that only read. An export writes down that it was made.
fn reading() -> impl Iterator<Item = &'static Operation> {
    let exports = |operation: &&Operation| operation.action().ends_with(".export");
    operations::all()
        .iter()
        .filter(move |operation| operation.method == Method::GET && !exports(operation))
}

/// Whether an operation answers with a page of rows.
fn is_list(operation: &Operation) -> bool {
    let page = operation.response(document(), 200).unwrap();
    let name =
        page.pointer("/content/application~1json/schema/$ref").and_then(serde_json::Value::as_str);
    name.is_some_and(|name| name.ends_with("Page"))
}

/// The statements that an operation sends for somebody whose session nobody remembers.
async fn sent(app: &App, scene: &Scene<'_>, operation: &Operation, role: Role) -> Vec<String> {
    let who: Actor<'_> = scene.someone(role).await;
    scene.prepare(operation, &who).await;
    let mut path = scene.path(operation, role);
    let etag = scene.if_match(operation, &path).await;
    if operation.parameters("query").contains(&"limit") {
        path += "?limit=100";
    }
    let call = scene.send(operation, &who, &path, etag.as_deref());
    let (answer, statements) = app.statements_of(call).await;
    answer.is(operation.success());
    // What only one engine needs to lock an address is no statement of the operation.
    let statements = statements.iter().filter(|sql| !sql.contains("pg_advisory_xact_lock"));
    let kinds: Vec<String> = statements.map(|statement| kind(statement)).collect();
    kinds.chunk_by(|a, b| is_bracket(a) && is_bracket(b)).flat_map(bracketed).collect()
}

/// Whether a statement begins or ends a transaction or a part of one.
fn is_bracket(kind: &str) -> bool {
    ["BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"].iter().any(|word| kind.starts_with(word))
}

/// A run of brackets as the one of them that the engine must make durable. The driver tells of each
/// twice, as an event and as a statement; a savepoint costs nothing.
fn bracketed(run: &[String]) -> Vec<String> {
    if !is_bracket(&run[0]) {
        return run.to_vec();
    }
    let twice = |word: &str| run.iter().filter(|kind| *kind == word).count() > 1;
    let ends = twice("COMMIT").then(|| "COMMIT".to_owned());
    let begins = (run.iter().any(|kind| kind == "BEGIN IMMEDIATE") || twice("BEGIN"))
        .then(|| "BEGIN".to_owned());
    ends.into_iter().chain(begins).collect()
}

/// What a statement does, and to which table.
fn kind(statement: &str) -> String {
    let outer = without_parts(statement);
    // `SELECT EXISTS (SELECT ..)` reads nothing but what its part does.
    let outer = if outer.contains(" FROM ") { outer } else { statement.to_owned() };
    let outer = outer.replace(['`', '"', '('], "");
    let words: Vec<&str> = outer.split_whitespace().collect();
    let after =
        |word: &str| words.iter().position(|found| *found == word).and_then(|at| words.get(at + 1));
    let table = match words[0] {
        "SELECT" | "DELETE" => after("FROM"),
        "INSERT" => after("INTO"),
        "UPDATE" => words.get(1),
        _ => None,
    };
    match table {
        Some(table) => format!("{} {}", words[0], table.split('.').next().unwrap()),
        None => words[..words.len().min(2)].join(" "),
    }
}

/// A statement without the SELECTs that stand inside it.
fn without_parts(statement: &str) -> String {
    let mut outer = statement.to_owned();
    while let Some(begin) = outer.find("(SELECT ") {
        let mut depth = 0;
        let closes = |c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        };
        let length = outer[begin..].find(closes).map_or(outer.len() - begin, |at| at + 1);
        outer.replace_range(begin..begin + length, "");
    }
    outer
}

/// Repetitions in one place with their number.
fn folded(kinds: &[String]) -> Vec<String> {
    let runs = kinds.chunk_by(|a, b| a == b);
    runs.map(
        |run| if run.len() == 1 { run[0].clone() } else { format!("{} x{}", run[0], run.len()) },
    )
    .collect()
}
