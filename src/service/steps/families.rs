//! Applications and the inviting of their families: what is the same for one and for a batch.

use std::collections::HashSet;

use caredesk_core::domain::ApplicationNumber;
use caredesk_core::domain::application::{Application, InviteMethod, NewApplication};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, ApplicationId, InvitationId, TenantId};
use caredesk_core::domain::invitation::{InvitationState, LIFETIME};
use caredesk_core::domain::notification::{Message, MessageKind, Method};
use caredesk_core::policy::{Action, Permit};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::guard::Refusal;
use crate::store::invitations::NewInvitation;
use crate::store::notifications::With;
use crate::store::portal::Told;
use crate::store::tenants::Letterhead;
use crate::store::{self, Tx};
use crate::vault::{FamilyCode, Opaque, OpaqueKind};

/// An application, and where its family's invitation goes.
pub(crate) type Invited<'a> = (&'a Application, Contact);

/// Invites families: link and code, the message, and the application's column. What they were sent before
/// stops to count. The caller holds the applications locked.
pub(crate) fn invite<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    (tenant, organisation): (TenantId, &Letterhead),
    families: &[Invited<'_>],
) -> Result<(), Refusal> {
    let ids: Vec<ApplicationId> = families.iter().map(|(application, _)| application.id).collect();
    store::invitations::end(tx, permit, &ids, InvitationState::Replaced)?;
    let until = tx.now.plus(LIFETIME);
    // A message may wait for the morning: only a date says the same then.
    let day = until.timestamp().to_zoned(organisation.time_zone.zone()).date().to_string();
    let letter = (tenant, organisation, day.as_str());
    let made: Vec<Made> = families.iter().map(|family| Made::of(tx, letter, family)).collect();
    let messages = made.iter().zip(&ids).map(|(made, application)| {
        let (secret, subject) = (Some(&made.secret), Some(application.uuid()));
        (&made.message, made.facts.clone(), With { secret, subject, resent_from: None })
    });
    let notifications = store::notifications::queue_each(tx, messages)?;
    let created_by = permit.actor().person().map(|person| person.account);
    let rows = made.into_iter().zip(notifications).zip(&ids);
    let rows = rows.map(|((made, notification), application)| NewInvitation {
        id: InvitationId::of(tx.new_uuid()),
        tenant_id: tenant,
        application_id: *application,
        method: made.message.to.method(),
        recipient: made.message.to.as_str().to_owned(),
        state: InvitationState::Pending,
        link_hash: made.link_hash.to_vec(),
        handle: made.handle,
        code_hash: made.code_hash.to_vec(),
        attempts: 0,
        notification_id: Some(notification),
        created_by,
        created_at: tx.now,
        expires_at: until,
        version: 1,
    });
    let rows = rows.collect();
    store::invitations::insert(tx, permit, rows)?;
    Ok(store::applications::invited(tx, permit, &ids, until)?)
}

/// The numbers of new applications: their own, or drawn ones that no application has.
pub(crate) fn numbers(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    new: &[&NewApplication],
) -> Result<Vec<ApplicationNumber>, Refusal> {
    numbers_beside(tx, tenant, (new, &HashSet::new()))
}

/// As [`numbers`], leaving out numbers that others are about to have: `kept`, as they are compared.
pub(crate) fn numbers_beside(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    (new, kept): (&[&NewApplication], &HashSet<String>),
) -> Result<Vec<ApplicationNumber>, Refusal> {
    let missing = new.iter().filter(|new| new.number.is_none()).count();
    let mut drawn: Vec<ApplicationNumber> = Vec::with_capacity(missing);
    // Also for numbers of the organisation's own: whoever draws waits for whoever brings some.
    store::applications::draw_number(tx.conn, tenant, 0)?;
    while drawn.len() < missing {
        let count = i64::try_from(missing.saturating_sub(drawn.len())).unwrap_or(1);
        let first = store::applications::draw_number(tx.conn, tenant, count)?;
        let fresh = (first..first.saturating_add(count)).map(|number| format!("A-{number:06}"));
        let fresh: Vec<ApplicationNumber> =
            fresh.filter_map(|number| ApplicationNumber::parse(&number).ok()).collect();
        // An organisation may have given such a number itself.
        let keys = fresh.iter().map(ApplicationNumber::folded).collect();
        let taken = store::applications::taken(tx.conn, tenant, keys)?;
        let own = new.iter().filter_map(|new| new.number.as_ref());
        let mut taken: HashSet<String> = taken.into_iter().map(|(key, _)| key).collect();
        taken.extend(own.map(ApplicationNumber::folded));
        let is_free = |key: &String| !taken.contains(key) && !kept.contains(key);
        drawn.extend(fresh.into_iter().filter(|one| is_free(&one.folded())));
    }
    let mut drawn = drawn.into_iter();
    Ok(new.iter().filter_map(|new| new.number.clone().or_else(|| drawn.next())).collect())
}

