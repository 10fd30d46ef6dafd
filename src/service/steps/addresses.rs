//! A Support User's address is nobody else's (PM2, "Support Users"): kept true whenever an address is set.

use std::collections::HashSet;

use caredesk_core::domain::account::{Account, Realm, Role};
use caredesk_core::domain::code::Code;
use caredesk_core::domain::fold;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName};
use caredesk_core::policy::names::{self, NameVerdict};
use caredesk_core::policy::support_user::Address;
use caredesk_core::policy::{Candidate, Scope};

use crate::guard::Refusal;
use crate::store::db::Conn;
use crate::store::{self, StoreResult, Tx};

/// Whoever asks for an address, or would get it.
pub(crate) struct Asker<'a> {
    /// The account; none for one that is not there yet.
    pub(crate) id: Option<AccountId>,
    /// What it is, or is to be.
    pub(crate) role: Role,
    /// The person's whole name.
    pub(crate) name: &'a str,
}

/// Asks for an address. Until the transaction ends nobody else takes it. Whose it is stays unsaid: it may be
/// another tenant's.
///
/// # Errors
/// `user.address_reserved`: it is a Support User's; `support_user.address_shared` and
/// `support_user.generic_name`: a Support User asks for one that somebody has, or that is a function's.
pub(crate) fn claim(
    tx: &mut Tx<'_>,
    asker: &Asker<'_>,
    address: &EmailAddress,
) -> Result<(), Refusal> {
    store::accounts::addresses::lock(tx.conn, asker.role == Role::SupportUser)?;
    if asker.role == Role::SupportUser && asker.would_be_generic(address) {
        return Err(Refusal::Because(Code::SupportUserGeneric));
    }
    refused(tx.conn, asker, address)?.map_or(Ok(()), |code| Err(Refusal::Because(code)))
}

/// Why somebody cannot have an address, as things are now; none if they can.
fn refused(
    conn: &mut Conn,
    asker: &Asker<'_>,
    address: &EmailAddress,
) -> StoreResult<Option<Code>> {
    let others = store::accounts::addresses::others(conn, &address.folded(), asker.id)?;
    let mut others = others.iter().filter(|(role, name)| !asker.is_also(*role, name));
    Ok(if asker.role == Role::SupportUser {
        others.next().map(|_| Code::AddressShared)
    } else {
        others.find(|(role, _)| *role == Role::SupportUser).map(|_| Code::AddressReserved)
    })
}

/// Whose the address of somebody is who would be a Support User.
fn whose(conn: &mut Conn, candidate: &Candidate, name: &PersonName) -> StoreResult<Address> {
    let Some(email) = &candidate.email else { return Ok(Address::None) };
    let (id, role) = (Some(candidate.id), Role::SupportUser);
    let asker = Asker { id, role, name: name.as_str() };
    let others = store::accounts::addresses::others(conn, &email.folded(), asker.id)?;
    let mut others = others.iter().filter(|(role, name)| !asker.is_also(*role, name)).peekable();
    Ok(if others.peek().is_none() {
        Address::Own
    } else if others.all(|(role, name)| asker.may_be_also(*role, name)) {
        Address::Unclear
    } else {
        Address::Shared
    })
}

/// A user as somebody who would be a Support User, and whose their address is, as things are now.
pub(crate) fn candidate(
    conn: &mut Conn,
    scope: Scope,
    id: AccountId,
    now: Moment,
) -> Result<Candidate, Refusal> {
    let found = store::accounts::users::candidate(conn, scope, id, now)?;
    let (candidate, name) = found.ok_or(Refusal::NotFound)?;
    let address = whose(conn, &candidate, &name)?;
    Ok(Candidate { address, ..candidate })
}

/// As [`candidate`]; until the transaction ends nobody else takes the address.
pub(crate) fn candidate_for_good(
    tx: &mut Tx<'_>,
    scope: Scope,
    id: AccountId,
) -> Result<Candidate, Refusal> {
    store::accounts::addresses::lock(tx.conn, true)?;
    candidate(tx.conn, scope, id, tx.now)
}

/// As [`claim`], for many who are to be members: those of the addresses, as they are compared, that they
/// cannot have.
pub(crate) fn reserved<'e>(
    tx: &mut Tx<'_>,
    addresses: impl Iterator<Item = &'e EmailAddress>,
) -> Result<HashSet<String>, Refusal> {
    store::accounts::addresses::lock(tx.conn, false)?;
    let keys = addresses.map(EmailAddress::folded).collect();
    Ok(store::accounts::addresses::reserved(tx.conn, keys)?.into_iter().collect())
}

impl<'a> Asker<'a> {
    /// An account that is there.
    pub(crate) fn of(account: &'a Account) -> Self {
        Self { id: Some(account.id), role: account.role, name: account.name.as_str() }
    }

    /// Whether an address is a function's and no person's.
    fn would_be_generic(&self, address: &EmailAddress) -> bool {
        let (first, last) = self.name.split_once(' ').unwrap_or((self.name, ""));
        let judged = names::judge(first, last, Some(address.as_str()));
        let by_address = judged.reasons.iter().any(|reason| reason.is_about_address());
        judged.verdict == NameVerdict::Generic && by_address
    }

    /// Whether another account is the same person's in another realm: a nurse may be a parent, too, under
    /// the same name and with an address that was confirmed on both sides.
    fn is_also(&self, role: Role, name: &PersonName) -> bool {
        self.meets_family(role) && fold::plain(self.name) == fold::plain(name.as_str())
    }

    /// Whether another account may be the same person's in another realm: the names have a part in common.
    /// Only somebody who looks can tell them from a sister, or from whoever else uses the family's mailbox.
    fn may_be_also(&self, role: Role, name: &PersonName) -> bool {
        let (own, other) = (fold::plain(self.name), fold::plain(name.as_str()));
        let parts: HashSet<&str> = own.split_whitespace().collect();
        self.meets_family(role) && other.split_whitespace().any(|part| parts.contains(part))
    }

    /// Whether one of two accounts is a guardian's, and the other a user's.
    fn meets_family(&self, role: Role) -> bool {
        let realms = [self.role.realm(), role.realm()];
        realms.contains(&Realm::Family) && realms.contains(&Realm::Tenant)
    }
}
