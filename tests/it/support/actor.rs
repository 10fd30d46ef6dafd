//! Somebody who uses the product, as a client with a token.

use caredesk::guard::second_factor;
use caredesk::guard::tokens::Claims;
use caredesk::service::House;
use caredesk::store::accounts::users::draw_numbers;
use caredesk::store::db::Conn;
use caredesk::store::schema::{accounts, api_keys, second_factors, sessions};
use caredesk::store::{StoreError, StoreResult};
use caredesk::vault::{ApiSecret, Place};
use caredesk_core::domain::account::{AccountStatus, Locale, Realm, Role};
use caredesk_core::domain::ids::{AccountId, ApiKeyId, SessionId, TenantId};
use caredesk_core::domain::permission::{Permission, PermissionSet};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, KeyName, PersonName, UserName};
use diesel::prelude::*;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::answer::Answer;
use super::app::App;
use super::operations;

/// A client of a running product.
pub(crate) struct Actor<'a> {
    pub(crate) app: &'a App,
    pub(crate) token: Option<String>,
    pub(crate) account: Uuid,
    pub(crate) session: Uuid,
}

impl Actor<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub(crate) async fn patch(&self, path: &str, etag: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body), &if_match(etag)).await
    }

    pub(crate) async fn put(&self, path: &str, etag: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body), &if_match(etag)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// Sends a request with headers of the test's choice; the answer must be one that is documented.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.request(method.clone(), path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = Answer::of(request.send().await.expect("the server answers")).await;
        let of = (answer.status.as_u16(), answer.header("content-type"));
        operations::keeps_the_contract(&method, path, (of.0, &of.1), &answer.body);
        answer
    }

    /// Sends a file; the answer must be one that is documented.
    pub(crate) async fn send_octets(&self, method: Method, path: &str, bytes: &[u8]) -> Answer {
        let request = self.request(method.clone(), path).body(bytes.to_vec());
        let request = request.header("content-type", "application/octet-stream");
        let answer = Answer::of(request.send().await.expect("the server answers")).await;
        let of = (answer.status.as_u16(), answer.header("content-type"));
        operations::keeps_the_contract(&method, path, (of.0, &of.1), &answer.body);
        answer
    }

    /// A request with this actor's token, to be finished by the test.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.app.http.request(method, format!("{}{path}", self.app.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The present code of this actor's authenticator app; every minted account has the same secret.
    pub(crate) fn code(&self) -> String {
        second_factor::code_at(&SECRET, self.app.house.clock.now())
    }
}

/// The header that names a version; none for what has no versions.
fn if_match(etag: &str) -> Vec<(&str, &str)> {
    if etag.is_empty() { Vec::new() } else { vec![("if-match", etag)] }
}

/// The second factor of every minted account.
pub(crate) const SECRET: [u8; 20] = *b"a secret of 20 bytes";

/// What minting leaves.
pub(crate) struct Minted {
    pub(crate) account: Uuid,
    pub(crate) session: Uuid,
    pub(crate) token: String,
}

/// Makes a key of a tenant that permits this for 90 days, behind the product's back. It has no session.
pub(crate) async fn mint_key(house: &House, tenant: TenantId, scopes: PermissionSet) -> Minted {
    let now = house.clock.now();
    let id = ApiKeyId::of(house.entropy.uuid(now));
    let secret = ApiSecret::make(&house.entropy);
    let token = secret.expose().to_owned();
    let hash = secret.hash(&house.keys).to_vec();
    let made = house.db.write::<_, StoreError, _>(move |conn| {
        let account = AccountId::of(id.uuid());
        let row = (
            accounts::id.eq(account),
            accounts::realm.eq(Realm::Integration),
            accounts::tenant_id.eq(tenant),
            accounts::role.eq(Role::Integration),
            accounts::status.eq(AccountStatus::Active),
            accounts::sign_in_key.eq(format!("key {}", secret.handle())),
            accounts::name.eq(PersonName::parse(secret.handle()).unwrap()),
            accounts::locale.eq(Locale::English),
            accounts::created_at.eq(now),
            accounts::updated_at.eq(now),
            accounts::version.eq(1_i64),
        );
        diesel::insert_into(accounts::table).values(row).execute(conn)?;
        let row = (
            (api_keys::id.eq(id), api_keys::tenant_id.eq(tenant)),
            api_keys::handle.eq(secret.handle().to_owned()),
            api_keys::name.eq(KeyName::parse("Enrolment system").unwrap()),
            api_keys::scopes.eq(scopes.iter().map(Permission::bit).sum::<i64>()),
            api_keys::hash.eq(hash.clone()),
            api_keys::created_by.eq(account),
            api_keys::created_at.eq(now),
            api_keys::expires_at.eq(now.plus(SignedDuration::from_hours(90 * 24))),
            api_keys::version.eq(1_i64),
        );
        diesel::insert_into(api_keys::table).values(row).execute(conn)?;
        Ok(())
    });
    made.await.expect("a key is minted");
    Minted { account: id.uuid(), session: Uuid::nil(), token }
}

