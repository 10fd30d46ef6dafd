//! Whom a ticket is for, and which organisation it is about.

use caredesk_core::domain::account::{Account, AccountStatus, Locale, Realm, Role};
use caredesk_core::domain::actor::Person;
use caredesk_core::domain::code::Code;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::desk::{Channel, Fact, FactSource, Facts, RequesterKind};

use super::opening::unknown;
use super::step::invalid;
use super::telling::Reader;
use super::{Asked, Caller, CallerAsked};
use crate::guard::{Refusal, Violation};
use crate::service::steps::oneself;
use crate::store::tickets::Party;
use crate::store::{self, Tx};

/// Whom a ticket is for, and what is known of them.
pub(super) struct Requester {
    pub(super) kind: RequesterKind,
    pub(super) account: Option<Account>,
    pub(super) caller: Option<Caller>,
    pub(super) channel: Channel,
    pub(super) verification: Verification,
    pub(super) locale: Locale,
    pub(super) facts: Facts,
}

impl Requester {
    pub(super) fn account_id(&self) -> Option<AccountId> {
        self.account.as_ref().map(|account| account.id)
    }

    /// As somebody who is written to.
    pub(super) fn reader(&self) -> Reader {
        match (&self.account, &self.caller) {
            (Some(account), _) => {
                // Who reported without a session cannot sign in, whoever they turned out to be.
                let follows_links = self.channel == Channel::Form;
                Reader { locale: self.locale, follows_links, ..Reader::of(account) }
            }
            (None, Some(caller)) => Reader::of_caller(caller, self.locale),
            (None, None) => {
                Reader { name: None, to: None, locale: self.locale, follows_links: false }
            }
        }
    }
}

/// The organisation that a ticket is about: the caller's, one's own, or the one that a family means.
pub(super) fn organization(
    tx: &mut Tx<'_>,
    person: &Person,
    asked: &Asked,
) -> Result<Party, Refusal> {
    let (id, pointer) = match (&asked.caller, person.tenant) {
        (Some(caller), _) => (Some(caller.tenant), "#/on_behalf_of/tenant_id"),
        (None, Some(own)) => (Some(own), "#/tenant_id"),
        (None, None) if person.standing.role == Role::Guardian => {
            (of_family(tx, person.account, asked)?, "#/tenant_id")
        }
        (None, None) => return Err(Refusal::Because(Code::TicketCallerRequired)),
    };
    let found = match id {
        Some(id) => store::tickets::party(tx.conn, id)?,
        None => None,
    };
    found.ok_or_else(|| unknown(pointer, "names no organisation that a ticket can be about here"))
}

/// The organisation that a family means: it names it, or an application, unless it has to do with one only.
fn of_family(
    tx: &mut Tx<'_>,
    account: AccountId,
    asked: &Asked,
) -> Result<Option<TenantId>, Refusal> {
    if asked.application.is_none() && asked.tenant.is_none() {
        return match store::tickets::tenants_of_family(tx.conn, account)?.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            _ => {
                let detail = "is missing, and there are applications with several organisations";
                Err(invalid("#/tenant_id", "required", detail))
            }
        };
    }
    let meant = (asked.application, asked.tenant);
    Ok(store::tickets::tenant_of_family(tx.conn, account, meant)?)
}

/// Whoever opens a ticket for themselves.
pub(super) fn of_oneself(tx: &mut Tx<'_>, person: &Person) -> Result<Requester, Refusal> {
    let found = store::accounts::find(tx.conn, person.account)?.ok_or(Refusal::NotFound)?;
    Ok(Requester {
        kind: oneself::requester_of(person.standing.role),
        locale: found.account.locale,
        account: Some(found.account),
        caller: None,
        channel: Channel::Portal,
        verification: Verification::SignedIn,
        facts: oneself::of_standing(person)?,
    })
}

/// An account that somebody can be who calls about an organisation: a user's of its own, or a family's with an
/// application there.
pub(super) fn of_organization(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    id: AccountId,
) -> Result<Option<Account>, Refusal> {
    let found = store::accounts::find(tx.conn, id)?.map(|found| found.account);
    let is_theirs = match &found {
        Some(found) if found.role.realm() == Realm::Tenant => found.tenant == Some(tenant),
        Some(found) if found.role == Role::Guardian => {
            let meant = (None, Some(tenant));
            store::tickets::tenant_of_family(tx.conn, id, meant)?.is_some()
        }
        _ => false,
    };
    Ok(found.filter(|_| is_theirs))
}

/// Whoever an agent opens a ticket for, or reports an emergency without a session: nothing about them is proved.
pub(super) fn of_caller(
    tx: &mut Tx<'_>,
    party: &Party,
    asked: &CallerAsked,
) -> Result<Requester, Refusal> {
    let mut account = None;
    if asked.account.is_none() {
        asked.caller.is_reached("#/on_behalf_of/email")?;
    }
    if let Some(id) = asked.account {
        let pointer = "#/on_behalf_of/account_id";
        let found = of_organization(tx, party.id, id)?;
        account = Some(found.ok_or_else(|| unknown(pointer, "is nobody of this organisation"))?);
    }
    if !is_judged_so(asked.requester, account.as_ref()) {
        return Err(Refusal::Invalid(vec![Violation {
            pointer: "#/on_behalf_of/requester".to_owned(),
            code: "not_theirs".to_owned(),
            detail: "is not what this caller is".to_owned(),
        }]));
    }
    let mut facts = Facts::new();
    let from = FactSource::Record;
    let mut put =
        |fact, flag| facts.set_flag(fact, flag, from).map_err(|error| oneself::broken(&error));
    put(Fact::IdentityVerified, false)?;
    if let Some(account) = &account {
        put(Fact::RequesterActive, account.status == AccountStatus::Active)?;
        put(Fact::TwoFactor, account.has_second_factor)?;
        let logs_tickets = matches!(account.role, Role::SiteAdmin | Role::SupportUser);
        put(Fact::SupportPrivilege, logs_tickets)?;
    }
    let usual = account.as_ref().map_or(party.settings.locale, |account| account.locale);
    let has_caller = account.is_none().then(|| asked.caller.clone());
    Ok(Requester {
        kind: asked.requester,
        locale: asked.locale.unwrap_or(usual),
        account,
        caller: has_caller,
        channel: asked.channel,
        verification: Verification::None,
        facts,
    })
}

/// Whether a caller can be judged as somebody. An account says what its owner is, but for what no role tells; of
/// whoever has none nothing is proved.
fn is_judged_so(requester: RequesterKind, account: Option<&Account>) -> bool {
    if requester.is_agent() || requester == RequesterKind::System {
        return false;
    }
    match account {
        None => true,
        Some(account) if account.role == Role::Guardian => !requester.is_of_organization(),
        Some(account) => {
            requester == oneself::requester_of(account.role)
                || matches!(requester, RequesterKind::Provider | RequesterKind::BusinessOwner)
        }
    }
}
