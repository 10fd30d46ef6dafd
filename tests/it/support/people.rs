//! Users of organisations and guardians, who know their password and come in by the front door.

use caredesk::guard::{admit_grant, passwords};
use caredesk::store::accounts::insert;
use caredesk::store::accounts::users::{self, Numbered};
use caredesk::store::columns::AnyId;
use caredesk::store::schema::{accounts, tenants};
use caredesk::store::{Origin, StoreError, StoreResult, Tx};
use caredesk_core::domain::account::{AccountStatus, Locale, Named, NewAccount, Role};
use caredesk_core::domain::actor::Actor as Who;
use caredesk_core::domain::contact::Contact;
use caredesk_core::domain::ids::{AccountId, TenantId};
use caredesk_core::domain::user::NewUser;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber, Slug, UserName};
use caredesk_core::policy::Permit;
use caredesk_core::policy::action::CreateDeskAccount;
use diesel::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::actor::{Actor, claims};
use super::answer::Answer;
use super::app::App;
use super::scene::behind;
use super::staff::PASSWORD;

/// An account in use, and what its person signs in with.
pub(crate) struct Known<'a> {
    pub(crate) app: &'a App,
    pub(crate) account: Uuid,
    /// What a sign-in says of who it is: realm, organisation, name.
    pub(crate) claim: Value,
    /// Where the person is reached.
    pub(crate) contact: String,
}

impl App {
    /// An active user of a tenant that is there, with [`PASSWORD`] and without a second factor.
    pub(crate) async fn user(&self, slug: &str, user_name: &str, role: Role) -> Known<'_> {
        let contact = format!("{}@{slug}.example", user_name.to_lowercase().replace('@', "."));
        let tenant = self.tenant_called(slug).await;
        let new = NewUser {
            user_name: UserName::parse(user_name).unwrap(),
            first_name: PersonName::parse("Mia").unwrap(),
            last_name: PersonName::parse("Lund").unwrap(),
            email: EmailAddress::parse(&contact).unwrap(),
            phone: None,
            locale: None,
        };
        let make = move |tx: &mut Tx<'_>, permit: &Permit<CreateDeskAccount>, id| {
            let number = users::draw_numbers(tx.conn, tenant, 1)?;
            let all = [Numbered { id, number, new: new.clone() }];
            users::insert(tx, permit, (tenant, role, Locale::English), &all)
        };
        let account = self.active(make).await;
        let claim = json!({"realm": "tenant", "tenant": slug, "name": user_name});
        Known { app: self, account, claim, contact }
    }

    /// An active guardian with this one address or number, and with [`PASSWORD`].
    pub(crate) async fn guardian(&self, contact: &str) -> Known<'_> {
        let reached = match PhoneNumber::parse(contact) {
            Ok(phone) => Contact::Phone(phone),
            Err(_) => Contact::Email(EmailAddress::parse(contact).unwrap()),
        };
        let name = PersonName::parse("Gil Ferro").unwrap();
        let make = move |tx: &mut Tx<'_>, permit: &Permit<CreateDeskAccount>, id| {
            let name = Named::Guardian { name: name.clone(), contact: reached.clone() };
            insert(
                tx,
                permit,
                &NewAccount { id, role: Role::Guardian, name, locale: Locale::English },
            )
        };
        let account = self.active(make).await;
        let claim = json!({"realm": "family", "name": contact});
        Known { app: self, account, claim, contact: contact.to_owned() }
    }

    /// Signs in as somebody, from a device that says nothing of itself.
    pub(crate) async fn sign_in_as(&self, claim: &Value, password: &str) -> Answer {
        self.sign_in_on(claim, password, &[]).await
    }

    /// Signs in as somebody, with headers of the test's choice.
    pub(crate) async fn sign_in_on(
        &self,
        claim: &Value,
        password: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut body = claim.clone();
        body["password"] = json!(password);
        self.nobody().send(reqwest::Method::POST, "/v1/sessions", Some(body), headers).await
    }

    /// Switches an account off, behind the product's back.
    pub(crate) async fn switch_off(&self, account: Uuid) {
        let row = accounts::table.filter(accounts::id.eq(AnyId(account)));
        let off = accounts::status.eq(AccountStatus::Inactive);
        behind(self, move |conn| diesel::update(row).set(off).execute(conn)).await;
    }

    /// Somebody who is nobody: a claim that no account has.
    pub(crate) fn claiming(&self, claim: Value) -> Known<'_> {
        Known { app: self, account: Uuid::nil(), claim, contact: String::new() }
    }

    /// The id of a tenant that is there.
    pub(crate) async fn tenant_called(&self, slug: &str) -> TenantId {
        let slug = Slug::parse(slug).unwrap();
        let read = self.house.db.read::<_, StoreError, _>(move |conn| {
            let named = tenants::table.filter(tenants::slug.eq(slug));
            Ok(named.select(tenants::id).first(conn)?)
        });
        read.await.expect("the tenant is there")
    }

    /// Makes an account that has a password already.
    async fn active<M>(&self, make: M) -> Uuid
    where
        M: Fn(&mut Tx<'_>, &Permit<CreateDeskAccount>, AccountId) -> StoreResult<()>
            + Send
            + 'static,
    {
        let house = &self.house;
        let now = house.clock.now();
        let hash = house.hasher.hash(passwords::prepare(PASSWORD)).await.unwrap();
        let id = AccountId::of(house.entropy.uuid(now));
        let permit = admit_grant(&Who::Operator, Role::PlatformAdmin, now).unwrap();
        let (keys, entropy) = (house.keys.clone(), house.entropy.clone());
        let write = house.db.write::<_, StoreError, _>(move |conn| {
            let origin = Origin::of_job("test");
            let tx = &mut Tx {
                conn,
                now,
                origin: &origin,
                keys: &keys,
                entropy: &entropy,
                hours: &caredesk_core::policy::hours::DeskHours::built_in(),
            };
            make(tx, &permit, id)?;
            let active = accounts::status.eq(AccountStatus::Active);
            let row = diesel::update(accounts::table.find(id));
            row.set((active, accounts::password_hash.eq(&hash))).execute(tx.conn)?;
            Ok(())
        });
        write.await.expect("an account is made");
        id.uuid()
    }
}

impl<'a> Known<'a> {
    /// Tries to sign in with a password of the test's choice.
    pub(crate) async fn with(&self, password: &str) -> Answer {
        self.app.sign_in_as(&self.claim, password).await
    }

    /// Asks for a link to set a new password with.
    pub(crate) async fn forgets(&self) -> Answer {
        self.app.forget(&self.claim).await
    }

    /// Signs in with [`PASSWORD`].
    pub(crate) async fn sign_in(&self) -> Answer {
        self.app.sign_in_as(&self.claim, PASSWORD).await
    }

    /// Somebody who has signed in, and needs no second factor.
    pub(crate) async fn at_home(&self) -> Actor<'a> {
        self.app.bearer(&self.sign_in().await.is(201))
    }
}

impl Actor<'_> {
    /// A new access token of the same session.
    pub(crate) fn renewed(&self) -> Actor<'_> {
        let house = &self.app.house;
        let token = house.signer().sign(&claims(house, self.account, self.session)).unwrap();
        let (account, session) = (self.account, self.session);
        Actor { app: self.app, token: Some(token), account, session }
    }
}