/// Makes an account, its second factor and a session, behind the product's back.
pub(crate) async fn mint(
    house: &House,
    role: Role,
    tenant: Option<TenantId>,
    is_proven: bool,
) -> Minted {
    let now = house.clock.now();
    let account = AccountId::of(house.entropy.uuid(now));
    let session = SessionId::of(house.entropy.uuid(now));
    let email =
        EmailAddress::parse(&format!("{role}.{}@people.example", account.uuid().simple())).unwrap();
    let place =
        Place { tenant: None, table: "second_factors", row: account.uuid(), column: "secret" };
    let sealed = house.keys.seal(&house.entropy, &place, &SECRET);
    let proven = is_proven.then_some(now);
    house
        .db
        .write::<_, StoreError, _>(move |conn| {
            diesel::insert_into(accounts::table)
                .values((
                    accounts::id.eq(account),
                    accounts::realm.eq(role.realm()),
                    accounts::tenant_id.eq(tenant),
                    accounts::role.eq(role),
                    accounts::status.eq(AccountStatus::Active),
                    accounts::sign_in_key.eq(email.folded()),
                    accounts::name.eq(PersonName::parse("Ana Ruiz").unwrap()),
                    accounts::email.eq(email.clone()),
                    accounts::email_key.eq(email.folded()),
                    accounts::locale.eq(Locale::English),
                    accounts::created_at.eq(now),
                    accounts::updated_at.eq(now),
                    accounts::version.eq(1_i64),
                ))
                .execute(conn)?;
            if let Some(tenant) = tenant {
                become_a_user(conn, tenant, (account, role), now)?;
            }
            diesel::insert_into(second_factors::table)
                .values((
                    second_factors::account_id.eq(account),
                    second_factors::secret.eq(sealed.clone()),
                    second_factors::created_at.eq(now),
                    second_factors::confirmed_at.eq(now),
                    second_factors::last_step.eq(0_i64),
                ))
                .execute(conn)?;
            diesel::insert_into(sessions::table)
                .values((
                    sessions::id.eq(session),
                    sessions::account_id.eq(account),
                    sessions::created_at.eq(now),
                    sessions::last_used_at.eq(now),
                    sessions::expires_at.eq(now.plus(SignedDuration::from_hours(12))),
                    sessions::second_factor_at.eq(proven),
                ))
                .execute(conn)?;
            Ok(())
        })
        .await
        .expect("an account is minted");
    let token = house.signer().sign(&claims(house, account.uuid(), session.uuid())).unwrap();
    Minted { account: account.uuid(), session: session.uuid(), token }
}

/// Gives an account what users of an organisation have beside what everybody has.
fn become_a_user(
    conn: &mut Conn,
    tenant: TenantId,
    (account, role): (AccountId, Role),
    now: Moment,
) -> StoreResult<()> {
    let user_name = format!("{role}.{}", account.uuid().simple());
    // A tenant that a test filled in behind the product's back may have nothing to draw from.
    let number = draw_numbers(conn, tenant, 1).unwrap_or(1);
    let user = (
        accounts::number.eq(number),
        accounts::user_name.eq(UserName::parse(&user_name).unwrap()),
        accounts::first_name.eq(PersonName::parse("Ana").unwrap()),
        accounts::last_name.eq(PersonName::parse("Ruiz").unwrap()),
        accounts::name_key.eq("ruiz ana"),
        accounts::idle_since.eq(now),
    );
    diesel::update(accounts::table.find(account)).set(user).execute(conn)?;
    Ok(())
}

/// The claims of a token that is good for ten minutes.
pub(crate) fn claims(house: &House, account: Uuid, session: Uuid) -> Claims {
    let now = house.clock.now();
    Claims {
        iss: house.signer().issuer().to_owned(),
        aud: house.signer().audience().to_owned(),
        sub: account,
        sid: session,
        jti: house.entropy.uuid(now),
        iat: now.seconds(),
        nbf: now.seconds(),
        exp: now.seconds() + 600,
        tid: None,
        amr: vec!["pwd".to_owned()],
        acr: "aal1".to_owned(),
        auth_time: now.seconds(),
    }
}
