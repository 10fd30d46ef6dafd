//! One-time codes: sent to a contact, tried a few times, and not too many of them.

use caredesk_core::domain::account::Account;
use caredesk_core::domain::actor::Person;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::CodeId;
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::proof::{CODE_LASTS, CodePurpose};
use caredesk_core::policy::{Action, Permit};
use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use super::notice;
use crate::guard::{Refusal, admit, signed_in, standing};
use crate::service::house::{Ask, House, Limits};
use crate::store::accounts::SignInFacts;
use crate::store::codes::NewCode;
use crate::store::throttle::Allowance;
use crate::store::{self, Tx};
use crate::vault::{Digits, Purpose};

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

/// Counts the codes that are about to be sent to whoever asks, and to a new contact of theirs. Counted
/// with what sends them: neither a refused request nor a repeated one takes from what there is.
///
/// # Errors
/// `throttle.too_many_requests`.
pub(crate) fn count(
    tx: &mut Tx<'_>,
    limits: &Limits,
    (person, new): (&Person, Option<&Contact>),
) -> Result<(), Refusal> {
    let contacts = [Some(person.account.to_string()), new.map(Contact::key)];
    let mut longest = None;
    for whose in contacts.into_iter().flatten() {
        let counted = (MESSAGES_CONTACT, &*whose, limits.messages_per_contact);
        longest = longest.max(count_one(tx, counted)?);
    }
    if let Some(tenant) = person.tenant {
        let counted = (MESSAGES_TENANT, &*tenant.to_string(), limits.messages_per_tenant);
        longest = longest.max(count_one(tx, counted)?);
    }
    longest.map_or(Ok(()), |wait| Err(Refusal::Throttled(wait)))
}

/// Whether a contact, or the organisation on whose behalf it is written to, was sent enough for now.
pub(crate) fn is_capped(
    tx: &mut Tx<'_>,
    limits: &Limits,
    facts: &SignInFacts,
    contact: &str,
) -> Result<bool, Refusal> {
    let counted = (MESSAGES_CONTACT, contact, limits.messages_per_contact);
    let mut waits = vec![count_one(tx, counted)?];
    if let Some(tenant) = facts.account.tenant {
        let counted = (MESSAGES_TENANT, &*tenant.to_string(), limits.messages_per_tenant);
        waits.push(count_one(tx, counted)?);
    }
    Ok(waits.iter().any(Option::is_some))
}

/// Counts one message; how long to wait, if it is one too many.
fn count_one(
    tx: &mut Tx<'_>,
    (what, whose, allowance): (&str, &str, Allowance),
) -> Result<Option<SignedDuration>, Refusal> {
    let key = tx.keys.keyed_hash(Purpose::Tokens, format!("{what}|{whose}").as_bytes());
    Ok(store::throttle::count(tx, &key, allowance)?)
}

/// Links and codes to a contact.
const MESSAGES_CONTACT: &str = "message-contact";
/// Links and codes on behalf of an organisation.
const MESSAGES_TENANT: &str = "message-tenant";
