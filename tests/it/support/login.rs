//! People of every realm, with what they sign in with, and the messages that reach them.

use caredesk::guard::{admit_grant, passwords};
use caredesk::store::columns::AnyId;
use caredesk::store::schema::{accounts, notifications};
use caredesk::store::{self, Origin, StoreError, Tx};
use caredesk::vault::Place;
use caredesk_core::domain::account::{AccountStatus, Locale, Named, NewAccount, Role};
use caredesk_core::domain::actor::Actor as Who;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::{EmailAddress, PersonName, UserName};
use diesel::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::actor::Actor;
use super::answer::Answer;
use super::app::App;
use super::scene::behind;
use super::staff::PASSWORD;

/// Somebody with a password, who has not signed in.
pub(crate) struct Login<'a> {
    pub(crate) app: &'a App,
    pub(crate) account: Uuid,
    pub(crate) who: Value,
}

impl App {
    /// A user of an organisation.
    pub(crate) async fn user(&self, slug: &str, user_name: &str, role: Role) -> Login<'_> {
        let admin = self.platform_admin().await;
        let found = admin.get(&format!("/v1/tenants?q={slug}")).await.is(200);
        let tenant: TenantId = found.text("/data/0/id").parse().unwrap();
        let email = format!("{}@{slug}.example", user_name.to_lowercase().replace('@', "."));
        let named = Named::User {
            tenant,
            number: i64::from(rand()),
            user_name: UserName::parse(user_name).unwrap(),
            first_name: PersonName::parse("Ana").unwrap(),
            last_name: PersonName::parse("Ruiz").unwrap(),
            email: EmailAddress::parse(&email).unwrap(),
            phone: None,
        };
        let account = self.active(named, role).await;
        Login {
            app: self,
            account,
            who: json!({"realm": "tenant", "tenant": slug, "name": user_name}),
        }
    }

    /// A guardian with one contact, which is what they sign in with.
    pub(crate) async fn guardian(&self, contact: &str) -> Login<'_> {
        let method = if contact.starts_with('+') { Method::Sms } else { Method::Email };
        let named = Named::Guardian {
            name: PersonName::parse("Gus Romero").unwrap(),
            contact: Contact::parse(method, contact).unwrap(),
        };
        let account = self.active(named, Role::Guardian).await;
        Login { app: self, account, who: json!({"realm": "family", "name": contact}) }
    }

    /// An account in use, with the password of the tests.
    async fn active(&self, name: Named, role: Role) -> Uuid {
        let now = self.house.clock.now();
        let id = AccountId::of(self.house.entropy.uuid(now));
        let new = NewAccount { id, role, name, locale: Locale::English };
        let hash = self.house.hasher.hash(passwords::prepare(PASSWORD)).await.unwrap();
        let house = self.house.clone();
        self.house
            .db
            .write::<_, StoreError, _>(move |conn| {
                let origin = Origin::of_job("test");
                let (keys, entropy) = (&house.keys, &house.entropy);
                let mut tx = Tx { conn, now, origin: &origin, keys, entropy };
                let permit = admit_grant(&Who::Operator, Role::TierOne, now).unwrap();
                store::accounts::insert(&mut tx, &permit, &new)?;
                diesel::update(accounts::table.find(id))
                    .set((
                        accounts::status.eq(AccountStatus::Active),
                        accounts::password_hash.eq(hash.clone()),
                    ))
                    .execute(tx.conn)?;
                Ok(())
            })
            .await
            .expect("an account is made");
        id.uuid()
    }

    /// The secret in the last message of a kind to a contact, as its reader finds it.
    pub(crate) async fn posted(&self, kind: &str, to: &str) -> String {
        let (kind, to) = (kind.to_owned(), to.to_owned());
        let found = self
            .house
            .db
            .read::<_, StoreError, _>(move |conn| {
                Ok(notifications::table
                    .filter(notifications::recipient.eq(&to))
                    .filter(notifications::kind.eq(
                        kind.parse::<caredesk_core::domain::notification::MessageKind>().unwrap(),
                    ))
                    .order((notifications::created_at.desc(), notifications::id.desc()))
                    .select((notifications::id, notifications::secret))
                    .first::<(AnyId, Option<Vec<u8>>)>(conn)?)
            })
            .await;
        let (AnyId(row), sealed) = found.expect("a message was queued");
        let place = Place { tenant: None, table: "notifications", row, column: "secret" };
        let opened = self.house.keys.open(&place, &sealed.expect("a secret")).unwrap();
        String::from_utf8(opened.to_vec()).unwrap()
    }

    /// Sets a column of an account, behind the product's back.
    pub(crate) async fn switch_off(&self, account: Uuid) {
        let row = accounts::table.filter(accounts::id.eq(AnyId(account)));
        let off = accounts::status.eq(AccountStatus::Inactive);
        behind(self, move |conn| diesel::update(row).set(off).execute(conn)).await;
    }

    /// Redeems a reset link.
    pub(crate) async fn reset(&self, link: &str, password: &str) -> Answer {
        let body = json!({"token": link, "password": password});
        self.nobody().post("/v1/password-resets/redeem", body).await
    }
}

impl<'a> Login<'a> {
    /// Tries to sign in with a password.
    pub(crate) async fn with(&self, password: &str) -> Answer {
        let mut body = self.who.clone();
        body["password"] = json!(password);
        self.app.nobody().post("/v1/sessions", body).await
    }

    /// Signs in.
    pub(crate) async fn sign_in(&self) -> Answer {
        self.with(PASSWORD).await.is(201)
    }

    /// Signed in, and ready to ask.
    pub(crate) async fn at_work(&self) -> Actor<'a> {
        self.app.bearer(&self.sign_in().await)
    }

    /// Asks for a link to set a new password with.
    pub(crate) async fn forgets(&self) -> Answer {
        self.app.nobody().post("/v1/password-resets", self.who.clone()).await
    }
}

/// A number that no other account of this process has.
fn rand() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
