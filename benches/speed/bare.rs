//! The bare limits: actix, diesel, r2d2, and nothing else.

use actix_web::web::{Data, Path};
use actix_web::{App, HttpResponse, HttpServer, get, post};
use caredesk::store::db::query::Prepared;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel::sql_types::{Text, Uuid as SqlUuid};
use uuid::Uuid;

/// A row of about what the product shows.
#[derive(diesel::QueryableByName, serde::Serialize)]
struct Row {
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    notification_address: String,
    #[diesel(sql_type = Text)]
    contacts: String,
    #[diesel(sql_type = Text)]
    hours: String,
    #[diesel(sql_type = Text)]
    settings: String,
}

/// The pools, one of which is there.
#[derive(Clone)]
enum Bare {
    Sqlite(Pool<ConnectionManager<SqliteConnection>>),
    Postgres(Pool<ConnectionManager<PgConnection>>),
}

/// What the product sets on its connections, too.
#[derive(Debug)]
struct Pragmas;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Pragmas {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        let pragmas = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 268435456;";
        diesel::connection::SimpleConnection::batch_execute(conn, pragmas)
            .map_err(diesel::r2d2::Error::QueryError)
    }
}

const ONE: &str = "SELECT slug, name, kind, status, notification_address, CAST(contacts AS text) AS contacts, CAST(hours AS text) AS hours, CAST(settings AS text) AS settings FROM tenants";

/// A ticket of about what the product shows in a list.
#[derive(diesel::QueryableByName, serde::Serialize)]
struct Ticket {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Text)]
    priority: String,
    #[diesel(sql_type = Text)]
    request_type: String,
    #[diesel(sql_type = Text)]
    outcome: String,
    #[diesel(sql_type = Text)]
    requester: String,
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = Text)]
    verification: String,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Text)]
    tenant: String,
    #[diesel(sql_type = Text)]
    opened: String,
}

/// Something that was said on it.
#[derive(diesel::QueryableByName, serde::Serialize)]
struct Entry {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    author: String,
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = Text)]
    hints: String,
}

/// The columns of a ticket, on an engine.
fn ticket_columns(is_sqlite: bool) -> String {
    let tenant = if is_sqlite { "hex(tenant_id)" } else { "CAST(tenant_id AS text)" };
    format!(
        "SELECT number, kind, state, priority, request_type, outcome, requester, channel, verification, subject, \
         {tenant} AS tenant, CAST(created_at AS text) AS opened FROM tickets"
    )
}

const ENTRIES: &str =
    "SELECT kind, author, text, CAST(hints AS text) AS hints FROM ticket_entries WHERE ticket_id";

/// A ticket with what was said on it: two statements.
#[get("/tickets/{id}")]
async fn one_ticket(bare: Data<Bare>, id: Path<Uuid>) -> HttpResponse {
    let found = actix_web::web::block(move || match bare.get_ref() {
        Bare::Sqlite(pool) => {
            let mut conn = pool.get().expect("a connection");
            let bytes = || id.as_bytes().to_vec();
            let ticket = Prepared(
                diesel::sql_query(format!("{} WHERE id = ?", ticket_columns(true)))
                    .bind::<diesel::sql_types::Binary, _>(bytes()),
            )
            .load::<Ticket>(&mut conn)?;
            let entries = Prepared(
                diesel::sql_query(format!("{ENTRIES} = ? ORDER BY at DESC"))
                    .bind::<diesel::sql_types::Binary, _>(bytes()),
            )
            .load::<Entry>(&mut conn)?;
            QueryResult::Ok((ticket, entries))
        }
        Bare::Postgres(pool) => {
            let mut conn = pool.get().expect("a connection");
            let ticket = Prepared(
                diesel::sql_query(format!("{} WHERE id = $1", ticket_columns(false)))
                    .bind::<SqlUuid, _>(PgUuid(*id)),
            )
            .load::<Ticket>(&mut conn)?;
            let entries = Prepared(
                diesel::sql_query(format!("{ENTRIES} = $1 ORDER BY at DESC"))
                    .bind::<SqlUuid, _>(PgUuid(*id)),
            )
            .load::<Entry>(&mut conn)?;
            Ok((ticket, entries))
        }
    });
    HttpResponse::Ok().json(found.await.expect("a thread").expect("rows"))
}

/// The newest tickets.
#[get("/tickets")]
async fn newest_tickets(bare: Data<Bare>) -> HttpResponse {
    let rows = actix_web::web::block(move || {
        let newest = |is_sqlite| {
            format!("{} ORDER BY created_at DESC, id DESC LIMIT 51", ticket_columns(is_sqlite))
        };
        match bare.get_ref() {
            Bare::Sqlite(pool) => Prepared(diesel::sql_query(newest(true)))
                .load::<Ticket>(&mut pool.get().expect("a connection")),
            Bare::Postgres(pool) => Prepared(diesel::sql_query(newest(false)))
                .load::<Ticket>(&mut pool.get().expect("a connection")),
        }
    });
    HttpResponse::Ok().json(rows.await.expect("a thread").expect("rows"))
}

