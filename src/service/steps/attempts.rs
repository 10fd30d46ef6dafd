//! Attempts: how often a secret may be tried, and by whom, without shutting its owner out.
//!
//! A name that is attacked waits at the places where it is attacked. From where its owner signed in
//! before, what others try elsewhere does not count, and a reset link opens the way from anywhere.

use caredesk_core::domain::Slug;
use caredesk_core::domain::account::Claimed;
use caredesk_core::domain::ids::AccountId;
use jiff::SignedDuration;

use crate::guard::{Refusal, place_of};
use crate::service::house::{Ask, House};
use crate::store::accounts::SignInFacts;
use crate::store::throttle::Allowance;
use crate::store::{self, Origin, StoreError, Tx};
use crate::vault::{Keyring, Purpose};

/// How long a place stays familiar after the last sign-in from it.
pub const FAMILIAR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Something that is counted, whose it is, and how much of it is allowed.
pub(crate) struct Counted {
    what: &'static str,
    whose: String,
    allowance: Allowance,
}

impl Counted {
    pub(crate) fn of(what: &'static str, whose: impl Into<String>, allowance: Allowance) -> Self {
        Self { what, whose: whose.into(), allowance }
    }
}

impl House {
    /// Counts an attempt at everything it is an attempt at, the narrowest first; the counts stay, whatever
    /// becomes of it. What is held up by a narrow limit does not count against a wide one, or one place
    /// could use up what belongs to all.
    ///
    /// # Errors
    /// `throttle.too_many_requests`, with the wait of the first limit that is reached.
    pub(crate) async fn count(&self, ask: &Ask, all: Vec<Counted>) -> Result<(), Refusal> {
        let wait = self
            .transact::<_, StoreError, _>(ask, move |tx, _| {
                for one in &all {
                    let key = key(tx.keys, one.what, &one.whose);
                    let wait = store::throttle::count(tx, &key, one.allowance)?;
                    if wait.is_some() {
                        return Ok(wait);
                    }
                }
                Ok(None)
            })
            .await?;
        wait.map_or(Ok(()), |wait| Err(Refusal::Throttled(wait)))
    }

    /// Counts a sign-in: of the address, of the name from this address and, unless the name is at home
    /// here, of the name and its organisation from everywhere.
    ///
    /// # Errors
    /// As [`Self::count`].
    pub(crate) async fn count_sign_in(&self, ask: &Ask, claimed: &Claimed) -> Result<(), Refusal> {
        let (limits, name) = (&self.limits, named(claimed));
        let mut all = vec![
            Counted::of(NAME_HERE, at(&ask.origin, &name), limits.sign_in_per_name),
            Counted::of("sign-in-address", here(&ask.origin), limits.sign_in_per_address),
        ];
        if !self.is_familiar(ask, &name).await? {
            all.push(Counted::of("sign-in-name", name, limits.sign_in_per_name_everywhere));
            if let Some(tenant) = claimed.tenant() {
                let tenant = tenant.as_str();
                all.push(Counted::of("sign-in-tenant", tenant, limits.sign_in_per_tenant));
            }
        }
        self.count(ask, all).await
    }

    /// Counts a code of an account's second factor, likewise.
    ///
    /// # Errors
    /// As [`Self::count`].
    pub(crate) async fn count_code(&self, ask: &Ask, facts: &SignInFacts) -> Result<(), Refusal> {
        let (limits, account) = (&self.limits, facts.account.id.to_string());
        let here = at(&ask.origin, &account);
        let mut all = vec![Counted::of(CODE_HERE, here, limits.codes_per_account)];
        if !self.is_familiar(ask, &name_of(facts)).await? {
            let everywhere = limits.codes_per_account_everywhere;
            all.push(Counted::of("second-factor", account, everywhere));
        }
        self.count(ask, all).await
    }

    /// Counts a try at the present password of somebody who is signed in, likewise.
    ///
    /// # Errors
    /// As [`Self::count`].
    pub(crate) async fn count_password(
        &self,
        ask: &Ask,
        facts: &SignInFacts,
    ) -> Result<(), Refusal> {
        let (limits, account) = (&self.limits, facts.account.id.to_string());
        let here = at(&ask.origin, &format!("password|{account}"));
        let mut all = vec![Counted::of(CODE_HERE, here, limits.codes_per_account)];
        if !self.is_familiar(ask, &name_of(facts)).await? {
            let everywhere = limits.codes_per_account_everywhere;
            all.push(Counted::of("password", account, everywhere));
        }
        self.count(ask, all).await
    }

    /// Counts an attempt to get in from the address of whoever asks.
    pub(crate) async fn count_address(&self, ask: &Ask) -> Result<(), Refusal> {
        let allowance = self.limits.sign_in_per_address;
        self.count(ask, vec![Counted::of("sign-in-address", here(&ask.origin), allowance)]).await
    }

    /// Counts what somebody without a session asks of the help centre, by their address.
    pub(crate) async fn count_help(&self, ask: &Ask) -> Result<(), Refusal> {
        let allowance = self.limits.help_per_address;
        self.count(ask, vec![Counted::of("help-address", here(&ask.origin), allowance)]).await
    }

