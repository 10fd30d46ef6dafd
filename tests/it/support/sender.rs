//! The outbox's sender, with a gateway of the test's.

use std::time::Duration;

use caredesk::deliver::{Authorities, GatewaySettings, GatewayUrl, Post, PostSettings};
use caredesk::jobs::outbox::Outbox;
use caredesk::service::sending::Texting;
use caredesk::store::db::Conn;
use caredesk::store::{Origin, StoreError, StoreResult, Tx};
use caredesk_core::domain::link::LinkTemplate;
use caredesk_core::domain::sending::SendingHours;

use super::app::{App, TOKEN};
use super::gateway::{ACCOUNT, FROM, Gateway};

/// How long the sender waits for a gateway that is slow.
const PATIENCE: Duration = Duration::from_millis(500);

impl App {
    /// Runs something in a transaction, behind the product's back.
    pub(crate) async fn tx<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> StoreResult<T> + Send + 'static,
    ) -> T {
        let (now, keys, entropy) =
            (self.house.clock.now(), self.house.keys.clone(), self.house.entropy.clone());
        let run = move |conn: &mut Conn| {
            let origin = Origin::of_job("test");
            work(&mut Tx {
                conn,
                now,
                origin: &origin,
                keys: &keys,
                entropy: &entropy,
                hours: &caredesk_core::policy::hours::DeskHours::built_in(),
            })
        };
        self.house.db.write::<_, StoreError, _>(run).await.unwrap()
    }

    /// A sender of text messages, so many a second; emails go nowhere.
    pub(crate) fn sender(&self, gateway: &Gateway, per_second: i64) -> Outbox {
        let link = |page| LinkTemplate::parse(&format!("https://desk.example/{page}#{{secret}}"));
        let name: [u8; 8] = self.house.entropy.bytes();
        let settings = PostSettings {
            from: "desk@vendor.example".parse().unwrap(),
            answers_to: None,
            folder: std::env::temp_dir().join(format!("caredesk-sender-{name:x?}")),
            server: None,
            gateway: Some(GatewaySettings {
                url: GatewayUrl::parse(&gateway.url()).unwrap(),
                account: ACCOUNT.to_owned(),
                token: TOKEN.into(),
                from: FROM.to_owned(),
                callback: self.base.clone(),
                patience: PATIENCE,
            }),
            authorities: Authorities::default(),
            link_enrolment: link("enrol").unwrap(),
            link_invitation: link("join").unwrap(),
            link_ticket: link("ticket").unwrap(),
            link_password_reset: link("reset").unwrap(),
        };
        let hours = SendingHours::parse("08:00-21:00").unwrap();
        let post = Post::open(settings).unwrap();
        Outbox::new(self.house.clone(), post, Texting { hours, per_second })
    }
}
