//! One-time links: whose they are, and the one answer to those that do not count.

use caredesk_core::domain::code::Code;
use caredesk_core::domain::proof::LinkPurpose;

use crate::guard::Refusal;
use crate::service::house::{Ask, House};
use crate::store::accounts::SignInFacts;
use crate::store::{self, StoreError};

impl House {
    /// The account that a usable link is for.
    pub(crate) async fn holder(
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
    pub(crate) async fn refused_link(&self, ask: &Ask, action: &str) -> Refusal {
        self.note_refusal(ask, action, Code::LinkNotUsable, None).await;
        Refusal::Because(Code::LinkNotUsable)
    }
}
