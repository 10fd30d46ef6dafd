//! Keys of programs: made, shown, given another secret, ended; and who comes with one.

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::api_key::{ApiKey, MAX_KEYS, NewApiKey, Rotation, WARNED_BEFORE};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{ApiKeyId, TenantId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::page::Page;
use caredesk_core::domain::permission::Permission;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{KeyName, TenantName};
use caredesk_core::policy::action::{
    ReadApiKey, ReadOwnApiKey, RevokeApiKey, RotateApiKey, UpdateApiKey, UseApiKey, WarnOfApiKey,
};
use caredesk_core::policy::{Action, Permit, Scope};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::house::{Ask, House};
use super::perform::Looker;
use super::steps::{note, notice};
use crate::guard::{Refusal, admit, admit_api_key, admit_new_api_key, signed_in};
use crate::store::api_keys::{ApiKeyKey, ApiKeyQuery, KeptApiKey};
use crate::store::audit::What;
use crate::store::db::Conn;
use crate::store::{self, Origin, Tx};
use crate::vault::ApiSecret;

/// How many keys one transaction warns of.
const CHUNK: i64 = 100;

/// A key, and the version that a change is made for.
pub type KeyVersion = (ApiKeyId, Option<i64>);

/// Makes a key; its secret is shown this once. The Site Admins are told.
///
/// # Errors
/// `api_key.too_many`, `role.permissions_out_of_reach`, and whatever the permit denies.
pub fn create(
    tx: &mut Tx<'_>,
    who: &Actor,
    new: &NewApiKey,
) -> Result<(ApiKey, ApiSecret), Refusal> {
    let permit = admit_new_api_key(tx, who, new.scopes)?;
    let tenant = permit.target().tenant;
    if store::api_keys::count_active(tx.conn, tenant, tx.now)? >= MAX_KEYS {
        return Err(Refusal::Because(Code::ApiKeysFull));
    }
    let secret = ApiSecret::make(tx.entropy);
    let id = ApiKeyId::of(tx.new_uuid());
    let lasts = days(new.days);
    let kept = KeptApiKey {
        id,
        handle: secret.handle(),
        hash: secret.hash(tx.keys),
        name: &new.name,
        expires_at: tx.now.plus(lasts),
        is_short: lasts <= WARNED_BEFORE,
    };
    store::api_keys::insert(tx, &permit, &kept)?;
    let scopes: Vec<Permission> = new.scopes.iter().collect();
    let detail = json!({"scopes": scopes, "expires_at": kept.expires_at});
    note::about(tx, &permit, (Some(tenant), id.uuid()), &detail)?;
    let key = after(tx, &permit, id)?;
    tell(tx, &permit, (&key, "made"))?;
    Ok((key, secret))
}

/// A page of the asker's organisation's keys.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut Conn,
    looker: &Looker,
    ask: &ApiKeyQuery,
) -> Result<Page<ApiKey, ApiKeyKey>, Refusal> {
    let permit = admit::<ReadApiKey>(&looker.actor, looker.now)?;
    Ok(store::api_keys::list(conn, permit.scope(), ask)?)
}

