//! One schema, written three times: `schema.rs`, the migrations of SQLite and those of PostgreSQL.
//! These tests hold each against the others, and the append-only tables against everybody.

use std::collections::BTreeMap;
use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use crate::support::burglar::Burglar;
use crate::support::cluster::Cluster;
use crate::support::db::Database;

/// A column: its name, what it holds, whether it may be null.
type Column = (String, Kind, bool);
/// Tables by name, their columns in order.
type Tables = BTreeMap<String, Vec<Column>>;

/// What a column holds, in the words of `schema.rs`; those that an engine keeps alike are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind(&'static str);

/// The SQL types of `schema.rs`, with what they are on PostgreSQL and on SQLite.
const KINDS: [(&str, &str, &str); 9] = [
    ("Bool", "bool", "INTEGER"),
    ("Uid", "uuid", "BLOB"),
    ("Instant", "timestamptz", "INTEGER"),
    ("Doc", "jsonb", "TEXT"),
    ("Word", "text", "TEXT"),
    ("Text", "text", "TEXT"),
    ("BigInt", "int8", "INTEGER"),
    ("Integer", "int4", "INTEGER"),
    ("Binary", "bytea", "BLOB"),
];

/// An index as both engines can be asked for it: table, whether it is unique, columns, condition.
const INDEXES_OF_SQLITE: &str = "
    SELECT m.name || '|' || l.\"unique\" || '|'
        || (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno))
        || '|' || CASE WHEN l.partial THEN (SELECT substr(sql, instr(sql, ' WHERE ') + 7)
            FROM sqlite_master WHERE name = l.name) ELSE '' END
        || '|' || CASE WHEN l.origin = 'c' THEN l.name ELSE '' END
    FROM sqlite_master AS m, pragma_index_list(m.name) AS l
    WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'";
/// See [`INDEXES_OF_SQLITE`].
const INDEXES_OF_POSTGRES: &str = "
    SELECT t.relname || '|' || i.indisunique::int || '|'
        || (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY AS k(key, place)
            JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.key)
        || '|' || coalesce(trim(BOTH '()' FROM pg_get_expr(i.indpred, t.oid)), '')
        || '|' || CASE WHEN EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))
            THEN '' ELSE x.relname END
    FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_class AS x ON x.oid = i.indexrelid
    JOIN pg_namespace AS n ON n.oid = t.relnamespace
    WHERE n.nspname = 'public' AND t.relname NOT LIKE '\\_\\_%'";

#[test]
fn the_schema_is_what_both_databases_have() {
    let written = written();
    assert!(!written.is_empty());
    for database in [Database::sqlite(), Database::postgres()] {
        let is_sqlite = database.is_sqlite();
        let engine = |tables: &Tables| engine_view(tables, is_sqlite);
        assert_eq!(
            found(&database),
            engine(&written),
            "left the database, right schema.rs; SQLite: {is_sqlite}"
        );
    }
}

#[test]
fn every_column_can_be_selected_on_both() {
    for database in [Database::sqlite(), Database::postgres()] {
        let mut burglar = Burglar::of(&database);
        for (table, columns) in written() {
            let names: Vec<&str> = columns.iter().map(|(name, ..)| name.as_str()).collect();
            burglar.run(&format!("SELECT {} FROM {table}", names.join(", ")));
        }
    }
}

