//! Handing out the tokens of a session.

use caredesk_core::domain::account::Account;
use caredesk_core::domain::actor::Person;
use caredesk_core::domain::ids::SessionId;
use caredesk_core::domain::session::{MAX_SESSIONS, absolute, token_lifetime};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::{Action, Permit};
use serde_json::json;

use crate::guard::Refusal;
use crate::guard::tokens::{Claims, TokenSigner};
use crate::store::sessions::{LiveSession, NewSession};
use crate::store::{self, Tx};
use crate::vault::{Opaque, OpaqueKind};

/// A session and the two tokens that it is carried on with.
#[derive(Clone)]
pub struct Tokens {
    /// Goes with every request.
    pub access: String,
    /// When the access token is over.
    pub access_expires_at: Moment,
    /// Makes new tokens, once.
    pub refresh: Opaque,
    /// The session.
    pub session: LiveSession,
}

/// Begins a session of an account that has proved its password or its link, and writes it down. The
/// session beyond the last allowed one ends.
pub(crate) fn begin<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    signer: &TokenSigner,
    (account, user_agent): (&Account, Option<String>),
) -> Result<Tokens, Refusal> {
    let realm = account.role.realm();
    let running = store::sessions::running(tx.conn, (account.id, realm), tx.now)?;
    let kept = MAX_SESSIONS.saturating_sub(1);
    let ended: Vec<SessionId> = running.iter().skip(kept).map(|session| session.id).collect();
    if !ended.is_empty() {
        store::sessions::end_some(tx, permit, account.id, &ended)?;
    }
    let id = SessionId::of(tx.new_uuid());
    let expires_at = tx.now.plus(absolute(realm));
    store::sessions::insert(tx, &NewSession { id, account: account.id, expires_at, user_agent })?;
    store::accounts::signed_in(tx, account.id)?;
    let detail = json!({"session": id, "ended": ended.len()});
    super::note::about(tx, permit, (account.tenant, account.id.uuid()), &detail)?;
    tokens(tx, signer, id)
}

/// New tokens of a session that lives.
pub(crate) fn tokens(
    tx: &mut Tx<'_>,
    signer: &TokenSigner,
    id: SessionId,
) -> Result<Tokens, Refusal> {
    let session = store::sessions::find(tx.conn, id)?
        .ok_or_else(|| Refusal::Broken("a session vanished in its own transaction".to_owned()))?;
    let refresh = Opaque::make(tx.entropy, OpaqueKind::Refresh);
    store::sessions::insert_refresh(tx, id, &refresh.hash(tx.keys))?;
    let (access, access_expires_at) = access(tx, signer, &session)?;
    Ok(Tokens { access, access_expires_at, refresh, session })
}

/// A new access token of a session.
pub(crate) fn access(
    tx: &Tx<'_>,
    signer: &TokenSigner,
    session: &LiveSession,
) -> Result<(String, Moment), Refusal> {
    let Person { account, session: sid, tenant, standing } = &session.person;
    let expires_at = tx.now.plus(token_lifetime(standing.role)).min(session.expires_at);
    let proven = standing.second_factor_at;
    let amr = if proven.is_some() { vec!["pwd", "otp", "mfa"] } else { vec!["pwd"] };
    let claims = Claims {
        iss: signer.issuer().to_owned(),
        aud: signer.audience().to_owned(),
        sub: account.uuid(),
        sid: sid.uuid(),
        jti: tx.new_uuid(),
        iat: tx.now.seconds(),
        nbf: tx.now.seconds(),
        exp: expires_at.seconds(),
        tid: tenant.map(caredesk_core::domain::ids::TenantId::uuid),
        amr: amr.into_iter().map(str::to_owned).collect(),
        acr: if proven.is_some() { "aal2" } else { "aal1" }.to_owned(),
        auth_time: proven.unwrap_or(session.created_at).seconds(),
    };
    let token = signer.sign(&claims).map_err(|error| Refusal::Broken(error.to_string()))?;
    Ok((token, expires_at))
}