/// One key.
///
/// # Errors
/// Not found, and whatever the permit denies.
pub fn read(conn: &mut Conn, looker: &Looker, id: ApiKeyId) -> Result<ApiKey, Refusal> {
    let permit = admit::<ReadApiKey>(&looker.actor, looker.now)?;
    store::api_keys::find(conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}

/// The key that the program comes with, and the name of its organisation.
///
/// # Errors
/// Whatever the permit denies: people have no key.
pub fn read_own(conn: &mut Conn, looker: &Looker) -> Result<(ApiKey, TenantName), Refusal> {
    let permit = admit::<ReadOwnApiKey>(&looker.actor, looker.now)?;
    let id = ApiKeyId::of(signed_in(&looker.actor)?.account.uuid());
    let key = store::api_keys::find(conn, permit.scope(), id)?.ok_or(Refusal::NotFound)?;
    let name = organisation(conn, permit.scope(), key.tenant)?;
    Ok((key, name))
}

/// Gives a key another name.
///
/// # Errors
/// `api_key.over`, `version.stale`, not found, and whatever the permit denies.
pub fn rename(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: KeyVersion,
    name: Option<&KeyName>,
) -> Result<ApiKey, Refusal> {
    let (permit, before) = admit_api_key::<UpdateApiKey>(tx, who, key, false)?;
    let Some(name) = name.filter(|name| **name != before.name) else { return Ok(before) };
    store::api_keys::rename(tx, &permit, name)?;
    let whose = (Some(before.tenant), key.0.uuid());
    note::about(tx, &permit, whose, &json!({"changed": ["name"]}))?;
    after(tx, &permit, key.0)
}

/// Gives a key another secret, which is shown this once; the one of before works on for a while. The Site
/// Admins are told.
///
/// # Errors
/// `api_key.over`, `api_key.rotation_running`, `role.permissions_out_of_reach`, `version.stale`, not found,
/// and whatever the permit denies.
pub fn rotate(
    tx: &mut Tx<'_>,
    who: &Actor,
    key: KeyVersion,
    rotation: Rotation,
) -> Result<(ApiKey, ApiSecret), Refusal> {
    let at_once = rotation.overlap_hours == 0;
    let (permit, before) = admit_api_key::<RotateApiKey>(tx, who, key, at_once)?;
    let secret = ApiSecret::again(tx.entropy, before.handle);
    let overlap = SignedDuration::from_hours(i64::from(rotation.overlap_hours));
    let previous_until = (!at_once).then(|| tx.now.plus(overlap));
    let expires_at = rotation.days.map(|count| tx.now.plus(days(count)));
    let hash = secret.hash(tx.keys);
    store::api_keys::rotate(tx, &permit, hash, (previous_until, expires_at))?;
    let detail = json!({"previous_until": previous_until, "expires_at": expires_at});
    note::about(tx, &permit, (Some(before.tenant), key.0.uuid()), &detail)?;
    let key = after(tx, &permit, key.0)?;
    tell(tx, &permit, (&key, "rotated"))?;
    Ok((key, secret))
}

/// Ends a key, for good and at once.
///
/// # Errors
/// `api_key.over`, not found, and whatever the permit denies.
pub fn revoke(tx: &mut Tx<'_>, who: &Actor, key: KeyVersion) -> Result<ApiKey, Refusal> {
    let (permit, before) = admit_api_key::<RevokeApiKey>(tx, who, key, false)?;
    store::api_keys::revoke(tx, &permit)?;
    note::about(tx, &permit, (Some(before.tenant), key.0.uuid()), &Value::Null)?;
    after(tx, &permit, key.0)
}

/// Warns the Site Admins of some keys that are about to expire, once; says of how many.
///
/// # Errors
/// The database fails.
pub fn warn_of_expiry(tx: &mut Tx<'_>, who: &Actor) -> Result<usize, Refusal> {
    let permit = admit::<WarnOfApiKey>(who, tx.now)?;
    let due = (tx.now.plus(WARNED_BEFORE), CHUNK);
    let keys = store::api_keys::expiring(tx, &permit, due)?;
    for key in &keys {
        let name = organisation(tx.conn, permit.scope(), key.tenant)?;
        let facts = json!({"organisation": name, "key": key.name, "day": day(key.expires_at)});
        notice::site_admins(tx, key.tenant, MessageKind::ApiKeyExpiring, &facts)?;
        store::api_keys::warned(tx, &permit, key.id)?;
        note::about(tx, &permit, (Some(key.tenant), key.id.uuid()), &Value::Null)?;
    }
    Ok(keys.len())
}

impl House {
    /// Who a bearer token stands for: somebody's session, or a program by its key.
    ///
    /// A key that is none, or counts no more, is counted: at the place that it comes from, and under its
    /// handle there; the organisation of a handle that is known finds it in its audit. One that counts is
    /// never held up by what others try.
    ///
    /// # Errors
    /// `auth.invalid_token`, whatever is wrong with it, and `throttle.too_many_requests`.
    pub async fn identify(&self, token: &str, origin: Origin) -> Result<Actor, Refusal> {
        if !ApiSecret::is_claimed_by(token) {
            return self.doorman.check(token).await;
        }
        let secret = ApiSecret::parse(token).ok_or(Refusal::Because(Code::InvalidToken))?;
        let found = self.doorman.check_key(&secret, origin.address.clone()).await;
        if matches!(found, Err(Refusal::Because(Code::InvalidToken))) {
            let ask = Ask::of(Actor::Public, origin);
            self.count_key(&ask, secret.handle()).await?;
            let handle = secret.handle().to_owned();
            let of_handle = move |conn: &mut Conn| store::api_keys::of_handle(conn, &handle);
            let known = self.db.read(of_handle).await?;
            let what = What {
                tenant: known.map(|(_, tenant)| tenant),
                target: known.map(|(key, _)| key.uuid()),
                detail: None,
            };
            let action = UseApiKey::KIND.as_str();
            self.note_refusal_about(&ask, action, Code::InvalidToken, what).await;
        }
        found
    }
}

/// So many days.
fn days(count: i32) -> SignedDuration {
    SignedDuration::from_hours(24).saturating_mul(count)
}

/// The day of a moment, for a letter.
fn day(moment: Moment) -> String {
    moment.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// What an organisation is called.
fn organisation(conn: &mut Conn, scope: Scope, tenant: TenantId) -> Result<TenantName, Refusal> {
    let letterhead = store::tenants::letterhead(conn, scope, tenant)?;
    Ok(letterhead.ok_or(Refusal::NotFound)?.name)
}

/// Tells the Site Admins that there is a secret that was not there before.
fn tell<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (key, change): (&ApiKey, &str),
) -> Result<(), Refusal> {
    let name = organisation(tx.conn, permit.scope(), key.tenant)?;
    let maker = match permit.actor().person() {
        Some(person) => store::accounts::find(tx.conn, person.account)?,
        None => None,
    };
    let facts = json!({
        "organisation": name, "key": key.name, "change": change,
        "by": maker.map(|facts| facts.account.name), "day": day(key.expires_at),
    });
    notice::site_admins(tx, key.tenant, MessageKind::ApiKeyChanged, &facts)
}

/// The key as the transaction leaves it.
fn after<A: Action>(tx: &mut Tx<'_>, permit: &Permit<A>, id: ApiKeyId) -> Result<ApiKey, Refusal> {
    store::api_keys::find(tx.conn, permit.scope(), id)?.ok_or(Refusal::NotFound)
}
