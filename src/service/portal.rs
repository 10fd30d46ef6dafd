//! The family portal: what an invitation is for, an account by it, further applications, and leaving one (CW).
//!
//! A wrong code is counted in a transaction of its own, at the invitation that it was meant for. Whoever has
//! the link or the code learns which organisation invites and until when, and nothing of the family.

mod typed;

use caredesk_core::domain::account::{Locale, Named, NewAccount, Role};
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::application::{ApplicationStatus, OnlineAccount};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AcceptanceId, AccountId, ApplicationId, TenantId};
use caredesk_core::domain::invitation::RENEWAL_PAUSE;
use caredesk_core::domain::notification::{Message, MessageKind, SuppressionReason};
use caredesk_core::domain::page::Page;
use caredesk_core::domain::proof::{CODE_LASTS, CodePurpose};
use caredesk_core::domain::tenant::TenantStatus;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, TenantName, WrittenPhone};
use caredesk_core::policy::action::{
    AcceptInvitation, LinkOwnApplication, ListOrganizations, LookUpInvitation, ReadOwnApplication,
    RequestInvitation, UnlinkOwnApplication,
};
use caredesk_core::policy::{Action, Permit};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::house::{Ask, House};
use super::perform::Looker;
use super::steps::addresses::{self, Asker};
use super::steps::issue::{self, Tokens};
use super::steps::judge::judge;
use super::steps::{codes, families, note, phones};
use crate::guard::{self, Refusal, admit, passwords, signed_in};
use crate::store::acceptances::{Begun, Open};
use crate::store::invitations::Met;
use crate::store::portal::{FamilyApplication, FamilyKey, FamilyOrganization};
use crate::store::{self, StoreError, Tx};
use crate::vault::Digits;
use typed::{Found, over};

/// What whoever has a link or a code may know.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The organisation that invites.
    pub organization: TenantName,
    /// Until when the invitation counts.
    pub expires_at: Moment,
}

/// An account that is about to be made.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// Names it.
    pub id: AcceptanceId,
    /// Where the code went, so that its owner recognises it.
    pub sent_to: String,
    /// The same in full: what the family will sign in with.
    pub sign_in_name: String,
    /// Until when that code counts.
    pub expires_at: Moment,
}

/// What a family says of itself when it makes its account.
#[derive(Debug, Clone)]
pub struct Family {
    /// The guardian's name.
    pub name: PersonName,
    /// The language; the application's if there is none.
    pub locale: Option<Locale>,
    /// The password.
    pub password: SecretString,
}

/// What a family wants to sign in with, as it was typed.
#[derive(Debug, Clone)]
pub enum Reached {
    /// An address.
    Email(EmailAddress),
    /// A number, as it is dialled in the country of the organisation that invites.
    Phone(WrittenPhone),
}

impl Reached {
    /// The contact.
    fn contact(&self, tx: &mut Tx<'_>, tenant: TenantId) -> Result<Contact, Refusal> {
        Ok(match self {
            Self::Email(email) => Contact::Email(email.clone()),
            Self::Phone(written) => Contact::Phone(phones::of_tenant(tx, tenant, written)?),
        })
    }
}

impl House {
    /// What a link or a code is for.
    ///
    /// # Errors
    /// As for one that is used, and `throttle.too_many_requests`.
    pub async fn look_up_invitation(&self, ask: &Ask, typed: &str) -> Result<Notice, Refusal> {
        admit::<LookUpInvitation>(&Actor::Public, self.clock.now())?;
        let met = self.usable_invitation::<LookUpInvitation>(ask, typed).await?;
        Ok(Notice { organization: met.organization, expires_at: met.expires_at })
    }