/// Opens a ticket, barely: see [`create`].
#[post("/tickets")]
async fn open_ticket(bare: Data<Bare>, read: actix_web::web::Bytes) -> HttpResponse {
    write_three(bare, read).await
}

#[get("/healthz")]
async fn healthz() -> &'static str {
    "ok"
}

#[get("/tenants/{id}")]
async fn one(bare: Data<Bare>, id: Path<Uuid>) -> HttpResponse {
    let rows = actix_web::web::block(move || {
        let by_id = |bind: &str| format!("{ONE} WHERE id = {bind}");
        match bare.get_ref() {
            Bare::Sqlite(pool) => Prepared(
                diesel::sql_query(by_id("?"))
                    .bind::<diesel::sql_types::Binary, _>(id.as_bytes().to_vec()),
            )
            .load::<Row>(&mut pool.get().expect("a connection")),
            Bare::Postgres(pool) => {
                Prepared(diesel::sql_query(by_id("$1")).bind::<SqlUuid, _>(PgUuid(*id)))
                    .load::<Row>(&mut pool.get().expect("a connection"))
            }
        }
    });
    HttpResponse::Ok().json(rows.await.expect("a thread").expect("rows").first())
}

#[get("/tenants")]
async fn list(bare: Data<Bare>) -> HttpResponse {
    let rows = actix_web::web::block(move || {
        let newest = format!("{ONE} ORDER BY created_at DESC, id DESC LIMIT 51");
        match bare.get_ref() {
            Bare::Sqlite(pool) => Prepared(diesel::sql_query(newest))
                .load::<Row>(&mut pool.get().expect("a connection")),
            Bare::Postgres(pool) => Prepared(diesel::sql_query(newest))
                .load::<Row>(&mut pool.get().expect("a connection")),
        }
    });
    HttpResponse::Ok().json(rows.await.expect("a thread").expect("rows"))
}

/// Three rows in one transaction: a thing, its audit, its message.
#[post("/tenants")]
async fn create(bare: Data<Bare>, read: actix_web::web::Bytes) -> HttpResponse {
    write_three(bare, read).await
}

/// Writes three rows.
async fn write_three(bare: Data<Bare>, _read: actix_web::web::Bytes) -> HttpResponse {
    let done = actix_web::web::block(move || match bare.get_ref() {
        Bare::Sqlite(pool) => {
            let mut conn = pool.get().expect("a connection");
            conn.immediate_transaction(|conn| three_rows(conn))
        }
        Bare::Postgres(pool) => {
            let mut conn = pool.get().expect("a connection");
            conn.transaction(|conn| three_rows(conn))
        }
    });
    done.await.expect("a thread").expect("rows");
    HttpResponse::Created().json("done")
}

fn three_rows<C>(conn: &mut C) -> QueryResult<()>
where
    C: diesel::connection::LoadConnection,
    Prepared<diesel::query_builder::SqlQuery>: diesel::query_dsl::methods::ExecuteDsl<C>,
{
    for table in ["bare_things", "bare_audit", "bare_outbox"] {
        Prepared(diesel::sql_query(format!(
            "INSERT INTO {table} (a, b, c) VALUES ('a row of the size that the product writes', 'with a second text of about this length', 'and a third')"
        )))
        .execute(conn)?;
    }
    Ok(())
}

/// A UUID for diesel without its feature of that name.
#[derive(Debug)]
struct PgUuid(Uuid);

impl diesel::expression::AsExpression<SqlUuid> for PgUuid {
    type Expression = diesel::internal::derives::as_expression::Bound<SqlUuid, Self>;
    fn as_expression(self) -> Self::Expression {
        Self::Expression::new(self)
    }
}
impl diesel::serialize::ToSql<SqlUuid, diesel::pg::Pg> for PgUuid {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(diesel::serialize::IsNull::No)
    }
}

/// Serves until it is ended.
pub(crate) fn serve(url: &str) {
    let address = std::env::var("BARE_LISTEN").expect("an address");
    let bare = if url.starts_with("postgres") {
        let manager = ConnectionManager::<PgConnection>::new(url);
        Bare::Postgres(
            Pool::builder().max_size(10).test_on_check_out(false).build(manager).expect("a pool"),
        )
    } else {
        let manager = ConnectionManager::<SqliteConnection>::new(url);
        let pool = Pool::builder().max_size(4).test_on_check_out(false);
        Bare::Sqlite(pool.connection_customizer(Box::new(Pragmas)).build(manager).expect("a pool"))
    };
    actix_web::rt::System::new().block_on(async move {
        let app = move || {
            App::new()
                .app_data(Data::new(bare.clone()))
                .service(healthz)
                .service(one)
                .service(list)
                .service(create)
                .service(one_ticket)
                .service(newest_tickets)
                .service(open_ticket)
        };
        let server = HttpServer::new(app).workers(2).worker_max_blocking_threads(4);
        server.bind(address).expect("the address").run().await.expect("the server");
    });
}
