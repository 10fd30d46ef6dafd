//! Attempts: how often a secret may be tried, and by whom, without shutting its owner out.
//!
//! A name that is attacked waits at the places where it is attacked. From where its owner signed in
//! before, what others try elsewhere does not count, and a reset link opens the way from anywhere.

use caredesk_core::domain::Slug;
use caredesk_core::domain::account::Claimed;
use jiff::SignedDuration;

use crate::guard::{Refusal, place_of};
use crate::service::house::{Ask, House};
use crate::store::accounts::SignInFacts;
use crate::store::throttle::Allowance;
use crate::store::{self, StoreError};
use crate::vault::Purpose;

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
        let keyed: Vec<([u8; 32], Allowance)> = all
            .iter()
            .map(|one| (self.attempts_key(one.what, &one.whose), one.allowance))
            .collect();
        let wait = self
            .transact::<_, StoreError, _>(ask, move |tx, _| {
                for (key, allowance) in &keyed {
                    let wait = store::throttle::count(tx, key, *allowance)?;
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
            Counted::of(NAME_HERE, at(ask, &name), limits.sign_in_per_name),
            Counted::of("sign-in-address", here(ask), limits.sign_in_per_address),
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
        let here = at(ask, &account);
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
        let here = at(ask, &format!("password|{account}"));
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
        self.count(ask, vec![Counted::of("sign-in-address", here(ask), allowance)]).await
    }

    /// Whether a name is at home where the request comes from.
    async fn is_familiar(&self, ask: &Ask, name: &str) -> Result<bool, Refusal> {
        let place = self.place_key(ask, name);
        let since = self.clock.now().plus(-FAMILIAR);
        let read = self.db.read::<_, StoreError, _>(move |conn| {
            store::throttle::is_familiar(conn, &place, since)
        });
        Ok(read.await?)
    }

    /// Somebody proved everything there is to prove: the name is at home here from now on.
    pub(crate) async fn make_familiar(&self, ask: &Ask, name: &str) -> Result<(), Refusal> {
        let place = self.place_key(ask, name);
        self.transact::<_, StoreError, _>(ask, move |tx, _| {
            store::throttle::make_familiar(tx, &place)
        })
        .await?;
        Ok(())
    }

    /// Forgets the attempts of somebody who succeeded.
    pub(crate) async fn forget_attempts(
        &self,
        ask: &Ask,
        what: &'static str,
        whose: &str,
    ) -> Result<(), Refusal> {
        let key = self.attempts_key(what, whose);
        self.transact::<_, StoreError, _>(ask, move |tx, _| store::throttle::forget(tx, &key))
            .await?;
        Ok(())
    }

    /// The key that attempts are counted under: keyed, so that the table names nobody.
    fn attempts_key(&self, what: &'static str, whose: &str) -> [u8; 32] {
        self.keys.keyed_hash(Purpose::Tokens, format!("{what}|{whose}").as_bytes())
    }

    /// The key that a familiar place is kept under.
    fn place_key(&self, ask: &Ask, name: &str) -> [u8; 32] {
        self.attempts_key("familiar", &at(ask, name))
    }
}

/// Sign-ins of a name at a place.
pub(crate) const NAME_HERE: &str = "sign-in-name-here";
/// Codes of an account at a place.
pub(crate) const CODE_HERE: &str = "second-factor-here";

/// Somebody at the place that the request comes from.
pub(crate) fn at(ask: &Ask, whose: &str) -> String {
    format!("{whose}|{}", here(ask))
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
fn here(ask: &Ask) -> String {
    let address = ask.origin.address.clone().unwrap_or_default();
    address.parse().map_or(address, |address| place_of(address).to_string())
}