    /// Asks the organisation for a new invitation, for a family whose own counts no more, or whose code was tried
    /// too often. Says nothing of what becomes of it.
    ///
    /// # Errors
    /// `throttle.too_many_requests`.
    pub async fn request_invitation(&self, ask: &Ask, typed: &str) -> Result<(), Refusal> {
        let (met, is_spent) = match self.find_invitation(ask, typed).await? {
            Found::Open(met) => (met, false),
            // Somebody else may have tried it so often: the family cannot come by it any more.
            Found::Spent(met) => (met, true),
            Found::Wrong(met) => {
                let about = met.map(|met| (met.tenant, met.id));
                let refusal = Refusal::Because(Code::InvitationUnknown);
                self.refuse::<RequestInvitation>(ask, refusal, about).await;
                return Ok(());
            }
        };
        let is_over = match over(&met, self.clock.now()) {
            None => is_spent,
            Some(code) => matches!(
                code,
                Code::InvitationExpired | Code::InvitationReplaced | Code::InvitationRevoked
            ),
        };
        let may_ask = met.tenant_status == TenantStatus::Active
            && met.status == ApplicationStatus::Submitted
            && met.online != OnlineAccount::Linked;
        if !is_over || !may_ask {
            return Ok(());
        }
        self.transact(ask, move |tx, actor| {
            let permit = admit::<RequestInvitation>(actor, tx.now)?;
            let since = tx.now.plus(-RENEWAL_PAUSE);
            if !store::invitations::ask_renewal(tx, &permit, (met.id, met.application), since)? {
                return Ok(());
            }
            if let Some(told) = store::portal::told_about(tx.conn, met.application)? {
                let number = told.number.clone();
                families::tell(
                    tx,
                    &told,
                    MessageKind::InvitationRequested,
                    json!({"number": number}),
                )?;
            }
            let about = (Some(met.tenant), met.id.uuid());
            note::about(tx, &permit, about, &json!({"application": met.application}))
        })
        .await
    }

    /// Begins an account by an invitation: sends a code to the address or number that the family will sign in
    /// with. The invitation still counts until the account is there.
    ///
    /// # Errors
    /// As for an invitation that does not count, and `throttle.too_many_requests`.
    pub async fn begin_acceptance(
        &self,
        ask: &Ask,
        (typed, reached): (&str, Reached),
    ) -> Result<Acceptance, Refusal> {
        let met = self.usable_invitation::<AcceptInvitation>(ask, typed).await?;
        let limits = self.limits;
        self.transact(ask, move |tx, actor| {
            let permit = admit::<AcceptInvitation>(actor, tx.now)?;
            let contact = reached.contact(tx, met.tenant)?;
            codes::count_stranger(tx, &limits, (met.id, met.tenant, &contact))?;
            let (id, code) = (AcceptanceId::of(tx.new_uuid()), Digits::make(tx.entropy));
            let hash = code.hash(tx.keys, id.uuid()).to_vec();
            let open = Open { invitation: met.id, contact: contact.clone(), hash };
            store::acceptances::insert(tx, &permit, id, &open)?;
            let message = Message {
                kind: MessageKind::ContactCode,
                to: contact.clone(),
                locale: met.locale,
                tenant: Some(met.tenant),
            };
            let minutes = CODE_LASTS.as_mins();
            let facts = json!({"purpose": CodePurpose::NewContact, "minutes": minutes});
            store::notifications::queue_secret(tx, &message, facts, code.secret())?;
            let about = (Some(met.tenant), met.id.uuid());
            note::about(tx, &permit, about, &json!({"begun": id, "method": contact.method()}))?;
            let (sent_to, sign_in_name) = (contact.masked(), contact.as_str().to_owned());
            Ok(Acceptance { id, sent_to, sign_in_name, expires_at: tx.now.plus(CODE_LASTS) })
        })
        .await
    }

    /// Makes a family's account with the code that was sent to it, links the application, and signs in.
    ///
    /// # Errors
    /// `code.wrong`, `code.not_usable`, `account.address_in_use` for somebody who has an account (sign in, and
    /// link the application), `user.address_reserved`, a password that is easy to guess, and as for an
    /// invitation that does not count any more.
    pub async fn confirm_acceptance(
        &self,
        ask: &Ask,
        (id, code): (AcceptanceId, String),
        family: Family,
        user_agent: Option<String>,
    ) -> Result<Tokens, Refusal> {
        self.count_address(ask).await?;
        let read = move |conn: &mut _| store::acceptances::begun(conn, id);
        let begun = self.db.read::<_, StoreError, _>(read).await?.ok_or(Refusal::NotFound)?;
        let about = (begun.tenant, begun.invitation);
        let ended = self.confirm(ask, (id, code), (begun, family), user_agent).await;
        match ended {
            Err(refusal) => Err(self.refuse::<AcceptInvitation>(ask, refusal, Some(about)).await),
            ended => ended,
        }
    }

