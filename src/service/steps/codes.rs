//! One-time codes: sent to a contact, tried a few times, and not too many of them.

use caredesk_core::domain::account::Account;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::CodeId;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::proof::{CODE_LASTS, CodePurpose};
use caredesk_core::policy::{Action, Permit};
use serde_json::json;
use uuid::Uuid;

use super::attempts::Counted;
use super::notice;
use crate::guard::{Refusal, admit, signed_in, standing};
use crate::service::house::{Ask, House, Limits};
use crate::store::accounts::SignInFacts;
use crate::store::codes::NewCode;
use crate::store::{self, Tx};
use crate::vault::{Digits, Keyring, Purpose};

/// Sends a code that shows something about an account to a contact.
pub(crate) fn send<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    account: &Account,
    (purpose, subject, contact): (CodePurpose, Uuid, &Contact),
) -> Result<(), Refusal> {
    let code = Digits::make(tx.entropy);
    let id = CodeId::of(tx.new_uuid());
    let hash = code.hash(tx.keys, subject);
    let row = NewCode { id, purpose, subject, account: account.id, contact, hash };
    store::codes::insert(tx, permit, &row)?;
    let facts = json!({"purpose": purpose, "minutes": CODE_LASTS.as_mins()});
    let to = (MessageKind::ContactCode, contact.clone());
    notice::secret(tx, account, to, facts, code.secret())
}

impl House {
    /// Counts a code that is about to be sent to contacts of whoever asks.
    ///
    /// # Errors
    /// `throttle.too_many_requests`.
    pub async fn count_codes(&self, ask: &Ask, new: Option<&Contact>) -> Result<(), Refusal> {
        let Some(person) = ask.actor.person() else { return Ok(()) };
        let limits = &self.limits;
        let own = person.account.to_string();
        let mut all = vec![Counted::of(MESSAGES_CONTACT, own, limits.messages_per_contact)];
        if let Some(new) = new {
            all.push(Counted::of(MESSAGES_CONTACT, new.key(), limits.messages_per_contact));
        }
        if let Some(tenant) = person.tenant {
            let tenant = tenant.to_string();
            all.push(Counted::of(MESSAGES_TENANT, tenant, limits.messages_per_tenant));
        }
        self.count(ask, all).await
    }

    /// Counts an attempt at the codes that were sent for something; it stays counted.
    ///
    /// # Errors
    /// `code.not_usable`: expired, used, or tried too often; not found if none was sent; and whatever the
    /// permit denies.
    pub(crate) async fn try_codes<A>(&self, ask: &Ask, subject: Uuid) -> Result<(), Refusal>
    where
        A: Action<Target = ()>,
    {
        let tried = self.transact(ask, move |tx, actor| {
            let actor = standing(tx, actor)?;
            admit::<A>(&actor, tx.now)?;
            let account = signed_in(&actor)?.account;
            if !store::codes::is_known(tx.conn, account, subject)? {
                return Err(Refusal::NotFound);
            }
            Ok(store::codes::count_attempt(tx, account, subject)?)
        });
        let tried = tried.await;
        if self.noted(ask, tried).await? {
            Ok(())
        } else {
            Err(Refusal::Because(Code::CodeNotUsable))
        }
    }
}

/// Whether a contact, or the organisation on whose behalf it is written to, was sent enough for now.
pub(crate) fn is_capped(
    tx: &mut Tx<'_>,
    limits: &Limits,
    facts: &SignInFacts,
    contact: &str,
) -> Result<bool, Refusal> {
    let key = |ring: &Keyring, what: &str, whose: &str| {
        ring.keyed_hash(Purpose::Tokens, format!("{what}|{whose}").as_bytes())
    };
    let contact = key(tx.keys, MESSAGES_CONTACT, contact);
    let mut waits = vec![store::throttle::count(tx, &contact, limits.messages_per_contact)?];
    if let Some(tenant) = facts.account.tenant {
        let tenant = key(tx.keys, MESSAGES_TENANT, &tenant.to_string());
        waits.push(store::throttle::count(tx, &tenant, limits.messages_per_tenant)?);
    }
    Ok(waits.iter().any(Option::is_some))
}

/// Links and codes to a contact.
const MESSAGES_CONTACT: &str = "message-contact";
/// Links and codes on behalf of an organisation.
const MESSAGES_TENANT: &str = "message-tenant";
