//! Sessions: carried on, listed, ended.

use caredesk_core::domain::actor::{Actor, Person};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::SessionId;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::policy::action::{
    EndOwnSession, ListOwnSessions, ReadOwnSession, RefreshSession, RevokeOwnSession,
};
use caredesk_core::policy::{Action, Permit};
use serde_json::{Value, json};
use uuid::Uuid;

use super::house::{Ask, House};
use super::steps::issue::{self, Tokens};
use super::steps::{note, notice};
use crate::guard::{self, Refusal, admit, signed_in};
use crate::store::audit::What;
use crate::store::sessions::{ListedSession, LiveSession};
use crate::store::{self, StoreError, Tx};
use crate::vault::{Opaque, OpaqueKind};

/// What became of a refresh token.
enum Refreshed {
    /// It was good.
    Tokens(Box<Tokens>),
    /// It stands for nothing any more, or never did.
    Nothing,
    /// It was used before: its session was ended.
    Theft,
}

impl House {
    /// Exchanges a refresh token for new tokens of the same session, once.
    ///
    /// # Errors
    /// `auth.invalid_token` for an unknown or used token and an ended session alike. A token that is
    /// used twice ends its session: one of the two users is not its owner.
    pub async fn refresh(&self, ask: &Ask, token: &str) -> Result<Tokens, Refusal> {
        let refused = Refusal::Because(Code::InvalidToken);
        let Some(token) = Opaque::parse(token, OpaqueKind::Refresh) else { return Err(refused) };
        let hashes = token.hashes(&self.keys);
        let signer = self.fresh_signer().await;
        let ended = self
            .transact::<_, Refusal, _>(ask, move |tx, actor| {
                let permit = admit::<RefreshSession>(actor, tx.now)?;
                let Some((hash, facts)) = find_refresh(tx, &hashes)? else {
                    return Ok(Refreshed::Nothing);
                };
                let live = store::sessions::find(tx.conn, facts.session)?;
                let Some(live) = live.filter(|live| !live.is_over(tx.now)) else {
                    return Ok(Refreshed::Nothing);
                };
                if live.person.standing.is_switched_off() {
                    return Ok(Refreshed::Nothing);
                }
                if facts.used_at.is_some() || !store::sessions::use_refresh(tx, &hash)? {
                    reused(tx, &live)?;
                    return Ok(Refreshed::Theft);
                }
                store::sessions::touch(tx.conn, facts.session, tx.now)?;
                let tokens = issue::tokens(tx, &signer, facts.session)?;
                let whose = (live.person.tenant, facts.session.uuid());
                note::about(tx, &permit, whose, &Value::Null)?;
                Ok(Refreshed::Tokens(Box::new(tokens)))
            })
            .await?;
        match ended {
            Refreshed::Tokens(tokens) => Ok(*tokens),
            Refreshed::Nothing => Err(refused),
            Refreshed::Theft => {
                self.doorman.forget_all();
                Err(refused)
            }
        }
    }

    /// The session of whoever asks.
    ///
    /// # Errors
    /// The session ended meanwhile.
    pub async fn read_own_session(&self, ask: &Ask) -> Result<LiveSession, Refusal> {
        self.look(ask, |conn, looker| {
            admit::<ReadOwnSession>(&looker.actor, looker.now)?;
            let person = signed_in(&looker.actor)?;
            store::sessions::find(conn, person.session)?.ok_or(Refusal::Because(Code::InvalidToken))
        })
        .await
    }

    /// Ends the session of whoever asks.
    ///
    /// # Errors
    /// The session ended meanwhile.
    pub async fn end_own_session(&self, ask: &Ask) -> Result<(), Refusal> {
        let ended = self.transact(ask, |tx, actor| {
            let actor = guard::standing(tx, actor)?;
            let permit = admit::<EndOwnSession>(&actor, tx.now)?;
            let person = signed_in(&actor)?;
            store::sessions::end(tx, person.session)?;
            note::about(tx, &permit, (person.tenant, person.session.uuid()), &Value::Null)
        });
        let ended = ended.await;
        self.noted(ask, ended).await?;
        self.doorman.forget_all();
        Ok(())
    }

