//! The words that users of organisations are found by.

use caredesk_core::domain::fold;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::{EmailAddress, PersonName, UserName};
use diesel::prelude::*;

use crate::store::db::Conn;
use crate::store::error::StoreResult;
use crate::store::schema::{accounts, user_terms};

/// A word that a user is found by, as a row.
pub(super) type Term = (
    diesel::dsl::Eq<user_terms::tenant_id, TenantId>,
    diesel::dsl::Eq<user_terms::term, String>,
    diesel::dsl::Eq<user_terms::account_id, AccountId>,
);

/// The words that a user is found by.
pub(super) fn terms(
    tenant: TenantId,
    id: AccountId,
    (first, last): (&PersonName, &PersonName),
    user_name: &UserName,
    email: Option<&EmailAddress>,
) -> Vec<Term> {
    let email = email.map(EmailAddress::as_str).unwrap_or_default();
    let words = fold::terms(&format!("{first} {last} {user_name} {email}")).into_iter();
    words
        .map(|term| {
            (
                user_terms::tenant_id.eq(tenant),
                user_terms::term.eq(term),
                user_terms::account_id.eq(id),
            )
        })
        .collect()
}

/// Writes the words anew that a user is found by, after its names or its address have changed.
pub(in crate::store::accounts) fn reindex(conn: &mut Conn, id: AccountId) -> StoreResult<()> {
    type Names = (
        Option<TenantId>,
        Option<PersonName>,
        Option<PersonName>,
        Option<UserName>,
        Option<EmailAddress>,
    );
    let names: Names = accounts::table
        .find(id)
        .select((
            accounts::tenant_id,
            accounts::first_name,
            accounts::last_name,
            accounts::user_name,
            accounts::email,
        ))
        .first(conn)?;
    let (Some(tenant), Some(first), Some(last), Some(user_name), email) = names else {
        return Ok(()); // no user of an organisation
    };
    diesel::delete(user_terms::table.filter(user_terms::account_id.eq(id))).execute(conn)?;
    let terms = terms(tenant, id, (&first, &last), &user_name, email.as_ref());
    match conn {
        Conn::Sqlite(conn) => diesel::insert_into(user_terms::table).values(terms).execute(conn)?,
        Conn::Pg(conn) => diesel::insert_into(user_terms::table).values(terms).execute(conn)?,
    };
    Ok(())
}
