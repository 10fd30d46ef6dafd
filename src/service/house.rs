//! Everything a use case needs from the process: database, keys, clock, and the door.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::desk_contact::DeskContact;
use jiff::SignedDuration;

use super::policy::Rules;
use super::readings::Readings;
use super::watching::Watching;
use crate::blobs::Blobs;
use crate::guard::tokens::TokenSigner;
use crate::guard::{Doorman, Refusal, Signers};
use crate::store::Origin;
use crate::store::db::Db;
use crate::store::idempotency::Claim;
use crate::store::throttle::Allowance;
use crate::vault::{Clock, Entropy, Hasher, Keyring};

/// The process's parts. Clones share them.
#[derive(Clone)]
pub struct House {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Keys and their purposes.
    pub keys: Keyring,
    /// Randomness.
    pub entropy: Entropy,
    /// Checks sessions.
    pub doorman: Doorman,
    /// Hashes passwords on threads of its own.
    pub hasher: Arc<Hasher>,
    /// How often things may be tried.
    pub limits: Limits,
    /// How the desk is reached.
    pub desk: Arc<DeskContact>,
    /// What is allowed at the desk.
    pub rules: Arc<Rules>,
    /// Where the files of tickets are kept.
    pub blobs: Blobs,
    /// Who watches a job.
    pub watching: Watching,
    /// The keys that sign and check access tokens.
    pub(super) signers: Signers,
    /// What the desk read a moment ago.
    pub(super) readings: Arc<Readings>,
    /// The claims that this process is working on.
    claims: Arc<Mutex<HashSet<[u8; 32]>>>,
}

/// How often things may be tried, before the next try has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Sign-ins of one name from one place.
    pub sign_in_per_name: Allowance,
    /// Sign-ins of one name from all places where it is not at home.
    pub sign_in_per_name_everywhere: Allowance,
    /// Sign-ins to one organisation from all places where their name is not at home.
    pub sign_in_per_tenant: Allowance,
    /// Sign-ins and redeemed links from one address.
    pub sign_in_per_address: Allowance,
    /// Second-factor codes of one account from one place.
    pub codes_per_account: Allowance,
    /// Second-factor codes of one account from all places where it is not at home.
    pub codes_per_account_everywhere: Allowance,
    /// Links and codes that are sent to one contact.
    pub messages_per_contact: Allowance,
    /// Links and codes that are sent to one organisation's own people.
    pub messages_per_tenant: Allowance,
    /// Codes that are sent to whoever comes by one invitation.
    pub codes_per_invitation: Allowance,
    /// Codes that are sent to families who come by one organisation's invitations.
    pub family_codes_per_tenant: Allowance,
    /// Messages of every other kind that are sent to one contact.
    pub sent_per_contact: Allowance,
    /// Messages that are sent to one contact once more because somebody asked for it.
    pub resends_per_contact: Allowance,
    /// Searches of the help centre without a session, and answers about its articles, from one address.
    pub help_per_address: Allowance,
    /// Reports of emergencies without a session from one address.
    pub emergencies_per_address: Allowance,
    /// Searches of the help centre of one account.
    pub help_per_account: Allowance,
    /// Articles that one account shares with colleagues.
    pub shares_per_account: Allowance,
    /// Tickets that one account opens for itself.
    pub tickets_per_account: Allowance,
    /// Tickets that one agent opens for callers.
    pub tickets_per_agent: Allowance,
    /// Replies of one account on tickets.
    pub replies_per_account: Allowance,
}

impl Limits {
    /// Every limit there is.
    fn all(&self) -> [Allowance; 19] {
        [
            self.sign_in_per_name,
            self.sign_in_per_name_everywhere,
            self.sign_in_per_tenant,
            self.sign_in_per_address,
            self.codes_per_account,
            self.codes_per_account_everywhere,
            self.messages_per_contact,
            self.messages_per_tenant,
            self.codes_per_invitation,
            self.family_codes_per_tenant,
            self.sent_per_contact,
            self.resends_per_contact,
            self.help_per_address,
            self.emergencies_per_address,
            self.help_per_account,
            self.shares_per_account,
            self.tickets_per_account,
            self.tickets_per_agent,
            self.replies_per_account,
        ]
    }

    /// The longest window: counts older than that are over, whatever they count.
    pub fn longest_window(&self) -> SignedDuration {
        let windows = self.all().map(|allowance| allowance.window);
        windows.into_iter().max().unwrap_or_default().max(TOLD_EVERY)
    }
}

/// A person is told the same thing again after this long, where it could be brought about at will.
pub(super) const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(24);

