//! Somebody who opens the database without the program: to see what lies there, and to break it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::actor::{Actor, claims};
use super::app::App;
use super::db::Database;

/// A connection that may do everything.
pub(crate) enum Burglar {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A row of one text.
#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    found: String,
}

impl Burglar {
    /// Opens a database; whatever guards its rows is out of the way.
    pub(crate) fn of(database: &Database) -> Self {
        let url = database.url_of_a_burglar();
        let mut burglar = if database.is_sqlite() {
            Self::Sqlite(SqliteConnection::establish(&url).unwrap())
        } else {
            Self::Postgres(PgConnection::establish(&url).unwrap())
        };
        match &mut burglar {
            Self::Sqlite(conn) => {
                conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = OFF;")
            }
            // No triggers of foreign keys.
            Self::Postgres(conn) => conn.batch_execute("SET session_replication_role = replica;"),
        }
        .unwrap();
        burglar
    }

    /// Runs statements that both engines understand.
    #[track_caller]
    pub(crate) fn run(&mut self, sql: &str) {
        let done = match self {
            Self::Sqlite(conn) => conn.batch_execute(sql),
            Self::Postgres(conn) => conn.batch_execute(sql),
        };
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Lets something happen right behind a statement on a table, from now on: as if somebody else had
    /// come in between.
    #[track_caller]
    pub(crate) fn meanwhile(&mut self, on: &str, sql: &str) {
        let trigger = match self {
            Self::Sqlite(_) => format!("CREATE TRIGGER meanwhile AFTER {on} BEGIN {sql}; END"),
            Self::Postgres(_) => format!(
                "CREATE FUNCTION meanwhile() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN {sql}; RETURN NULL; END $$; \
                 CREATE TRIGGER meanwhile AFTER {on} FOR EACH ROW EXECUTE FUNCTION meanwhile()"
            ),
        };
        self.run(&trigger);
    }

    /// The rows of a query whose one column is a text.
    #[track_caller]
    pub(crate) fn texts(&mut self, sql: &str) -> Vec<String> {
        let query = diesel::sql_query(format!("SELECT found FROM ({sql}) AS q(found)"));
        let query_of_sqlite =
            diesel::sql_query(format!("WITH q(found) AS ({sql}) SELECT found FROM q"));
        let rows: QueryResult<Vec<Found>> = match self {
            Self::Sqlite(conn) => query_of_sqlite.load(conn),
            Self::Postgres(conn) => query.load(conn),
        };
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.into_iter().map(|row| row.found).collect()
    }

    /// An id as it stands in a statement.
    pub(crate) fn id(&self, id: Uuid) -> String {
        match self {
            Self::Sqlite(_) => format!("X'{}'", id.simple()),
            Self::Postgres(_) => format!("'{id}'::uuid"),
        }
    }

    /// A column of bytes, or of ids, as text.
    pub(crate) fn hex(&self, column: &str) -> String {
        match (self, column) {
            (Self::Sqlite(_), _) => format!("lower(hex({column}))"),
            (Self::Postgres(_), "id") => format!("CAST({column} AS text)"),
            (Self::Postgres(_), _) => format!("encode({column}, 'hex')"),
        }
    }

    /// Takes away what keeps the audit from being changed. PostgreSQL keeps its superuser from nothing.
    pub(crate) fn disarm(&mut self) {
        if let Self::Sqlite(_) = self {
            for table in ["audit_entries", "audit_seals", "decisions"] {
                for change in ["update", "delete"] {
                    self.run(&format!("DROP TRIGGER IF EXISTS {table}_no_{change}"));
                }
            }
        }
    }

    /// The names of the tables.
    fn tables(&mut self) -> Vec<String> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            }
            Self::Postgres(_) => {
                "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
            }
        };
        let mut tables = self.texts(sql);
        tables.retain(|name| !name.starts_with("__"));
        tables.sort();
        tables
    }

    /// Everything there is, as text: the rows, or the file as it lies on the disk.
    pub(crate) fn everything(&mut self, database: &Database) -> String {
        if let Database::Sqlite(path) = database {
            let files = ["", "-wal"].map(|end| {
                let mut file = path.clone().into_os_string();
                file.push(end);
                std::fs::read(file).unwrap_or_default()
            });
            return String::from_utf8_lossy(&files.concat()).into_owned();
        }
        let rows = |table: &String| format!("SELECT t::text FROM {table} t");
        let all = self.tables().iter().map(rows).collect::<Vec<_>>().join(" UNION ALL ");
        self.texts(&all).join("\n")
    }

    /// How many rows every table has, but those that note refusals.
    pub(crate) fn rows(&mut self) -> Vec<String> {
        let noting = ["audit_entries", "audit_pending", "denial_sums"];
        let mut tables = self.tables();
        tables.retain(|table| !noting.contains(&table.as_str()));
        let count = |table: &String| format!("SELECT '{table} ' || (SELECT COUNT(*) FROM {table})");
        self.texts(&tables.iter().map(count).collect::<Vec<_>>().join(" UNION ALL "))
    }

    /// How many rows a table has.
    pub(crate) fn count(&mut self, table: &str) -> usize {
        self.texts(&format!("SELECT CAST(COUNT(*) AS text) FROM {table}"))[0].parse().unwrap()
    }
}

impl App {
    /// Opens the database behind the product's back.
    pub(crate) fn burglar(&self) -> Burglar {
        Burglar::of(&self.database)
    }

    /// How many rows every table has, but those that note refusals.
    pub(crate) fn rows(&self) -> Vec<String> {
        self.burglar().rows()
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.burglar().count(table)
    }

    /// Another session of somebody's account, its second factor proved just now.
    pub(crate) async fn another_session_of(&self, somebody: &Actor<'_>) -> Actor<'_> {
        let other = self.platform_admin().await;
        let mut burglar = self.burglar();
        let (account, session) = (burglar.id(somebody.account), burglar.id(other.session));
        burglar.run(&format!("UPDATE sessions SET account_id = {account} WHERE id = {session}"));
        let claims = claims(&self.house, somebody.account, other.session);
        let token = self.house.signer().sign(&claims).unwrap();
        Actor { app: self, token: Some(token), account: somebody.account, session: other.session }
    }

    /// Every message in the outbox, oldest first, as `kind to recipient`.
    pub(crate) fn letters(&self) -> Vec<String> {
        self.burglar()
            .texts("SELECT kind || ' to ' || recipient FROM notifications ORDER BY created_at, id")
    }
}

/// A step of a plan, as SQLite shows it.
#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// A line of a plan, as PostgreSQL shows it.
#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

impl Burglar {
    /// What `EXPLAIN` says, line by line.
    #[track_caller]
    pub(crate) fn plan(&mut self, sql: &str) -> Vec<String> {
        let query = diesel::sql_query(sql);
        let plan = match self {
            Self::Sqlite(conn) => query
                .load::<Step>(conn)
                .map(|steps| steps.into_iter().map(|step| step.detail).collect()),
            Self::Postgres(conn) => query
                .load::<Line>(conn)
                .map(|lines| lines.into_iter().map(|line| line.line.trim().to_owned()).collect()),
        };
        plan.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}