#[test]
fn both_databases_have_the_same_indexes() {
    let (sqlite, postgres) = (Database::sqlite(), Database::postgres());
    let mut of_sqlite = Burglar::of(&sqlite).texts(INDEXES_OF_SQLITE);
    let mut of_postgres = Burglar::of(&postgres).texts(INDEXES_OF_POSTGRES);
    // PostgreSQL says of what type a word is, and puts conditions that are joined into brackets.
    for index in &mut of_postgres {
        *index = index.replace("::text", "").replace(") AND (", " AND ");
    }
    of_sqlite.sort();
    of_postgres.sort();
    assert!(of_sqlite.len() > 20, "{of_sqlite:?}");
    assert_eq!(of_sqlite, of_postgres);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |engine: &str| {
        let entries = std::fs::read_dir(migrations(engine)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn every_migration_can_be_taken_back_and_made_again() {
    let file = Database::sqlite();
    let mut conn = SqliteConnection::establish(&file.url()).unwrap();
    let before = found(&file);
    again(&mut conn, "sqlite");
    assert_eq!(found(&file), before);

    let cluster = Cluster::shared();
    let name = format!("caredesk_again_{}", std::process::id());
    cluster.create_empty(&name);
    let server = Database::Postgres(name.clone());
    let mut conn = PgConnection::establish(&cluster.owner_url(&name)).unwrap();
    conn.run_pending_migrations(FileBasedMigrations::from_path(migrations("postgres")).unwrap())
        .unwrap();
    let before = found(&server);
    again(&mut conn, "postgres");
    assert_eq!(found(&server), before);
}

#[test]
fn accounts_and_what_refers_to_them_survive_the_identity_migration() {
    for database in [Database::sqlite(), Database::postgres()] {
        let mut burglar = Burglar::of(&database);
        let id = burglar.id(uuid::Uuid::from_u128(7));
        let at = if database.is_sqlite() { "0" } else { "now()" };
        burglar.run(&format!(
            "INSERT INTO accounts (id, realm, role, status, sign_in_key, name, email, email_key, locale, created_at, updated_at, version)
             VALUES ({id}, 'desk', 'tier1', 'active', 'ana@desk.example', 'Ana Ruiz', 'Ana@desk.example', 'ana@desk.example', 'en', {at}, {at}, 3);
             INSERT INTO sessions (id, account_id, created_at, last_used_at, expires_at) VALUES ({id}, {id}, {at}, {at}, {at});"
        ));
        let url = database.url_of_a_burglar();
        if database.is_sqlite() {
            let mut conn = SqliteConnection::establish(&url).unwrap();
            conn.batch_execute("PRAGMA foreign_keys = ON;").unwrap();
            back_and_forth(&mut conn, "sqlite");
        } else {
            back_and_forth(&mut PgConnection::establish(&url).unwrap(), "postgres");
        }
        let kept = burglar.texts(
            "SELECT a.email || ' ' || a.email_key || ' ' || a.version FROM accounts a JOIN sessions s ON s.account_id = a.id",
        );
        assert_eq!(kept, ["Ana@desk.example ana@desk.example 3"]);
    }
}

/// Takes the migrations back that came with identity, and makes them again.
fn back_and_forth<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    engine: &str,
) {
    let source = || FileBasedMigrations::from_path(migrations(engine)).unwrap();
    while conn.applied_migrations().unwrap().iter().any(|version| version.to_string() == "0005") {
        conn.revert_last_migration(source()).unwrap();
    }
    conn.run_pending_migrations(source()).unwrap();
}

#[test]
fn the_audit_is_append_only_for_the_program() {
    for database in [Database::sqlite(), Database::postgres()] {
        let url = database.url();
        for (table, column) in
            [("audit_entries", "chain"), ("audit_seals", "chain"), ("decisions", "said")]
        {
            fill(&database);
            for change in
                [format!("UPDATE {table} SET {column} = 'x'"), format!("DELETE FROM {table}")]
            {
                let done = if database.is_sqlite() {
                    SqliteConnection::establish(&url).unwrap().batch_execute(&change)
                } else {
                    PgConnection::establish(&url).unwrap().batch_execute(&change)
                };
                let refused = done.expect_err(&change).to_string();
                let why = ["append-only", "permission denied"];
                assert!(why.iter().any(|why| refused.contains(why)), "{change}: {refused}");
            }
        }
    }
}

#[test]
fn the_program_owns_nothing_on_postgres() {
    let database = Database::postgres();
    for change in [
        "TRUNCATE audit_entries CASCADE",
        "DROP TABLE tenants",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "CREATE TABLE mine (id int)",
        "DELETE FROM __diesel_schema_migrations",
        "SET session_replication_role = replica",
    ] {
        let done = PgConnection::establish(&database.url()).unwrap().batch_execute(change);
        assert!(done.is_err(), "the application's role may {change}");
    }
}

/// An entry and its seal, for somebody to try and change.
fn fill(database: &Database) {
    let mut burglar = Burglar::of(database);
    if burglar.count("audit_entries") > 0 {
        return;
    }
    let id = burglar.id(uuid::Uuid::from_u128(7));
    let (at, bytes) = if database.is_sqlite() { ("0", "X'00'") } else { ("now()", "'\\x00'") };
    burglar.run(&format!(
        "INSERT INTO audit_entries (id, chain, at, actor_kind, action, outcome, count, request, mac)
         VALUES ({id}, 'platform', {at}, 'system', 'tenant.read', 'done', 1, 'a-request', {bytes});
         INSERT INTO audit_seals (chain, seq, entry_id, hash) VALUES ('platform', 1, {id}, {bytes});
         INSERT INTO decisions (id, at, month, actor_kind, requester, verification, channel, request_type, outcome, effects, missing,
            facts, policy_version, locale, said, request, audit_entry_id)
         VALUES ({id}, {at}, 202611, 'system', 'family', 'none', 'email', 'finance.refund', 'refer_to_organization', '[]', '[]',
            '[]', '1', 'en', 'Ask them.', 'a-request', {id});"
    ));
}

/// Takes every migration back, and makes them all again.
fn again<DB: diesel::backend::Backend>(conn: &mut impl MigrationHarness<DB>, engine: &str) {
    let source = || FileBasedMigrations::from_path(migrations(engine)).unwrap();
    let undone = conn.revert_all_migrations(source()).unwrap().len();
    let done = conn.run_pending_migrations(source()).unwrap().len();
    assert_eq!(undone, done);
    assert!(done > 3);
}

/// The folder of an engine's migrations.
fn migrations(engine: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine)
}

/// The tables as `schema.rs` has them.
fn written() -> Tables {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/store/schema.rs");
    let source = std::fs::read_to_string(path).unwrap();
    let mut tables = Tables::new();
    for block in source.split("diesel::table! {").skip(1) {
        let lines = block
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("//") && !line.starts_with("use "));
        let mut name = None;
        for line in lines.take_while(|line| *line != "}") {
            match line.split_once(" -> ") {
                Some((column, kind)) => {
                    let columns = tables.entry(String::clone(name.as_ref().unwrap())).or_default();
                    columns.push(column_of(column, kind.trim_end_matches(',')));
                }
                None if line.ends_with('{') => {
                    name = line.split([' ', '(']).next().map(str::to_owned);
                }
                None => {}
            }
        }
    }
    tables
}

