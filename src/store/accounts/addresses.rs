//! Who has an address, in every realm and every tenant.

use caredesk_core::domain::PersonName;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::AccountId;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::store::Tx;
use crate::store::db::Conn;
use crate::store::error::{StoreError, StoreResult};
use crate::store::schema::accounts;
use crate::vault::Purpose;

/// Keeps an address, as it is compared, until the transaction ends: of two who ask for it at the same
/// moment one waits. SQLite has one writer.
pub fn lock(tx: &mut Tx<'_>, key: &str) -> StoreResult<()> {
    let hash = tx.keys.keyed_hash(Purpose::Tokens, format!("address|{key}").as_bytes());
    let Conn::Pg(conn) = &mut *tx.conn else { return Ok(()) };
    let (head, _) = hash.split_first_chunk::<8>().ok_or(StoreError::Busy)?;
    let lock = diesel::dsl::sql::<Text>("pg_advisory_xact_lock(")
        .bind::<BigInt, _>(i64::from_be_bytes(*head))
        .sql(")::text");
    diesel::select(lock).execute(conn)?;
    Ok(())
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
