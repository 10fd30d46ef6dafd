//! One-time codes: sent to a contact, tried a few times, and not too many of them.

use caredesk_core::domain::account::Account;
use caredesk_core::domain::actor::Person;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{CodeId, InvitationId, TenantId, TicketId};
use caredesk_core::domain::notification::MessageKind;
use caredesk_core::domain::proof::{CODE_LASTS, CodePurpose};
use caredesk_core::policy::{Action, Permit};
use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use super::{attempts, notice};
use crate::guard::{Refusal, admit, signed_in, standing};
use crate::service::house::{Ask, House, Limits};
use crate::store::accounts::SignInFacts;
use crate::store::codes::NewCode;
use crate::store::throttle::Allowance;
use crate::store::{self, Tx};
use crate::vault::Digits;

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
    if purpose == CodePurpose::NewContact {
        // It may be a stranger's, by a slip or on purpose: no name, and nothing of anybody's choice.
        notice::secret_to_a_stranger(tx, account, to, facts, code.secret())
    } else {
        notice::secret(tx, account, to, facts, code.secret()).map(drop)
    }
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
    let contacts = contacts.into_iter().flatten();
    let mut all: Vec<Counted> =
        contacts.map(|whose| (CODES_CONTACT, whose, limits.messages_per_contact)).collect();
    if let Some(tenant) = person.tenant {
        all.push((MESSAGES_TENANT, tenant.to_string(), limits.messages_per_tenant));
    }
    count_all(tx, &all)?.map_or(Ok(()), |wait| Err(Refusal::Throttled(wait)))
}

/// As [`count`], for a code to somebody who has no account yet and comes by an invitation. Families have a counter
/// of the organisation's to themselves: whoever has got hold of an invitation uses up nothing of what the
/// organisation's own people need to come in.
///
/// # Errors
/// `throttle.too_many_requests`.
pub(crate) fn count_stranger(
    tx: &mut Tx<'_>,
    limits: &Limits,
    (invitation, tenant, contact): (InvitationId, TenantId, &Contact),
) -> Result<(), Refusal> {
    let all = [
        (CODES_INVITATION, invitation.to_string(), limits.codes_per_invitation),
        (CODES_CONTACT, contact.key(), limits.messages_per_contact),
        (CODES_FAMILIES, tenant.to_string(), limits.family_codes_per_tenant),
    ];
    count_all(tx, &all)?.map_or(Ok(()), |wait| Err(Refusal::Throttled(wait)))
}

/// As [`count`], for a code that a caller reads out. A counter of its own: an agent who sends many uses up nothing
/// of what the account's owner needs.
///
/// # Errors
/// `throttle.too_many_requests`.
pub(crate) fn count_caller(
    tx: &mut Tx<'_>,
    limits: &Limits,
    (ticket, contact): (TicketId, &Contact),
) -> Result<(), Refusal> {
    let all = [
        (CODES_TICKET, ticket.to_string(), limits.messages_per_contact),
        (CODES_CALLER, contact.key(), limits.messages_per_contact),
    ];
    count_all(tx, &all)?.map_or(Ok(()), |wait| Err(Refusal::Throttled(wait)))
}

/// Whether a contact, or the organisation on whose behalf it is written to, was sent enough for now.
pub(crate) fn is_capped(
    tx: &mut Tx<'_>,
    limits: &Limits,
    facts: &SignInFacts,
    contact: &str,
) -> Result<bool, Refusal> {
    let mut all = vec![(RESETS_CONTACT, contact.to_owned(), limits.messages_per_contact)];
    if let Some(tenant) = facts.account.tenant {
        all.push((MESSAGES_TENANT, tenant.to_string(), limits.messages_per_tenant));
    }
    Ok(count_all(tx, &all)?.is_some())
}

/// What is counted, whose it is, and how much of it is allowed.
type Counted = (&'static str, String, Allowance);

/// Counts one message, the narrowest limit first; how long to wait, if it is one too many. What a narrow
/// limit holds up does not count against a wide one.
fn count_all(tx: &mut Tx<'_>, all: &[Counted]) -> Result<Option<SignedDuration>, Refusal> {
    for (what, whose, allowance) in all {
        let key = attempts::key(tx.keys, what, whose);
        let wait = store::throttle::count(tx, &key, *allowance)?;
        if wait.is_some() {
            return Ok(wait);
        }
    }
    Ok(None)
}

/// Codes to a contact. Counted apart from links: whoever names a stranger's address as their own to be
/// uses up none of the stranger's.
const CODES_CONTACT: &str = "code-contact";
/// Codes that are asked for on one ticket.
const CODES_TICKET: &str = "code-ticket";
/// Codes that callers read out, to a contact.
const CODES_CALLER: &str = "code-caller";
/// Codes to whoever comes by an invitation.
const CODES_INVITATION: &str = "code-invitation";
/// Codes to all who come by an organisation's invitations.
const CODES_FAMILIES: &str = "code-families";
/// Links for a new password to a contact.
const RESETS_CONTACT: &str = "reset-contact";
/// Links and codes to an organisation's own people.
const MESSAGES_TENANT: &str = "message-tenant";