    /// The sessions of whoever asks, the last used first.
    ///
    /// # Errors
    /// Whatever the permit denies.
    pub async fn list_own_sessions(&self, ask: &Ask) -> Result<Vec<ListedSession>, Refusal> {
        self.look(ask, |conn, looker| {
            admit::<ListOwnSessions>(&looker.actor, looker.now)?;
            let person = signed_in(&looker.actor)?;
            let whose = (person.account, person.standing.role.realm());
            Ok(store::sessions::running(conn, whose, looker.now)?)
        })
        .await
    }

    /// Ends one session of whoever asks.
    ///
    /// # Errors
    /// Not found, also for a session of somebody else's and one that is over: what the list does not show.
    pub async fn revoke_session(&self, ask: &Ask, id: SessionId) -> Result<(), Refusal> {
        self.revoke(ask, move |tx, permit, person| {
            let whose = (person.account, person.standing.role.realm());
            let running = store::sessions::running(tx.conn, whose, tx.now)?;
            if !running.iter().any(|session| session.id == id) {
                return Err(Refusal::NotFound);
            }
            match store::sessions::end_some(tx, permit, person.account, &[id])? {
                0 => Err(Refusal::NotFound),
                _ => Ok((id.uuid(), Value::Null)),
            }
        })
        .await
    }

    /// Ends every session of whoever asks, or every other one.
    ///
    /// # Errors
    /// Whatever the permit denies.
    pub async fn revoke_sessions(&self, ask: &Ask, keep_current: bool) -> Result<(), Refusal> {
        self.revoke(ask, move |tx, permit, person| {
            let but = keep_current.then_some(person.session);
            let ended = store::sessions::end_all(tx, permit, person.account, but)?;
            Ok((person.account.uuid(), json!({"ended": ended})))
        })
        .await
    }

    /// Ends sessions with `work`, which says what to write down.
    async fn revoke<W>(&self, ask: &Ask, work: W) -> Result<(), Refusal>
    where
        W: Fn(&mut Tx<'_>, &Permit<RevokeOwnSession>, &Person) -> Result<(Uuid, Value), Refusal>
            + Send
            + 'static,
    {
        let ended = self.transact(ask, move |tx, actor| {
            let actor = guard::standing(tx, actor)?;
            let permit = admit::<RevokeOwnSession>(&actor, tx.now)?;
            let person = signed_in(&actor)?;
            let (target, detail) = work(tx, &permit, &person)?;
            note::about(tx, &permit, (person.tenant, target), &detail)
        });
        let ended = ended.await;
        self.noted(ask, ended).await?;
        self.doorman.forget_all();
        Ok(())
    }
}

/// The refresh token among the hashes that it may be kept under.
fn find_refresh(
    tx: &mut Tx<'_>,
    hashes: &[[u8; 32]],
) -> Result<Option<([u8; 32], store::sessions::RefreshFacts)>, StoreError> {
    for hash in hashes {
        if let Some(facts) = store::sessions::find_refresh(tx.conn, hash)? {
            return Ok(Some((*hash, facts)));
        }
    }
    Ok(None)
}

/// A refresh token came a second time: ends the session, tells its owner, writes it down.
fn reused(tx: &mut Tx<'_>, live: &LiveSession) -> Result<(), Refusal> {
    store::sessions::end(tx, live.person.session)?;
    let actor = Actor::Person(live.person.clone());
    store::audit::record_denial(
        tx,
        &actor,
        store::audit::Refused {
            action: RefreshSession::KIND.as_str().to_owned(),
            rule: Code::InvalidToken.as_str().to_owned(),
            what: What {
                tenant: live.person.tenant,
                target: Some(live.person.session.uuid()),
                detail: Some(json!({"ended": "refresh token used twice"}).to_string()),
            },
            times: 1,
        },
    )?;
    if let Some(facts) = store::accounts::find(tx.conn, live.person.account)? {
        notice::account(tx, &facts.account, MessageKind::SessionReuse, json!({}))?;
    }
    Ok(())
}
