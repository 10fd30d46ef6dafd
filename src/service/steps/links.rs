//! One-time links: whose they are, and the one answer to those that do not count.

use caredesk_core::domain::code::Code;
use caredesk_core::domain::proof::LinkPurpose;
use caredesk_core::policy::Action;

use crate::guard::Refusal;
use crate::service::house::{Ask, House};
use crate::store::accounts::SignInFacts;
use crate::store::{self, StoreError};
use crate::vault::{Opaque, OpaqueKind};

impl House {
    /// Counts a try at a link; the account that it is for, and the hashes that it may be kept under.
    ///
    /// # Errors
    /// `throttle.too_many_requests`; `link.not_usable` for a used, expired and unknown link alike, written
    /// down by then.
    pub(crate) async fn usable_link<A: Action>(
        &self,
        ask: &Ask,
        purpose: LinkPurpose,
        link: &str,
    ) -> Result<(SignInFacts, Vec<[u8; 32]>), Refusal> {
        self.count_address(ask).await?;
        let kind = match purpose {
            LinkPurpose::Enrolment => OpaqueKind::Enrolment,
            LinkPurpose::PasswordReset => OpaqueKind::PasswordReset,
        };
        let Some(link) = Opaque::parse(link, kind) else {
            return Err(self.refused_link::<A>(ask).await);
        };
        let hashes = link.hashes(&self.keys);
        let opens = |facts: &SignInFacts| match purpose {
            LinkPurpose::Enrolment => !facts.is_suspended(),
            LinkPurpose::PasswordReset => facts.is_open(),
        };
        match self.holder(purpose, hashes.clone()).await?.filter(opens) {
            Some(facts) => Ok((facts, hashes)),
            None => Err(self.refused_link::<A>(ask).await),
        }
    }

    /// The account that a link is for which was not used and has not expired.
    async fn holder(
        &self,
        purpose: LinkPurpose,
        hashes: Vec<[u8; 32]>,
    ) -> Result<Option<SignInFacts>, Refusal> {
        let now = self.clock.now();
        let read = self.db.read::<_, StoreError, _>(move |conn| {
            match store::links::find(conn, purpose, &hashes, now)? {
                Some(account) => store::accounts::find(conn, account),
                None => Ok(None),
            }
        });
        Ok(read.await?)
    }

    /// Writes a refused link down.
    pub(crate) async fn refused_link<A: Action>(&self, ask: &Ask) -> Refusal {
        self.note_refusal(ask, A::KIND.as_str(), Code::LinkNotUsable, None).await;
        Refusal::Because(Code::LinkNotUsable)
    }
}