/// A column as it is written.
fn column_of(name: &str, kind: &str) -> Column {
    let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
    let word = inner.unwrap_or(kind);
    let (kind, ..) = KINDS
        .iter()
        .find(|(kind, ..)| *kind == word)
        .unwrap_or_else(|| panic!("{word}: see KINDS"));
    (name.to_owned(), Kind(kind), inner.is_some())
}

/// The tables as an engine would show them: its own words for the types.
fn engine_view(tables: &Tables, is_sqlite: bool) -> Tables {
    let word = |kind: Kind| {
        let (_, postgres, sqlite) = KINDS.iter().find(|(name, ..)| *name == kind.0).unwrap();
        Kind(if is_sqlite { sqlite } else { postgres })
    };
    let column = |(name, kind, null): &Column| (name.clone(), word(*kind), *null);
    tables
        .iter()
        .map(|(table, columns)| (table.clone(), columns.iter().map(column).collect()))
        .collect()
}

/// The tables as a database shows them.
fn found(database: &Database) -> Tables {
    let sql = if database.is_sqlite() {
        "SELECT m.name || '|' || c.name || '|' || c.type || '|' || (1 - c.\"notnull\") FROM sqlite_master AS m,
         pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY m.name, c.cid"
    } else {
        "SELECT table_name || '|' || column_name || '|' || udt_name || '|' || (is_nullable = 'YES')::int
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'
         ORDER BY table_name, ordinal_position"
    };
    let mut tables = Tables::new();
    for line in Burglar::of(database).texts(sql) {
        let parts: Vec<&str> = line.split('|').collect();
        let known = KINDS.iter().flat_map(|(_, postgres, sqlite)| [*postgres, *sqlite]);
        let kind = known
            .into_iter()
            .find(|kind| *kind == parts[2])
            .unwrap_or_else(|| panic!("{line}: see KINDS"));
        let column = (parts[1].to_owned(), Kind(kind), parts[3] == "1");
        tables.entry(parts[0].to_owned()).or_default().push(column);
    }
    tables
}
