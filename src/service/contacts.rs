//! Changing one's own address or number: a code to the present contact and one to the new.
//!
//! Whoever has stolen a session has neither, and whoever mistypes the new one does not lose the account.

use caredesk_core::domain::account::Account;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::ContactChangeId;
use caredesk_core::domain::notification::{MessageKind, SuppressionReason};
use caredesk_core::domain::proof::{CODE_LASTS, CodePurpose, LinkPurpose};
use caredesk_core::domain::time::Moment;
use caredesk_core::policy::Action;
use caredesk_core::policy::action::ChangeContact;
use serde_json::json;
use uuid::Uuid;

use super::house::{Ask, House, Limits};
use super::steps::{addresses, codes, families, note, notice};
use crate::guard::{self, Refusal, admit, signed_in};
use crate::store::{self, Tx};
use crate::vault::Digits;

/// A change that waits for its codes.
#[derive(Debug, Clone)]
pub struct ContactChange {
    /// Names it.
    pub id: ContactChangeId,
    /// Where the one code went, so that its owner recognises it.
    pub current: String,
    /// Where the other code went.
    pub new: String,
    /// Until when both count.
    pub expires_at: Moment,
}

/// Begins to change the address or the number of whoever asks: sends the two codes.
///
/// # Errors
/// `contact.unchanged`, `contact.missing`, `contact.stopped` where no code would arrive,
/// `throttle.too_many_requests`, and whatever the permit denies.
pub fn begin(
    tx: &mut Tx<'_>,
    who: &Actor,
    (limits, new): (&Limits, &Contact),
) -> Result<ContactChange, Refusal> {
    let permit = admit::<ChangeContact>(who, tx.now)?;
    let account = account_of(tx, who)?;
    if account.contact_like(new).is_some_and(|held| held == *new) {
        return Err(Refusal::Because(Code::ContactUnchanged));
    }
    let current = account.contact().ok_or(Refusal::Because(Code::ContactMissing))?;
    if has_stopped(tx, &[&current, new])? {
        return Err(Refusal::Because(Code::ContactStopped));
    }
    codes::count(tx, limits, (&signed_in(who)?, Some(new)))?;
    for purpose in [CodePurpose::CurrentContact, CodePurpose::NewContact] {
        store::codes::end(tx, &permit, account.id, purpose)?;
    }
    let id = ContactChangeId::of(tx.new_uuid());
    let sides = [(CodePurpose::CurrentContact, &current), (CodePurpose::NewContact, new)];
    for (purpose, contact) in sides {
        codes::send(tx, &permit, &account, (purpose, id.uuid(), contact))?;
    }
    note::about(tx, &permit, (account.tenant, account.id.uuid()), &json!({"begun": id}))?;
    let expires_at = tx.now.plus(CODE_LASTS);
    Ok(ContactChange { id, current: current.masked(), new: new.masked(), expires_at })
}

/// Whether one of some contacts is sent nothing because its owner said STOP, and so not even a code.
fn has_stopped(tx: &mut Tx<'_>, contacts: &[&Contact]) -> Result<bool, Refusal> {
    let keys = contacts.iter().map(|contact| contact.key()).collect();
    let held = store::suppressions::reasons(tx.conn, keys)?;
    let has = |contact: &&Contact| {
        held.get(&(contact.method(), contact.key())) == Some(&SuppressionReason::Stopped)
    };
    Ok(contacts.iter().any(has))
}

impl House {
    /// Changes the contact with both codes. The contact of before is told, and those who administer the
    /// account.
    ///
    /// # Errors
    /// `code.wrong`, `code.not_usable`, `account.address_in_use` where the contact is what one signs in
    /// with and somebody else does, `user.address_reserved`, `support_user.address_shared`, and whatever the permit denies.
    pub async fn confirm_contact_change(
        &self,
        ask: &Ask,
        id: ContactChangeId,
        (current, new): (String, String),
    ) -> Result<(), Refusal> {
        self.try_codes::<ChangeContact>(ask, id.uuid()).await?;
        let ended = self
            .transact(ask, move |tx, actor| {
                let actor = guard::standing(tx, actor)?;
                let permit = admit::<ChangeContact>(&actor, tx.now)?;
                let account = account_of(tx, &actor)?;
                let before = account.contact();
                let contact = proved(tx, &account, id.uuid(), (&current, &new))?;
                if !store::codes::use_up(tx, &permit, account.id, id.uuid())? {
                    return Err(Refusal::Because(Code::CodeNotUsable));
                }
                if let Contact::Email(email) = &contact {
                    addresses::claim(tx, &addresses::Asker::of(&account), email)?;
                }
                store::accounts::set_contact(tx, &permit, &account, &contact)?;
                // Both codes arrived: neither is a contact that nothing can be sent to.
                let shown: Vec<&Contact> = before.iter().chain([&contact]).collect();
                let lifted =
                    store::suppressions::release(tx, &permit, &shown, SuppressionReason::ALL)?;
                // What waits at the contact of before opens nothing any more.
                store::links::end(tx, &permit, account.id, LinkPurpose::PasswordReset)?;
                store::codes::end(tx, &permit, account.id, CodePurpose::SecondFactor)?;
                let facts = json!({"method": contact.method(), "new": contact.masked()});
                if let Some(before) = account.contact_like(&contact).or_else(|| account.contact()) {
                    notice::contact(tx, &account, (MessageKind::ContactChanged, before), facts)?;
                }
                notice::colleagues(tx, &account, "contact")?;
                families::tell_of_contact(tx, &permit, account.id, contact.method())?;
                note::about(
                    tx,
                    &permit,
                    (account.tenant, account.id.uuid()),
                    &json!({"changed": contact.method(), "suppressions_lifted": lifted.len()}),
                )
            })
            .await;
        if matches!(ended, Err(Refusal::Because(Code::CodeWrong))) {
            let action = ChangeContact::KIND.as_str();
            self.note_refusal(ask, action, Code::CodeWrong, Some(id.uuid())).await;
        }
        self.noted(ask, ended).await
    }
}

/// The new contact, if both codes are right.
fn proved(
    tx: &mut Tx<'_>,
    account: &Account,
    subject: Uuid,
    (current, new): (&str, &str),
) -> Result<Contact, Refusal> {
    let sent = store::codes::find_open(tx, account.id, subject)?;
    let right = |purpose: CodePurpose, typed: &str| {
        let code = sent.iter().find(|code| code.purpose == purpose);
        code.filter(|code| Digits::matches(tx.keys, subject, typed, &code.hash))
    };
    let both = right(CodePurpose::CurrentContact, current).zip(right(CodePurpose::NewContact, new));
    match (sent.is_empty(), both) {
        (true, _) => Err(Refusal::Because(Code::CodeNotUsable)),
        (false, None) => Err(Refusal::Because(Code::CodeWrong)),
        (false, Some((_, new))) => Ok(new.contact.clone()),
    }
}

/// The account of whoever asks.
fn account_of(tx: &mut Tx<'_>, who: &Actor) -> Result<Account, Refusal> {
    let facts = store::accounts::find(tx.conn, signed_in(who)?.account)?;
    Ok(facts.ok_or(Refusal::NotFound)?.account)
}
