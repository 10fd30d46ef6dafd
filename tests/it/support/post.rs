//! The outbox as its readers open it: the links and codes in messages that wait to be sent.

use caredesk::store::columns::AnyId;
use caredesk::store::schema::suppressions;
use caredesk::vault::Place;
use caredesk_core::domain::notification::{Method, SuppressionReason};
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use uuid::Uuid;

use super::app::App;
use super::scene::behind;

impl App {
    /// The secret of the last message of a kind to somebody.
    #[track_caller]
    pub(crate) fn secret_of(&self, kind: &str, recipient: &str) -> String {
        let last = self.secrets_of(kind, recipient).pop();
        last.unwrap_or_else(|| panic!("no secret of {kind} to {recipient}: {:?}", self.letters()))
    }

    /// The secrets of the messages of a kind to somebody, oldest first.
    pub(crate) fn secrets_of(&self, kind: &str, recipient: &str) -> Vec<String> {
        let mut burglar = self.burglar();
        let (id, secret) = (burglar.hex("id"), burglar.hex("secret"));
        let rows = burglar.texts(&format!(
            "SELECT {id} || ' ' || {secret} FROM notifications WHERE secret IS NOT NULL \
             AND kind = '{kind}' AND recipient = '{recipient}' ORDER BY created_at, id"
        ));
        rows.iter().map(|row| self.opened(row)).collect()
    }

    /// How many messages of a kind wait for somebody.
    pub(crate) fn letters_of(&self, kind: &str, recipient: &str) -> usize {
        let letter = format!("{kind} to {recipient}");
        self.letters().iter().filter(|one| **one == letter).count()
    }

    /// Has nothing sent to an address any more.
    pub(crate) async fn suppress(&self, address: &str) {
        let (id, address) = (AnyId(Uuid::now_v7()), address.to_owned());
        let now = self.house.clock.now();
        behind(self, move |conn| {
            let row = (
                (suppressions::id.eq(id), suppressions::method.eq(Method::Email)),
                suppressions::contact_key.eq(address),
                suppressions::reason.eq(SuppressionReason::Bounced),
                (suppressions::created_at.eq(now), suppressions::version.eq(1_i64)),
            );
            diesel::insert_into(suppressions::table).values(row).execute(conn)
        })
        .await;
    }

    fn opened(&self, row: &str) -> String {
        let (id, secret) = row.split_once(' ').unwrap();
        let row = Uuid::parse_str(id).unwrap();
        let place = Place { tenant: None, table: "notifications", row, column: "secret" };
        let sealed = HEXLOWER.decode(secret.as_bytes()).unwrap();
        let opened = self.house.keys.open(&place, &sealed).unwrap();
        String::from_utf8(opened.to_vec()).unwrap()
    }
}
