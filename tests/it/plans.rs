//! No query of a list, get or search walks a whole table: its plan is asked for at a hundred thousand
//! rows, for every filter, order and page that the document offers.

use std::collections::BTreeSet;

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::batch;
use crate::support::burglar::Burglar;
use crate::support::operations::{self, Operation, document, resolved};

/// Rows of each table that grows.
const ROWS: u32 = 100_000;
/// The tables that grow; the plan of a small one says nothing.
const LARGE: [&str; 47] = [
    "tenants",
    "tenant_terms",
    "owners",
    "audit_entries",
    "audit_seals",
    "decisions",
    "accounts",
    "sessions",
    "second_factors",
    "jobs",
    "job_results",
    "uploads",
    "roles",
    "role_permissions",
    "user_roles",
    "applications",
    "application_children",
    "application_terms",
    "invitations",
    "notifications",
    "tickets",
    "ticket_originals",
    "ticket_targets",
    "ticket_entries",
    "ticket_watchers",
    "ticket_actions",
    "ticket_terms",
    "attachments",
    "ticket_codes",
    "ticket_objections",
    "ticket_details",
    "ticket_links",
    "ticket_tags",
    "internal_tickets",
    "internal_ticket_links",
    "internal_ticket_comments",
    "canned_replies",
    "canned_reply_tags",
    "articles",
    "article_versions",
    "article_tags",
    "article_contexts",
    "article_terms",
    "article_feedback",
    "help_words",
    "help_searches",
    "help_search_shown",
];
/// A tenant among the many, in use: of one that is suspended nobody is shown anything.
const SOME: u32 = 501;
/// So many tenants from [`SOME`] on share what belongs to tenants: with few rows each, sorting them would be
/// as good as an index.
const SHARERS: u32 = 190;