impl Default for Limits {
    fn default() -> Self {
        let quarter = SignedDuration::from_mins(15);
        Self {
            sign_in_per_name: Allowance { attempts: 10, window: quarter },
            sign_in_per_name_everywhere: Allowance { attempts: 100, window: quarter },
            sign_in_per_tenant: Allowance { attempts: 1_000, window: quarter },
            sign_in_per_address: Allowance { attempts: 100, window: quarter },
            codes_per_account: Allowance { attempts: 5, window: SignedDuration::from_mins(5) },
            codes_per_account_everywhere: Allowance {
                attempts: 20,
                window: SignedDuration::from_hours(1),
            },
            messages_per_contact: Allowance { attempts: 5, window: SignedDuration::from_hours(1) },
            messages_per_tenant: Allowance { attempts: 500, window: SignedDuration::from_hours(1) },
            codes_per_invitation: Allowance { attempts: 10, window: SignedDuration::from_hours(1) },
            family_codes_per_tenant: Allowance {
                attempts: 20_000,
                window: SignedDuration::from_hours(1),
            },
            sent_per_contact: Allowance { attempts: 50, window: SignedDuration::from_hours(24) },
            resends_per_contact: Allowance { attempts: 10, window: SignedDuration::from_hours(1) },
            help_per_address: Allowance { attempts: 300, window: SignedDuration::from_hours(1) },
            emergencies_per_address: Allowance {
                attempts: 10,
                window: SignedDuration::from_hours(1),
            },
            help_per_account: Allowance { attempts: 300, window: SignedDuration::from_hours(1) },
            shares_per_account: Allowance { attempts: 20, window: SignedDuration::from_hours(1) },
            tickets_per_account: Allowance { attempts: 20, window: SignedDuration::from_hours(1) },
            tickets_per_agent: Allowance { attempts: 300, window: SignedDuration::from_hours(1) },
            replies_per_account: Allowance { attempts: 120, window: SignedDuration::from_hours(1) },
        }
    }
}

/// What a house is built from.
pub struct HouseParts {
    /// The database, migrated.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Keys and their purposes.
    pub keys: Keyring,
    /// Randomness.
    pub entropy: Entropy,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// How often things may be tried.
    pub limits: Limits,
    /// How the desk is reached.
    pub desk: DeskContact,
    /// What is allowed at the desk.
    pub rules: Arc<Rules>,
    /// Where the files of tickets are kept.
    pub blobs: Blobs,
    /// Who signs tokens: the public URL.
    pub issuer: String,
}

impl House {
    /// Opens the house: loads the signing keys, and makes the first one in a new database.
    ///
    /// # Errors
    /// The database fails, or its keys cannot be opened with the root key.
    pub async fn open(parts: HouseParts) -> Result<Self, Refusal> {
        let HouseParts { db, clock, keys, entropy, hasher, limits, desk, rules, .. } = parts;
        let (blobs, issuer) = (parts.blobs, parts.issuer);
        super::keys::make_first(&db, &keys, &entropy, (&clock, &rules.hours)).await?;
        let signers = Signers::open(db.clone(), clock.clone(), keys.clone(), issuer).await?;
        let doorman = Doorman::new(db.clone(), clock.clone(), signers.clone(), keys.clone());
        let watching = Watching::new(db.clone(), clock.clone());
        let (readings, claims) = (Arc::default(), Arc::default());
        let (hasher, desk) = (Arc::new(hasher), Arc::new(desk));
        Ok(Self {
            db,
            clock,
            keys,
            entropy,
            doorman,
            hasher,
            limits,
            desk,
            rules,
            blobs,
            watching,
            signers,
            readings,
            claims,
        })
    }

    /// What signs and checks tokens, as this process knows it. To sign, ask for [`Self::fresh_signer`].
    pub fn signer(&self) -> Arc<TokenSigner> {
        self.signers.known()
    }

    /// What signs and checks tokens, as it was at most a second ago: a key that another instance retired
    /// signs nothing here that would be refused there.
    pub async fn fresh_signer(&self) -> Arc<TokenSigner> {
        self.signers.fresh().await
    }

    /// Takes a claim for this process; none if a request with the same key is under way.
    pub(super) fn take(&self, claim: &Claim) -> Option<Taken> {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        claims.insert(claim.key).then(|| Taken { key: claim.key, claims: Arc::clone(&self.claims) })
    }
}

/// A claim that this process works on, until it is dropped.
pub(super) struct Taken {
    key: [u8; 32],
    claims: Arc<Mutex<HashSet<[u8; 32]>>>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// One request, as a use case needs to know it.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Who asks.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// Whether the request may be a repetition.
    pub claim: Option<Claim>,
    /// The version that a change is made for.
    pub version: Option<i64>,
}

impl Ask {
    /// An ask of the product's own, or of an operator.
    pub fn of(actor: Actor, origin: Origin) -> Self {
        Self { actor, origin, claim: None, version: None }
    }
}
