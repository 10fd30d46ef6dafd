//! What people see and change of their own account.

use caredesk_core::domain::account::{Account, Locale};
use caredesk_core::domain::actor::Actor;
use caredesk_core::policy::action::{ReadOwnAccount, UpdateOwnAccount};
use serde_json::json;

use super::perform::Looker;
use super::steps::note;
use crate::guard::{Refusal, admit, signed_in};
use crate::store::db::Conn;
use crate::store::{self, Tx};

/// An account as its owner sees it.
#[derive(Debug, Clone)]
pub struct OwnAccount {
    /// The account.
    pub account: Account,
    /// Whether it must have a second factor.
    pub second_factor_is_compulsory: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: i64,
}

/// The account of whoever asks.
///
/// # Errors
/// Whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker) -> Result<OwnAccount, Refusal> {
    admit::<ReadOwnAccount>(&looker.actor, looker.now)?;
    load(conn, &looker.actor)
}

/// Changes the language that whoever asks is written to in.
///
/// # Errors
/// `version.stale`, and whatever the permit denies.
pub fn update(
    tx: &mut Tx<'_>,
    who: &Actor,
    (locale, version): (Option<Locale>, Option<i64>),
) -> Result<OwnAccount, Refusal> {
    let permit = admit::<UpdateOwnAccount>(who, tx.now)?;
    let own = load(tx.conn, who)?;
    crate::guard::unchanged(version, own.account.version)?;
    if let Some(locale) = locale {
        store::accounts::set_locale(tx, &permit, own.account.id, locale)?;
    }
    let changed: Vec<&str> = locale.map(|_| "locale").into_iter().collect();
    let whose = (own.account.tenant, own.account.id.uuid());
    note::about(tx, &permit, whose, &json!({"changed": changed}))?;
    load(tx.conn, who)
}

/// The account of an actor.
fn load(conn: &mut Conn, who: &Actor) -> Result<OwnAccount, Refusal> {
    let person = signed_in(who)?;
    let facts = store::accounts::find(conn, person.account)?.ok_or(Refusal::NotFound)?;
    Ok(OwnAccount {
        account: facts.account,
        second_factor_is_compulsory: person.standing.second_factor_is_compulsory,
        recovery_codes_left: store::factors::recovery_codes_left(conn, person.account)?,
    })
}