    /// As [`Self::confirm_acceptance`]. What has nothing to do with the digits costs no try at them: a password
    /// that is refused, or one that cannot be hashed now.
    async fn confirm(
        &self,
        ask: &Ask,
        (id, code): (AcceptanceId, String),
        (begun, family): (Begun, Family),
        user_agent: Option<String>,
    ) -> Result<Tokens, Refusal> {
        if !begun.counts_at(self.clock.now()) {
            return Err(Refusal::Because(Code::CodeNotUsable));
        }
        let words = vec![family.name.to_string(), begun.contact, begun.organization.to_string()];
        judge("#/password", family.password.clone(), words).await?;
        let prepared = passwords::prepare(family.password.expose_secret());
        let hash = self.hasher.hash(prepared).await?;
        let count = move |tx: &mut Tx<'_>, _: &_| store::acceptances::count_attempt(tx, id);
        if !self.transact::<_, StoreError, _>(ask, count).await? {
            return Err(Refusal::Because(Code::CodeNotUsable));
        }
        let signer = self.fresh_signer().await;
        self.transact(ask, move |tx, actor| {
            let permit = admit::<AcceptInvitation>(actor, tx.now)?;
            let found = store::acceptances::find_open(tx, id)?;
            let open = found.ok_or(Refusal::Because(Code::CodeNotUsable))?;
            if !Digits::matches(tx.keys, id.uuid(), &code, &open.hash) {
                return Err(Refusal::Because(Code::CodeWrong));
            }
            let met = take(tx, &permit, &open)?;
            let account = make(tx, &permit, (&open.contact, &met), (&family, &hash))?;
            store::acceptances::use_up(tx, &permit, id)?;
            store::applications::linked(tx, &permit, met.application, account)?;
            // The digits arrived: it is no contact that nothing can be sent to.
            let shown = [&open.contact];
            let lifted = store::suppressions::release(tx, &permit, &shown, SuppressionReason::ALL)?;
            let detail = json!({
                "application": met.application, "account": account,
                "suppressions_lifted": lifted.len(),
            });
            note::about(tx, &permit, (Some(met.tenant), met.id.uuid()), &detail)?;
            let facts = store::accounts::find(tx.conn, account)?.ok_or(Refusal::NotFound)?;
            issue::begin(tx, &permit, &signer, (&facts.account, user_agent.clone()))
        })
        .await
    }

    /// Links a further application to the account of whoever asks.
    ///
    /// # Errors
    /// As for an invitation that does not count, and whatever the permit denies.
    pub async fn link_application(
        &self,
        ask: &Ask,
        typed: &str,
    ) -> Result<FamilyApplication, Refusal> {
        let admitted = self.transact(ask, |tx, actor| {
            let actor = guard::standing(tx, actor)?;
            admit::<LinkOwnApplication>(&actor, tx.now).map(drop)
        });
        let admitted = admitted.await;
        self.noted(ask, admitted).await?;
        let met = self.usable_invitation::<LinkOwnApplication>(ask, typed).await?;
        let about = (met.tenant, met.id);
        let ended = self
            .transact(ask, move |tx, actor| {
                let actor = guard::standing(tx, actor)?;
                let permit = admit::<LinkOwnApplication>(&actor, tx.now)?;
                let account = signed_in(&actor)?.account;
                accept(tx, &permit, &met)?;
                store::applications::linked(tx, &permit, met.application, account)?;
                let detail = json!({"invitation": met.id, "account": account});
                let about = (Some(met.tenant), met.application.uuid());
                note::about(tx, &permit, about, &detail)?;
                one(tx.conn, &permit, met.application)
            })
            .await;
        match self.noted(ask, ended).await {
            Err(refusal) => Err(self.refuse::<LinkOwnApplication>(ask, refusal, Some(about)).await),
            ended => ended,
        }
    }
}

/// Uses the invitation of an acceptance up.
fn take(tx: &mut Tx<'_>, permit: &Permit<AcceptInvitation>, open: &Open) -> Result<Met, Refusal> {
    let met = store::invitations::met(tx.conn, open.invitation)?.ok_or(Refusal::NotFound)?;
    accept(tx, permit, &met)?;
    Ok(met)
}