/// The rows, in words that both engines understand once [`said`] has put in their ways of saying the rest.
const LOAD: &str = "
    INSERT INTO tenants SERIES
    SELECT ID, 'slug-' || n, 'Camp W' || n, 'camp w' || n,
        CASE n % 3 WHEN 0 THEN 'camp' WHEN 1 THEN 'school' ELSE 'practice' END,
        CASE n % 20 WHEN 0 THEN 'suspended' ELSE 'active' END, 'office@camp.example', '[]', AT, '[]',
        '{\"time_zone\":\"UTC\",\"locale\":\"en\",\"dormancy_days\":90,\"support_user_second_factor\":false,
          \"help_search_required\":true,\"site_admin_wait_days\":2,\"copy_on_referrals\":false,\"no_access_procedure\":null}',
        AT, AT, 1 FROM s;
    INSERT INTO tenant_terms SERIES SELECT 'camp', ID FROM s;
    INSERT INTO tenant_terms SERIES SELECT 'w' || n, ID FROM s;
    INSERT INTO owners SERIES
    SELECT ID, ID, 'Ana Ruiz', 'ana@camp.example', 'ana@camp.example', NULL, AT, AT, AT, 1 FROM s;
    INSERT INTO accounts (id, realm, tenant_id, role, status, sign_in_key, name, email, email_key, locale, created_at, updated_at, version) SERIES
    SELECT ID, 'tenant', TENANT, 'member', 'active', 'ana' || n, 'Ana Ruiz', 'ana' || n || '@camp.example', 'ana' || n || '@camp.example', 'en', AT, AT, 1 FROM s;
    INSERT INTO second_factors SERIES SELECT ID, BYTES, AT, AT, 0 FROM s;
    INSERT INTO sessions SERIES SELECT ID, ID, AT, AT, AT, NULL, NULL, NULL, NULL FROM s;
    INSERT INTO roles SERIES SELECT ID, TENANT, 'Role ' || n, 'role ' || n, NULL, AT, AT, 1 FROM s;
    INSERT INTO role_permissions SERIES SELECT ID, 'users.read', 1 FROM s;
    INSERT INTO user_roles SERIES SELECT ID, ID, ID, AT FROM s;
    INSERT INTO audit_entries SERIES
    SELECT ID, 'tenant:' || UUID_OF_TENANT, TENANT, AT, 'site_admin', ID, ID,
        CASE n % 4 WHEN 0 THEN 'tenant.suspend' ELSE 'tenant.update' END, ID,
        CASE n % 10 WHEN 0 THEN 'denied' ELSE 'done' END, NULL, 1, NULL, NULL, 'a-request', BYTES FROM s;
    INSERT INTO decisions SERIES
    SELECT ID, TENANT, AT, 200001 + n % 12 + 100 * (n % 30), NULL, 'tier1', ID, 'family', NULL, 'none',
        CASE n % 3 WHEN 0 THEN 'email' ELSE 'phone' END,
        CASE n % 4 WHEN 0 THEN 'finance.refund' ELSE 'health.lockout.unlock' END,
        CASE n % 4 WHEN 0 THEN 'finance.refund' ELSE 'health.lockout.unlock' END, 'refer_to_organization', '[]', '[]', '[]',
        '1+00000000', 'en', 'Your organisation does.', 'a-request', ID FROM s;
    INSERT INTO jobs SERIES
    SELECT ID, TENANT, 'roster_import', CASE n % 4 WHEN 0 THEN 'failed' ELSE 'succeeded' END, ID, NULL, '{}', 'null', NULL, 1, 0, 0,
        NULL, NULL, AT, NULL, NULL, '[]', AT, AT, AT, 1 FROM s;
    INSERT INTO job_results SERIES
    SELECT ID, n, CASE n % 4 WHEN 0 THEN 'failed' ELSE 'created' END, NULL, '[]' FROM s;
    INSERT INTO uploads SERIES
    SELECT ID, TENANT, ID, 'roster', 'staff.csv', NULL, 'pending', NULL, NULL, NULL, NULL, AT, NULL, AT, 1 FROM s;
    INSERT INTO applications SERIES
    SELECT ID, TENANT, 'A-' || n, 'a-' || n, 'Camp W' || n, 'camp w' || n, 'a@camp.example', NULL, 'email', 'en', 'submitted',
        CASE n % 4 WHEN 0 THEN 'invited' ELSE 'none' END, INVITED, NULL, NULL, NULL, AT, NULL, AT, AT, 1 FROM s;
    INSERT INTO application_children SERIES SELECT ID, 0, TENANT, 'K-' || n, 'k-' || n, NULL FROM s;
    INSERT INTO application_terms SERIES SELECT TENANT, 'camp', ID FROM s;
    INSERT INTO application_terms SERIES SELECT TENANT, 'w' || n, ID FROM s;
    INSERT INTO notifications (id, tenant_id, kind, method, recipient, locale, facts, state, attempts, due_at, created_at, contact_key) SERIES
    SELECT ID, TENANT, CASE n % 3 WHEN 0 THEN 'invitation' ELSE 'enrolment' END, 'email', 'a@camp.example', 'en', '{}',
        CASE n % 4 WHEN 0 THEN 'failed' ELSE 'sent' END, 1, AT, AT, 'a' || n FROM s;
    INSERT INTO suppressions SERIES
    SELECT ID, CASE n % 2 WHEN 0 THEN 'email' ELSE 'sms' END, 'a' || n, CASE n % 3 WHEN 0 THEN 'stopped' ELSE 'bounced' END, NULL, AT, 1 FROM s;
    INSERT INTO invitations SERIES
    SELECT ID, TENANT, ID, 'email', 'a@camp.example', CASE n % 4 WHEN 0 THEN 'pending' ELSE 'replaced' END, BYTES, 'H' || n, BYTES, 0,
        NULL, NULL, AT, AT, NULL, NULL, 1 FROM s;
    INSERT INTO tickets SERIES
    SELECT ID, n, TENANT, 'ordinary', CASE n % 4 WHEN 0 THEN 'new' ELSE 'open' END, 1 + n % 2,
        CASE n % 3 WHEN 0 THEN 'high' ELSE 'normal' END, NULL, ID,
        CASE n % 4 WHEN 0 THEN 'finance.refund' ELSE 'technical.error.report' END, 'assist', ID, 'support_user', ID, 'portal',
        'signed_in', 'en', NULL, ID, FALSE, TRUE, FALSE, 'Camp', NULL, NULL, NULL, NULL, NULL, AT, AT, 1, INVITED FROM s;
    INSERT INTO ticket_targets SERIES SELECT ID, NULL, NULL, 0, NULL, NULL, NULL, NULL FROM s;
    INSERT INTO ticket_originals SERIES SELECT ID, NULL, NULL, BYTES FROM s;
    INSERT INTO ticket_entries SERIES
    SELECT ID, ID, AT, 'reply', 'support_user', ID, NULL, FALSE, 'Camp', NULL, '[]', '{}' FROM s;
    INSERT INTO ticket_watchers SERIES SELECT ID, AT, ID, ID, AT FROM s;
    INSERT INTO ticket_terms SERIES SELECT ID, 'camp', TENANT, AT, FALSE FROM s;
    INSERT INTO ticket_terms SERIES SELECT ID, 'w' || n, TENANT, AT, FALSE FROM s;
    INSERT INTO ticket_links SERIES SELECT ID, ID, 'follow_up', ID, AT FROM s;
    INSERT INTO ticket_details SERIES SELECT ID, NULL, NULL, 'K-1', NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, '{}' FROM s;
    INSERT INTO ticket_tags SERIES SELECT CASE n WHEN 501 THEN 'policy_question' ELSE 'tag' || n END, AT, ID FROM s;
    INSERT INTO ticket_actions SERIES SELECT ID, ID, 'contacted_requester', ID, AT FROM s;
    INSERT INTO attachments SERIES
    SELECT ID, ID, TENANT, ID, 'screen.png', NULL, 'image/png', 48213, NULL, 'quarantined', NULL, AT, AT, AT, NULL, NULL, 2, '[]' FROM s;
    INSERT INTO ticket_codes SERIES SELECT ID, ID, 'email', BYTES, 0, ID, AT, AT, NULL FROM s;
    INSERT INTO ticket_objections SERIES SELECT ID, ID, NULL, ID, ID, 'open', AT, NULL, NULL, NULL FROM s;
    UPDATE ticket_objections SET state = 'dismissed', decided_at = created_at
    WHERE ticket_id <> (SELECT id FROM tickets WHERE number = 501);
    INSERT INTO audit_seals SERIES SELECT 'tenant:' || UUID_OF_TENANT, n, ID, BYTES FROM s;
    INSERT INTO internal_tickets SERIES
    SELECT ID, n, CASE n % 3 WHEN 0 THEN 'feature_request' ELSE 'bug' END, 'The list stays empty', 'Until it is loaded.',
        CASE n % 4 WHEN 0 THEN 'high' ELSE 'normal' END, CASE n % 5 WHEN 0 THEN 'accepted' ELSE 'reported' END,
        ID, AT, AT, NULL, 1 FROM s;
    INSERT INTO internal_ticket_links SERIES SELECT ID, ID, ID, AT FROM s;
    INSERT INTO internal_ticket_comments SERIES SELECT ID, ID, ID, 'developer', 'It happens in Firefox only.', AT FROM s;
    INSERT INTO canned_replies SERIES
    SELECT ID, 'Reply ' || n, 'reply ' || n, 'Hello', CASE n % 2 WHEN 0 THEN 'en' ELSE 'es' END, '[]', ID, ID, AT, AT, 1 FROM s;
    INSERT INTO canned_reply_tags SERIES
    SELECT CASE n % 10 WHEN 0 THEN 'access' ELSE 'password' END, 'reply ' || n, ID, CASE n % 2 WHEN 0 THEN 'en' ELSE 'es' END FROM s;
    INSERT INTO articles SERIES
    SELECT ID, TENANT, replace(UUID_OF_TENANT, '-', ''), CASE n % 2 WHEN 0 THEN 'faq' ELSE 'article' END,
        CASE n % 3 WHEN 0 THEN 'public' ELSE 'staff' END, CASE n % 4 WHEN 0 THEN 'draft' ELSE 'published' END, 'en',
        'Camp W' || n, NULL, 'A camp', NULL, NULL, '[]', '[]', NULL, 0, 0, AT, AT, AT, NULL, 1 FROM s;
    INSERT INTO article_versions SERIES SELECT ID, 1, 'created', '{}', ID, AT FROM s;
    INSERT INTO article_tags SERIES SELECT 'tag' || n, ID FROM s;
    INSERT INTO article_contexts SERIES SELECT 'screen.s' || n, ID FROM s;
    INSERT INTO article_terms SERIES SELECT 'en', replace(UUID_OF_TENANT, '-', '') || '.staff', 'camp', ID, 1000 FROM s;
    INSERT INTO article_terms SERIES SELECT 'en', 'desk.staff', 'w' || n, ID, 1000 FROM s;
    INSERT INTO help_words SERIES SELECT 'en', 'w' || n, 'm' || n, 6, 'w' || n FROM s;
    INSERT INTO help_searches SERIES SELECT ID, ID, NULL, AT, NULL, 'camp', 1 FROM s;
    INSERT INTO help_search_shown SERIES SELECT ID, 1, ID, NULL FROM s;
    INSERT INTO article_feedback SERIES SELECT ID, ID, ID, NULL, n % 2 = 0, NULL, AT FROM s;
    ANALYZE;";

