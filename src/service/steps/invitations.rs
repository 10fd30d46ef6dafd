//! The link that somebody sets a first password with: sent, and taken back.

use caredesk_core::domain::account::Account;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, NotificationId, TenantId};
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::domain::proof::LinkPurpose;
use caredesk_core::policy::{Action, Permit};
use serde_json::{Value, json};

use super::notice;
use crate::guard::Refusal;
use crate::store::accounts::users::Numbered;
use crate::store::notifications::With;
use crate::store::tenants::Letterhead;
use crate::store::{self, Tx};
use crate::vault::{Opaque, OpaqueKind};

/// Makes a link for an account; the ones before stop to count.
pub(crate) fn make<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: AccountId,
) -> Result<Opaque, Refusal> {
    let link = Opaque::make(tx.entropy, OpaqueKind::Enrolment);
    store::links::insert(tx, permit, (id, LinkPurpose::Enrolment), &link.hash(tx.keys))?;
    Ok(link)
}

/// Makes a link and sends it to the account's address. An organisation's users are told what they will sign in
/// with.
pub(crate) fn send<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    account: &Account,
) -> Result<Option<NotificationId>, Refusal> {
    let organisation = account.tenant.map(|tenant| letterhead(tx, permit, tenant)).transpose()?;
    let link = make(tx, permit, account.id)?;
    let Some(email) = account.email.clone() else { return Ok(None) };
    let facts = facts(organisation.as_ref(), &json!(account.user_name));
    let to = (MessageKind::Enrolment, Contact::Email(email));
    notice::secret(tx, account, to, facts, link.secret()).map(Some)
}

/// As [`send`], to users who were made just now and have no link yet.
pub(crate) fn send_all<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (tenant, organisation): (TenantId, &Letterhead),
    users: &[Numbered],
) -> Result<(), Refusal> {
    let mut links = Vec::with_capacity(users.len());
    let mut messages = Vec::with_capacity(users.len());
    for user in users {
        let link = Opaque::make(tx.entropy, OpaqueKind::Enrolment);
        links.push((user.id, link.hash(tx.keys)));
        let new = &user.new;
        let mut facts = facts(Some(organisation), &json!(new.user_name));
        if let Some(facts) = facts.as_object_mut() {
            let name = format!("{} {}", new.first_name, new.last_name);
            facts.insert("name".to_owned(), json!(name));
        }
        let to = Contact::Email(new.email.clone());
        let kind = MessageKind::Enrolment;
        let locale = new.locale.unwrap_or(organisation.locale);
        let message = Message { kind, to, locale, tenant: Some(tenant) };
        messages.push((message, facts, link, user.id.uuid()));
    }
    store::links::insert_first(tx, permit, LinkPurpose::Enrolment, &links)?;
    let messages = messages.iter().map(|(to, facts, link, subject)| {
        let (secret, subject) = (Some(link.secret()), Some(*subject));
        (to, facts.clone(), With { secret, subject, resent_from: None })
    });
    store::notifications::queue_each(tx, messages)?;
    Ok(())
}

/// What a link's letter says beside the name of whoever gets it.
fn facts(organisation: Option<&Letterhead>, user_name: &Value) -> Value {
    json!({
        "hours": LinkPurpose::Enrolment.lasts().as_hours(),
        "organisation": organisation.map(|tenant| &tenant.name),
        "slug": organisation.map(|tenant| &tenant.slug),
        "user_name": user_name,
    })
}

/// The organisation of those who are written to, as they know it.
pub(crate) fn letterhead<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
) -> Result<Letterhead, Refusal> {
    store::tenants::letterhead(tx.conn, permit.scope(), tenant)?.ok_or(Refusal::NotFound)
}

/// Ends every session and link of an account; says how many sessions.
pub(crate) fn shut_out<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: AccountId,
) -> Result<usize, Refusal> {
    for purpose in LinkPurpose::ALL {
        store::links::end(tx, permit, id, *purpose)?;
    }
    Ok(store::sessions::end_all(tx, permit, id, None)?)
}