    /// Counts the report of an emergency by somebody without a session: of their address, of the contact that is
    /// written to, and of the organisation.
    pub(crate) async fn count_emergency(
        &self,
        ask: &Ask,
        (contact, organization): (String, &Slug),
    ) -> Result<(), Refusal> {
        let limits = &self.limits;
        let (here, whose) = (here(&ask.origin), organization.as_str());
        let all = vec![
            Counted::of("emergency-address", here, limits.emergencies_per_address),
            Counted::of("emergency-contact", contact, limits.messages_per_contact),
            Counted::of("emergency-tenant", whose, limits.messages_per_tenant),
        ];
        self.count(ask, all).await
    }

    /// Counts an emergency that somebody reports who is signed in, and logs no tickets otherwise: of their address and
    /// of themselves. What others report of their organisation does not hold them up.
    pub(crate) async fn count_members_emergency(&self, ask: &Ask) -> Result<(), Refusal> {
        let Some(person) = ask.actor.person() else { return Ok(()) };
        let (limits, whose) = (&self.limits, person.account.to_string());
        let all = vec![
            Counted::of("emergency-address", here(&ask.origin), limits.emergencies_per_address),
            Counted::of("emergency-account", whose, limits.messages_per_contact),
        ];
        self.count(ask, all).await
    }

    /// Counts a search of the help centre by whoever is signed in.
    pub(crate) async fn count_search(&self, ask: &Ask) -> Result<(), Refusal> {
        let Some(person) = ask.actor.person() else { return Ok(()) };
        let allowance = self.limits.help_per_account;
        self.count(ask, vec![Counted::of("help-account", person.account.to_string(), allowance)])
            .await
    }

    /// Counts a key of a program that did not count, under its handle at its place.
    pub(crate) async fn count_key(&self, ask: &Ask, handle: &str) -> Result<(), Refusal> {
        let limits = &self.limits;
        let all = vec![
            Counted::of("api-key-here", at(&ask.origin, handle), limits.sign_in_per_name),
            Counted::of("sign-in-address", here(&ask.origin), limits.sign_in_per_address),
        ];
        self.count(ask, all).await
    }

    /// Whether a name is at home where the request comes from.
    async fn is_familiar(&self, ask: &Ask, name: &str) -> Result<bool, Refusal> {
        let place = key(&self.keys, FAMILIAR_PLACE, &at(&ask.origin, name));
        let since = self.clock.now().plus(-FAMILIAR);
        let read = self.db.read::<_, StoreError, _>(move |conn| {
            store::throttle::is_familiar(conn, &place, since)
        });
        Ok(read.await?)
    }

    /// Forgets the tries at a present password that was right, whatever becomes of the new one.
    pub(crate) async fn forget_passwords(
        &self,
        ask: &Ask,
        account: AccountId,
    ) -> Result<(), Refusal> {
        let whose = format!("password|{account}");
        let forgotten = self.transact(ask, move |tx, _| forget(tx, CODE_HERE, &whose)).await;
        Ok(forgotten?)
    }
}

/// Forgets what somebody tried at this place before they succeeded, with what they succeeded at.
pub(crate) fn forget(tx: &mut Tx<'_>, what: &str, whose: &str) -> Result<(), StoreError> {
    let key = key(tx.keys, what, &at(tx.origin, whose));
    store::throttle::forget(tx, &key)
}

/// Somebody proved everything there is to prove: the name is at home here from now on.
pub(crate) fn make_familiar(tx: &mut Tx<'_>, name: &str) -> Result<(), StoreError> {
    let place = key(tx.keys, FAMILIAR_PLACE, &at(tx.origin, name));
    store::throttle::make_familiar(tx, &place)
}

/// The key that something of somebody's is counted under: keyed, so that the table names nobody.
pub(crate) fn key(keys: &Keyring, what: &str, whose: &str) -> [u8; 32] {
    keys.keyed_hash(Purpose::Tokens, format!("{what}|{whose}").as_bytes())
}

/// Counts what somebody does within the transaction that it is done in, so that only what was done counts.
///
/// # Errors
/// `throttle.too_many_requests`.
pub(crate) fn count_done(
    tx: &mut Tx<'_>,
    (what, account): (&'static str, AccountId),
    allowance: Allowance,
) -> Result<(), Refusal> {
    let key = key(tx.keys, what, &account.to_string());
    let wait = store::throttle::count(tx, &key, allowance)?;
    wait.map_or(Ok(()), |wait| Err(Refusal::Throttled(wait)))
}

/// Sign-ins of a name at a place.
pub(crate) const NAME_HERE: &str = "sign-in-name-here";
/// Codes of an account at a place.
pub(crate) const CODE_HERE: &str = "second-factor-here";

/// A place that a name is at home at.
const FAMILIAR_PLACE: &str = "familiar";

/// Somebody at the place that the request comes from.
fn at(origin: &Origin, whose: &str) -> String {
    format!("{whose}|{}", here(origin))
}

/// A claimed name, with the wall it is behind.
pub(crate) fn named(claimed: &Claimed) -> String {
    let tenant = claimed.tenant().map_or("", Slug::as_str);
    format!("{}|{tenant}|{}", claimed.realm(), claimed.key())
}

/// The same name, of an account that is known.
pub(crate) fn name_of(facts: &SignInFacts) -> String {
    let tenant = facts.tenant.as_ref().map_or("", |tenant| tenant.slug.as_str());
    format!("{}|{tenant}|{}", facts.account.role.realm(), facts.sign_in_key)
}

/// The place of whoever asks.
fn here(origin: &Origin) -> String {
    let address = origin.address.clone().unwrap_or_default();
    address.parse().map_or(address, |address| place_of(address).to_string())
}