on_both! {
    async fn no_query_walks_a_whole_table(app) {
        let mut burglar = app.burglar();
        burglar.run(&said(LOAD, app.database.is_sqlite()));
        let some = TenantId::of(id_of(SOME));
        let mut asked = BTreeSet::new();
        let readers = [
            (Role::PlatformAdmin, None), (Role::DeskManager, None), (Role::SiteAdmin, Some(some)), (Role::SupportUser, Some(TenantId::of(id_of(SOME + 1)))),
            (Role::TierOne, None), (Role::TierTwo, None),
        ];
        for (role, tenant) in readers {
            let who = app.someone(role, tenant).await;
            let is_for_them = |operation: &&Operation| {
                let is_of_tickets = operation.action().starts_with("ticket.");
                // Behind the rows that are made here stand no files.
                let is_of_attachments = operation.action() == "attachment.read" && operation.id != "read_attachment_content";
                let is_for_role = match role {
                    Role::SupportUser | Role::TierOne => is_of_tickets,
                    Role::TierTwo => is_of_attachments,
                    _ => true,
                };
                operation.method == Method::GET && is_for_role
            };
            for operation in operations::all().iter().filter(is_for_them) {
                for path in paths(operation) {
                    walk(&who, &path, &mut asked).await;
                }
            }
            for body in batches().iter().filter(|_| role == Role::SiteAdmin) {
                let ((), sent) = app.statements_of(carry_out(&who, body)).await;
                keep(sent, &mut asked);
            }
            search(&who, &mut asked).await;
        }
        assert!(asked.len() > 30, "{asked:#?}");
        let bad = asked.iter().flat_map(|query| faults(&mut burglar, query));
        let bad: Vec<String> = bad.collect();
        assert!(bad.is_empty(), "{} of {} queries:\n{}", bad.len(), asked.len(), bad.join("\n\n"));
    }
}

