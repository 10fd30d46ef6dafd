//! Telling people what happened to what is theirs.

use caredesk_core::domain::EmailAddress;
use caredesk_core::domain::account::Account;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{NotificationId, TenantId};
use caredesk_core::domain::notification::{Message, MessageKind};
use caredesk_core::domain::tenant::Tenant;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::guard::Refusal;
use crate::store::notifications::With;
use crate::store::{self, Tx};

/// Queues one message to each address of an organisation, once.
pub(crate) fn tell(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    kind: MessageKind,
    to: &[&EmailAddress],
    facts: &Value,
) -> Result<(), Refusal> {
    let mut told: Vec<String> = Vec::with_capacity(to.len());
    let mut messages = Vec::with_capacity(to.len());
    for address in to {
        let folded = address.folded();
        if told.contains(&folded) {
            continue;
        }
        told.push(folded);
        let message = Message {
            kind,
            to: Contact::Email((*address).clone()),
            locale: tenant.settings.locale,
            tenant: Some(tenant.id),
        };
        messages.push((message, facts.clone()));
    }
    Ok(store::notifications::queue_all(tx, messages)?)
}

/// Queues a message to an account's person, by name. Whoever has no contact cannot be told.
pub(crate) fn account(
    tx: &mut Tx<'_>,
    account: &Account,
    kind: MessageKind,
    facts: Value,
) -> Result<(), Refusal> {
    if let Some(to) = account.contact() {
        contact(tx, account, (kind, to), facts)?;
    }
    Ok(())
}

/// As [`account`], to a contact that may be the account's no more, or not yet.
pub(crate) fn contact(
    tx: &mut Tx<'_>,
    account: &Account,
    to: (MessageKind, Contact),
    facts: Value,
) -> Result<(), Refusal> {
    let facts = named(account, facts);
    put(tx, account, to, facts, With::default()).map(drop)
}

/// As [`contact`], with a link's or a code's secret; says which message it is.
pub(crate) fn secret(
    tx: &mut Tx<'_>,
    account: &Account,
    to: (MessageKind, Contact),
    facts: Value,
    secret: &SecretString,
) -> Result<NotificationId, Refusal> {
    let with = With { secret: Some(secret), ..With::default() };
    put(tx, account, to, named(account, facts), with)
}

/// As [`secret`], without the account's name.
pub(crate) fn secret_to_a_stranger(
    tx: &mut Tx<'_>,
    account: &Account,
    to: (MessageKind, Contact),
    facts: Value,
    secret: &SecretString,
) -> Result<(), Refusal> {
    let with = With { secret: Some(secret), ..With::default() };
    put(tx, account, to, facts, with).map(drop)
}

/// Queues a message that is about an account.
fn put(
    tx: &mut Tx<'_>,
    account: &Account,
    (kind, to): (MessageKind, Contact),
    facts: Value,
    with: With<'_>,
) -> Result<NotificationId, Refusal> {
    let message = Message { kind, to, locale: account.locale, tenant: account.tenant };
    let with = With { subject: Some(account.id.uuid()), ..with };
    Ok(store::notifications::queue_with(tx, &message, facts, with)?)
}

/// Tells those who administer an account's realm, other than its person, what was done to its way in:
/// `change` is the word that the template chooses its sentence by.
pub(crate) fn administrators(
    tx: &mut Tx<'_>,
    account: &Account,
    change: &str,
) -> Result<(), Refusal> {
    let admins = store::accounts::administrators(tx.conn, account)?;
    let others = admins.iter().filter(|admin| admin.id != account.id);
    let messages = others.filter_map(|admin| {
        let (kind, to) = (MessageKind::ColleagueChanged, admin.contact()?);
        let facts = json!({"colleague": account.name, "change": change});
        let message = Message { kind, to, locale: admin.locale, tenant: admin.tenant };
        Some((message, named(admin, facts)))
    });
    Ok(store::notifications::queue_all(tx, messages.collect())?)
}

/// Tells the Site Admins of an organisation something, each by name.
pub(crate) fn site_admins(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    kind: MessageKind,
    facts: &Value,
) -> Result<(), Refusal> {
    let admins = store::accounts::site_admins(tx.conn, tenant)?;
    let messages = admins.iter().filter_map(|admin| {
        let message =
            Message { kind, to: admin.contact()?, locale: admin.locale, tenant: Some(tenant) };
        Some((message, named(admin, facts.clone())))
    });
    Ok(store::notifications::queue_all(tx, messages.collect())?)
}

/// Tells some people the same, each by name and in their own language.
pub(crate) fn each(
    tx: &mut Tx<'_>,
    accounts: &[Account],
    kind: MessageKind,
    facts: &Value,
) -> Result<(), Refusal> {
    let messages = accounts.iter().filter_map(|account| {
        let (to, locale, tenant) = (account.contact()?, account.locale, account.tenant);
        Some((Message { kind, to, locale, tenant }, named(account, facts.clone())))
    });
    let messages: Vec<_> = messages.collect();
    if messages.is_empty() {
        return Ok(());
    }
    Ok(store::notifications::queue_all(tx, messages)?)
}

/// As [`administrators`], for changes that people make to their own way in: told where the account itself
/// administers others (PM1, "Add/Modify Site Admins"; the desk by our own choice).
pub(crate) fn colleagues(tx: &mut Tx<'_>, account: &Account, change: &str) -> Result<(), Refusal> {
    if account.role.needs_second_factor() {
        administrators(tx, account, change)?;
    }
    Ok(())
}

/// Facts with the name of the person who is addressed.
fn named(account: &Account, mut facts: Value) -> Value {
    if let Some(facts) = facts.as_object_mut() {
        facts.insert("name".to_owned(), json!(account.name));
    }
    facts
}