/// Where an invitation goes; there is no other way than the one that was asked for.
pub(crate) fn contact(application: &Application, asked: InviteMethod) -> Result<Contact, Refusal> {
    let contact = application.contact(application.method(asked));
    contact.ok_or(Refusal::Because(Code::ApplicationNoContact))
}

/// By what a family is invited anew.
pub(crate) fn method_after(
    before: &Application,
    asked: Option<InviteMethod>,
) -> Result<InviteMethod, Refusal> {
    let chosen = asked.filter(|asked| *asked != InviteMethod::Preferred);
    if before.access.unlinked_at.is_some() && chosen.is_none() {
        return Err(Refusal::Because(Code::InvitationMethodNeeded));
    }
    Ok(asked.unwrap_or(InviteMethod::Preferred))
}

/// An invitation that is ready to be stored.
struct Made {
    message: Message,
    facts: Value,
    /// Link and code, as the message says them.
    secret: SecretString,
    link_hash: [u8; 32],
    code_hash: [u8; 32],
    handle: String,
}

impl Made {
    /// Draws link and code, and writes the message, which says on which day they end.
    fn of(
        tx: &Tx<'_>,
        (tenant, organisation, until): (TenantId, &Letterhead, &str),
        (application, to): &Invited<'_>,
    ) -> Self {
        let link = Opaque::make(tx.entropy, OpaqueKind::Invitation);
        let code = FamilyCode::make(tx.entropy);
        let facts = json!({
            "organisation": organisation.name,
            "family": application.family_name,
            "number": application.number,
            "days": LIFETIME.as_hours() / 24,
            "hours": LIFETIME.as_hours(),
            "until": until,
        });
        Self {
            message: Message {
                kind: MessageKind::Invitation,
                to: to.clone(),
                locale: application.locale,
                tenant: Some(tenant),
            },
            facts,
            secret: format!("{} {}", link.expose(), code.shown()).into(),
            link_hash: link.hash(tx.keys),
            code_hash: code.hash(tx.keys),
            handle: code.handle().to_owned(),
        }
    }
}

/// Tells an organisation what one of its families did or wants.
pub(crate) fn tell(
    tx: &mut Tx<'_>,
    told: &Told,
    kind: MessageKind,
    mut facts: Value,
) -> Result<(), Refusal> {
    if let Some(facts) = facts.as_object_mut() {
        facts.insert("organisation".to_owned(), json!(told.name));
    }
    let to = Contact::Email(told.address.clone());
    let (tenant, locale) = (Some(told.tenant), told.settings.locale);
    store::notifications::queue(tx, &Message { kind, to, locale, tenant }, facts)?;
    Ok(())
}

/// Tells the organisations of a family's applications that it is reached by another contact. What they have on
/// record is theirs, and stays.
pub(crate) fn tell_of_contact<A: Action>(
    tx: &mut Tx<'_>,
    _: &Permit<A>,
    account: AccountId,
    method: Method,
) -> Result<(), Refusal> {
    let all = store::portal::told_of(tx.conn, account)?;
    for of_one in all.chunk_by(|one, next| one.tenant == next.tenant) {
        let numbers: Vec<&ApplicationNumber> = of_one.iter().map(|told| &told.number).collect();
        let facts = json!({"method": method, "numbers": numbers});
        if let Some(told) = of_one.first() {
            tell(tx, told, MessageKind::FamilyContactChanged, facts)?;
        }
    }
    Ok(())
}
