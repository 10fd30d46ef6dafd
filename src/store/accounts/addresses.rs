//! Who has an address, in every realm and every tenant.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::AccountId;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::accounts;

/// Keeps Support Users' addresses as they are until the transaction ends. Many give out addresses at the same
/// time; whoever gives one to a Support User waits for all of them, and they for it. SQLite has one writer.
pub fn lock(conn: &mut Conn, for_support_user: bool) -> StoreResult<()> {
    let Conn::Pg(conn) = conn else { return Ok(()) };
    let how = if for_support_user { "" } else { "_shared" };
    let lock = diesel::dsl::sql::<Text>(&format!("pg_advisory_xact_lock{how}("))
        .bind::<BigInt, _>(ADDRESSES)
        .sql(")::text");
    diesel::select(lock).execute(conn)?;
    Ok(())
}

/// The number that this lock is known by.
const ADDRESSES: i64 = 0x0061_6464_7265_7373;

/// Those of some addresses, as they are compared, that are a Support User's.
pub fn reserved(conn: &mut Conn, keys: Vec<String>) -> StoreResult<Vec<String>> {
    let found: Vec<Option<String>> = accounts::table
        .filter(accounts::email_key.eq_any(keys))
        .filter(accounts::role.eq(Role::SupportUser))
        .select(accounts::email_key)
        .load(conn)?;
    Ok(found.into_iter().flatten().collect())
}

/// Who else has an address, by role and name; in use or not. Offices share one among many: so many and no
/// more are read, Support Users first.
pub fn others(
    conn: &mut Conn,
    key: &str,
    except: Option<AccountId>,
) -> StoreResult<Vec<(Role, PersonName)>> {
    const MOST: i64 = 20;
    let mut found = accounts::table
        .filter(accounts::email_key.eq(key))
        .select((accounts::role, accounts::name))
        .order((accounts::role.eq(Role::SupportUser).desc(), accounts::id))
        .limit(MOST)
        .into_boxed();
    if let Some(id) = except {
        found = found.filter(accounts::id.ne(id));
    }
    Ok(found.load(conn)?)
}