/// Uses an invitation up, if it still counts once nobody else can change that.
fn accept<A: Action>(tx: &mut Tx<'_>, permit: &Permit<A>, met: &Met) -> Result<(), Refusal> {
    store::invitations::lock_application(tx.conn, met.application)?;
    let met = store::invitations::met(tx.conn, met.id)?.ok_or(Refusal::NotFound)?;
    if let Some(code) = over(&met, tx.now) {
        return Err(Refusal::Because(code));
    }
    if store::invitations::accept(tx, permit, met.id)? {
        Ok(())
    } else {
        Err(Refusal::Because(Code::InvitationUsed))
    }
}

/// Makes a family's account, with its password.
fn make(
    tx: &mut Tx<'_>,
    permit: &Permit<AcceptInvitation>,
    (contact, met): (&Contact, &Met),
    (family, hash): (&Family, &str),
) -> Result<AccountId, Refusal> {
    let asker = Asker { id: None, role: Role::Guardian, name: family.name.as_str() };
    if let Contact::Email(email) = contact {
        addresses::claim(tx, &asker, email)?;
    }
    let id = AccountId::of(tx.new_uuid());
    let name = Named::Guardian { name: family.name.clone(), contact: contact.clone() };
    let locale = family.locale.unwrap_or(met.locale);
    let account = NewAccount { id, role: Role::Guardian, name, locale };
    store::accounts::insert(tx, permit, &account)?;
    store::accounts::activate(tx, permit, id, hash)?;
    Ok(id)
}

/// A page of the applications that are linked to whoever asks.
///
/// # Errors
/// Whatever the permit denies.
pub fn list(
    conn: &mut store::db::Conn,
    looker: &Looker,
    (after, limit): (Option<FamilyKey>, i64),
) -> Result<Page<FamilyApplication, FamilyKey>, Refusal> {
    let permit = admit::<ReadOwnApplication>(&looker.actor, looker.now)?;
    Ok(store::portal::applications_of(conn, permit.scope(), (None, after, limit))?)
}

/// One application that is linked to whoever asks.
///
/// # Errors
/// Not found, also for one that is linked to somebody else, and whatever the permit denies.
pub fn read(
    conn: &mut store::db::Conn,
    looker: &Looker,
    id: ApplicationId,
) -> Result<FamilyApplication, Refusal> {
    let permit = admit::<ReadOwnApplication>(&looker.actor, looker.now)?;
    one(conn, &permit, id)
}

fn one<A: Action>(
    conn: &mut store::db::Conn,
    permit: &Permit<A>,
    id: ApplicationId,
) -> Result<FamilyApplication, Refusal> {
    let page = store::portal::applications_of(conn, permit.scope(), (Some(id), None, 1))?;
    page.rows.into_iter().next().ok_or(Refusal::NotFound)
}

/// Unlinks an application from whoever asks. The organisation is told; the account stays.
///
/// # Errors
/// Not found, also for one that is linked to somebody else, and whatever the permit denies.
pub fn unlink(tx: &mut Tx<'_>, who: &Actor, id: ApplicationId) -> Result<(), Refusal> {
    let permit = admit::<UnlinkOwnApplication>(who, tx.now)?;
    let found = store::applications::find_locked(tx.conn, permit.scope(), id)?;
    let before = found.ok_or(Refusal::NotFound)?;
    store::applications::unlinked(tx, &permit, &[id])?;
    if let Some(told) = store::portal::told_about(tx.conn, id)? {
        families::tell(tx, &told, MessageKind::FamilyUnlinked, json!({"number": before.number}))?;
    }
    let account = signed_in(who)?.account;
    note::about(tx, &permit, (Some(before.tenant), id.uuid()), &json!({"account": account}))
}

/// The organisations of the applications that are linked to whoever asks, and how each is reached.
///
/// # Errors
/// Whatever the permit denies.
pub fn organizations(
    conn: &mut store::db::Conn,
    looker: &Looker,
) -> Result<Vec<FamilyOrganization>, Refusal> {
    let permit = admit::<ListOrganizations>(&looker.actor, looker.now)?;
    Ok(store::portal::organizations_of(conn, permit.scope())?)
}