/// Batches by each of the filters and by all of them, tried out.
fn batches() -> Vec<Value> {
    let filters = [
        json!({"status": "submitted"}),
        json!({"online_account": "invited"}),
        json!({"q": "camp"}),
        json!({"child_id": "K-501"}),
        json!({"status": "submitted", "online_account": "none", "q": "w501", "child_id": "K-501"}),
    ];
    let batch = |filter: Value| json!({"method": "email", "filter": filter, "dry_run": true});
    filters.map(batch).to_vec()
}

/// Asks for a batch, which may mean nobody, and runs it.
async fn carry_out(who: &Actor<'_>, body: &Value) {
    let asked = who.post("/v1/invitation-batches", body.clone()).await;
    assert!(matches!(asked.status.as_u16(), 202 | 422), "{}", asked.body);
    batch::run(who.app).await;
}

/// Asks for a path and, if it is a list, for its second page; keeps every SELECT that was sent.
async fn walk(who: &Actor<'_>, path: &str, asked: &mut BTreeSet<String>) {
    let (answer, sent) = who.app.statements_of(first_part(who, path)).await;
    keep(sent, asked);
    let Some(cursor) = answer["next_cursor"].as_str() else { return };
    let joint = if path.contains('?') { '&' } else { '?' };
    let next = format!("{path}{joint}cursor={cursor}");
    let (_, sent) = who.app.statements_of(first_part(who, &next)).await;
    keep(sent, asked);
}

