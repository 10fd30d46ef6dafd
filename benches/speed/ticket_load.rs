//! Tickets with two messages each, as many as are asked for, spread over organisations.

use caredesk::store::StoreError;
use caredesk_core::domain::ids::AccountId;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::cluster::Cluster;
use crate::product::{self, Database};

/// Organisations that have tickets.
const TENANTS: u32 = 200;
/// Numbers that the product drew before.
const DRAWN: u32 = 1_000;

/// Makes the tickets from one to another. One of them was opened before by the product, whose decision all have.
///
/// The engine makes the rows: what a client would send stands in no relation to what is measured. References are
/// not checked where that can be left out; they are right.
pub(crate) async fn fill(
    engine: &str,
    database: &Database,
    requester: AccountId,
    (from, to): (u32, u32),
) {
    let statements = statements(engine == "sqlite", requester, (from, to));
    if engine == "sqlite" {
        let write = database.house().db.write::<_, StoreError, _>(move |conn| {
            conn.batch_execute(&statements)?;
            Ok(conn.batch_execute("ANALYZE;")?)
        });
        return write.await.expect("tickets");
    }
    let load = move || {
        let url = Cluster::shared().superuser_url(product::NAME);
        let mut conn = PgConnection::establish(&url).expect("a connection");
        conn.batch_execute("SET session_replication_role = replica").expect("a setting");
        conn.batch_execute(&statements).expect("tickets");
        let last = to.saturating_add(DRAWN);
        let draw = format!("SELECT setval('ticket_numbers', {last})");
        conn.batch_execute(&draw).expect("a sequence");
        for table in ["tickets", "ticket_originals", "ticket_entries", "ticket_terms"] {
            conn.batch_execute(&format!("VACUUM (ANALYZE) {table}")).expect("a vacuum");
        }
    };
    tokio::task::spawn_blocking(load).await.expect("a thread");
}

/// Has an organisation's people open tickets without a search of the help centre.
pub(crate) async fn ask_no_search(engine: &str, database: &Database) {
    let settings = if engine == "sqlite" {
        "json_set(settings, '$.help_search_required', json('false'))"
    } else {
        "settings || '{\"help_search_required\": false}'::jsonb"
    };
    let update = format!("UPDATE tenants SET settings = {settings}");
    let write =
        database.house().db.write::<_, StoreError, _>(move |conn| Ok(conn.batch_execute(&update)?));
    write.await.expect("settings");
}

/// The statements. A ticket is found by a word of its own, `w123x`, and every second one by `half`.
fn statements(is_sqlite: bool, requester: AccountId, (from, to): (u32, u32)) -> String {
    let id = |series: &str| {
        if is_sqlite {
            format!("unhex(printf('{series}000070008000%012x', n))")
        } else {
            format!("('{series}-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid")
        }
    };
    let (ticket, first, second) = (id("0193aaaa"), id("0193aaab"), id("0193aaac"));
    let (source, at, later, account, byte) = if is_sqlite {
        (
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM s WHERE n < {to}) SELECT n FROM s) AS s"
            ),
            "(1763000000000000 + n * 1000)",
            "(1763000000000500 + n * 1000)",
            format!("X'{}'", requester.uuid().simple()),
            "X'00'",
        )
    } else {
        (
            format!("generate_series({from}, {to}) AS s(n)"),
            "to_timestamp(1763000000 + n * 0.001)",
            "to_timestamp(1763000000.0005 + n * 0.001)",
            format!("'{}'::uuid", requester.uuid()),
            r"'\x00'::bytea",
        )
    };
    let tenants = format!(
        "(SELECT few.id, row_number() OVER (ORDER BY few.id) - 1 AS place \
         FROM (SELECT id FROM tenants ORDER BY id LIMIT {TENANTS}) AS few) AS t ON t.place = s.n % {TENANTS}"
    );
    let half = "CASE n % 2 WHEN 0 THEN 'half' ELSE 'rest' END";
    format!(
        "INSERT INTO tickets (id, number, tenant_id, kind, state, tier, priority, request_type, outcome, decision_id, \
         requester, requester_id, channel, verification, locale, is_confirmed, is_for_team, organization_takes_part, \
         subject, created_at, updated_at, version) \
         SELECT {ticket}, n + {DRAWN}, t.id, 'ordinary', 'open', 2, 'normal', 'technical.error.report', 'assist', \
         (SELECT id FROM decisions ORDER BY at LIMIT 1), 'support_user', {account}, 'portal', 'signed_in', 'en', \
         FALSE, TRUE, FALSE, 'The page w' || n || 'x of the ' || {half} || ' stays white', {at}, {at}, 1 \
         FROM {source} JOIN {tenants}; \
         INSERT INTO ticket_originals (ticket_id, names) SELECT {ticket}, {byte} FROM {source}; \
         INSERT INTO ticket_entries (id, ticket_id, at, kind, author, author_id, is_internal, text, hints, detail) \
         SELECT {first}, {ticket}, {at}, 'reply', 'support_user', {account}, FALSE, \
         'Since this morning the page w' || n || 'x stays white, in two browsers.', '[]', '{{}}' FROM {source}; \
         INSERT INTO ticket_entries (id, ticket_id, at, kind, author, is_internal, text, hints, detail) \
         SELECT {second}, {ticket}, {later}, 'reply', 'tier1', FALSE, 'We have it open, and tell you more soon.', \
         '[]', '{{}}' FROM {source}; \
         INSERT INTO ticket_terms (ticket_id, term, tenant_id, created_at, is_internal) \
         SELECT {ticket}, 'w' || n || 'x', t.id, {at}, FALSE FROM {source} JOIN {tenants}; \
         INSERT INTO ticket_terms (ticket_id, term, tenant_id, created_at, is_internal) \
         SELECT {ticket}, {half}, t.id, {at}, FALSE FROM {source} JOIN {tenants};"
    )
}