/// Searches the help centre, with words that are there, that begin so, and that are mistyped; keeps every SELECT.
async fn search(who: &Actor<'_>, asked: &mut BTreeSet<String>) {
    for query in ["camp w500", "camps w5", "wampr campings"] {
        let body = json!({"query": query, "context_key": "screen.s500"});
        let (answer, sent) = who.app.statements_of(who.post("/v1/help-searches", body)).await;
        answer.is(200);
        keep(sent, asked);
    }
}

/// The first part of an answer: a stream is not read to its end.
async fn first_part(who: &Actor<'_>, path: &str) -> Value {
    let mut response = who.request(Method::GET, path).send().await.unwrap();
    let status = response.status();
    let mut text = Vec::new();
    let is_stream = response.headers()["content-type"] == "application/octet-stream";
    while let Some(chunk) = response.chunk().await.unwrap() {
        text.extend_from_slice(&chunk);
        if is_stream {
            break;
        }
    }
    assert!(
        status.is_success() || matches!(status.as_u16(), 403 | 404),
        "{path}: {}",
        String::from_utf8_lossy(&text)
    );
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Keeps statements that read, without what was bound to them.
fn keep(sent: Vec<String>, asked: &mut BTreeSet<String>) {
    let reads = sent.into_iter().filter(|statement| statement.starts_with("SELECT"));
    asked.extend(reads.map(|statement| statement.split(" -- binds").next().unwrap().to_owned()));
}

/// Every path of an operation, with none, one and two of its filters, in each of its orders, counted
/// and not.
fn paths(operation: &Operation) -> Vec<String> {
    let id = id_of(SOME).to_string();
    let names = operation.parameters("path");
    let base =
        operation.path_with(&names.iter().map(|name| (*name, id.as_str())).collect::<Vec<_>>());
    let query = operation.parameters("query");
    let is_filter = |name: &&str| !matches!(*name, "limit" | "cursor" | "sort" | "include_total");
    let filters: Vec<String> =
        query.iter().copied().filter(is_filter).flat_map(|name| values(operation, name)).collect();
    let mut sets: Vec<Vec<String>> = vec![Vec::new()];
    sets.extend(filters.iter().map(|one| vec![one.clone()]));
    let pairs = filters.iter().enumerate().flat_map(|(at, one)| {
        filters[at + 1..].iter().map(move |other| vec![one.clone(), other.clone()])
    });
    let name_of = |filter: &String| filter.split('=').next().unwrap().to_owned();
    sets.extend(pairs.filter(|pair| name_of(&pair[0]) != name_of(&pair[1])));
    let with = |sets: &[Vec<String>], more: &str| -> Vec<Vec<String>> {
        sets.iter().map(|set| [set.clone(), vec![more.to_owned()]].concat()).collect()
    };
    if operation.id == "list_tickets" {
        // Each filter by itself says which index is taken; every pair in every order would take too long.
        let few: Vec<_> = sets.iter().filter(|set| set.len() < 2).cloned().collect();
        for order in ["oldest", "updated", "priority"] {
            sets.extend(with(&few, &format!("sort={order}")));
        }
        let queues = ["objections", "quarantine"].map(|view| vec![format!("view={view}")]);
        sets.extend(with(&queues, "q=camp"));
        sets.extend(queues);
    } else if query.contains(&"sort") {
        sets.extend(with(&sets, "sort=name"));
    }
    if query.contains(&"include_total") {
        sets.extend(with(&sets, "include_total=true"));
    }
    sets.iter()
        .map(|set| if set.is_empty() { base.clone() } else { format!("{base}?{}", set.join("&")) })
        .collect()
}

/// What a filter is asked with: its example, an id that is there, a common and a rare word.
fn values(operation: &Operation, name: &str) -> Vec<String> {
    if name.ends_with("_id") {
        return vec![format!("{name}={}", id_of(SOME))];
    }
    if name == "q" {
        return vec!["q=camp".to_owned(), "q=w501".to_owned(), "q=camp%20w5".to_owned()];
    }
    let parameters = operation.value["parameters"].as_array().unwrap();
    let parameter = parameters.iter().find(|parameter| parameter["name"] == name).unwrap();
    let schema = resolved(document(), &parameter["schema"]);
    let examples = [&parameter["example"], &schema["example"]];
    let example = examples.into_iter().find_map(|example| match example {
        Value::String(text) => Some(text.clone()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    });
    vec![format!("{name}={}", example.unwrap_or_else(|| panic!("{name} has no example")))]
}

/// What is wrong with the plan of a query.
fn faults(burglar: &mut Burglar, query: &str) -> Vec<String> {
    let is_sqlite = matches!(burglar, Burglar::Sqlite(_));
    let plan = plan_of(burglar, query);
    let walks = |line: &&String| {
        if is_sqlite { walks_on_sqlite(line, query) } else { walks_on_postgres(line, query) }
    };
    plan.iter()
        .filter(walks)
        .map(|line| format!("{line}\n    {query}\n    {}", plan.join("\n    ")))
        .collect()
}

/// Queries that may sort what they find, by what stands in them: few rows, or those of a search: those of a
/// tenant who help others, one tenant, somebody's roles and training, an organisation's keys, who has an
/// address, what a part of a batch locks, what somebody is in copy of, what is due soon, what a ticket is marked with, and words that a mistyped one is held
/// against, and whom a family is linked to. Suppressions are one for each contact that bounced or said STOP,
/// whoever wrote to it. The drafts that somebody made are few. Objections that nobody has decided are few, as are tickets on which a rare word stands, and what is attached to one ticket are a hundred
/// rows at most. What a reader sees nothing of is nothing.
const SORTED: [&str; 27] = [
    "1 = 0",
    "COUNT(*) FROM decisions",
    "FROM suppressions WHERE EXISTS",
    "ORDER BY applications.id",
    "owners",
    "tenant_terms",
    "application_terms",
    "application_children",
    "article_tags",
    "article_contexts",
    "article_versions.version = 1",
    "tenants LEFT OUTER JOIN accounts",
    "(tenants.id = $",
    "FROM (user_roles INNER JOIN roles",
    "FROM (api_keys INNER JOIN accounts",
    "FROM training_records WHERE",
    "WHERE ((accounts.email_key = ",
    " FOR UPDATE",
    "ticket_watchers",
    "tickets.id = ANY(",
    "tickets.id IN (",
    "tickets.next_due_at <= ",
    "ticket_objections.state = 'open'",
    "FROM (attachments INNER JOIN accounts",
    "ticket_tags",
    "help_words",
    "GROUP BY applications.tenant_id",
];
/// Whether a query may sort what it finds.
fn may_sort(query: &str) -> bool {
    let bare = query.replace(['`', '"'], "");
    SORTED.iter().any(|words| bare.contains(words))
}

/// `SCAN t` reads all of `t`, unless an index gives the order and a limit the end; a temporary tree
/// sorts all that was found, to show one page of it.
fn walks_on_sqlite(line: &str, query: &str) -> bool {
    let scanned = line.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
    let in_order = line.contains("USING") && line.contains("INDEX") && query.contains(" LIMIT ");
    let sorts = line.contains("TEMP B-TREE FOR ORDER BY") && !may_sort(query);
    scanned.is_some_and(|table| LARGE.contains(&table)) && !in_order || sorts
}

/// `Seq Scan on t` reads all of `t`; `Sort` sorts all that was found, to show one page of it.
fn walks_on_postgres(line: &str, query: &str) -> bool {
    let sorts = line.contains("Sort  (cost") && !may_sort(query);
    LARGE.iter().any(|table| line.contains(&format!("Seq Scan on {table}"))) || sorts
}

/// The plan of a query, a step a line; on PostgreSQL the one that does for every value.
pub(crate) fn plan_of(burglar: &mut Burglar, query: &str) -> Vec<String> {
    if matches!(burglar, Burglar::Sqlite(_)) {
        return burglar.plan(&format!("EXPLAIN QUERY PLAN {query}"));
    }
    let binds = (1..100).take_while(|n| query.contains(&format!("${n}"))).count();
    let nulls = vec!["NULL"; binds].join(", ");
    let arguments = if binds == 0 { String::new() } else { format!("({nulls})") };
    burglar.run(&format!("SET plan_cache_mode = force_generic_plan; PREPARE asked AS {query}"));
    let plan = burglar.plan(&format!("EXPLAIN EXECUTE asked{arguments}"));
    burglar.run("DEALLOCATE asked");
    plan
}

/// The id of the rows of a number.
fn id_of(n: u32) -> Uuid {
    Uuid::from_u128((0x0193_u128 << 112) | u128::from(n))
}

/// Statements with the engine's own words for a series of numbers, ids, times and bytes.
fn said(sql: &str, is_sqlite: bool) -> String {
    let series =
        format!("WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {ROWS})");
    let tenant = format!("{SOME} + n % {SHARERS}");
    let uuid = |number: &str| {
        if is_sqlite {
            format!("printf('%08x-0000-0000-0000-%012x', 26411008, {number})")
        } else {
            format!("('01930000-0000-0000-0000-' || lpad(to_hex({number}), 12, '0'))")
        }
    };
    let id = |number: &str| {
        if is_sqlite {
            format!("unhex(printf('0193%028x', {number}))")
        } else {
            format!("{}::uuid", uuid(number))
        }
    };
    let (at, bytes) = if is_sqlite {
        ("(1763000000000000 + n * 1000000)", "unhex(printf('%064x', n))")
    } else {
        ("to_timestamp(1763000000 + n)", "decode(lpad(to_hex(n), 64, '0'), 'hex')")
    };
    // Only of what is invited a day is known until when.
    let invited = format!("CASE n % 4 WHEN 0 THEN {at} END");
    let words = [
        ("SERIES", series.as_str()),
        ("UUID_OF_TENANT", &uuid(&tenant)),
        ("UUID", &uuid("n")),
        ("BYTES", bytes),
    ];
    let sql = words.iter().fold(sql.to_owned(), |sql, (word, said)| sql.replace(word, said));
    // The short ones as whole words only.
    let whole = |text: String, (word, said): (&str, &str)| {
        let mut out = text.replace(&format!(" {word},"), &format!(" {said},"));
        out = out.replace(&format!(" {word} FROM"), &format!(" {said} FROM"));
        out.replace(&format!(" {word},"), &format!(" {said},"))
    };
    [("TENANT", id(&tenant).as_str()), ("ID", &id("n")), ("AT", at), ("INVITED", &invited)]
        .into_iter()
        .fold(sql, whole)
}
