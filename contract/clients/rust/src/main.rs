//! The client of progenitor: signs in, and takes a tenant and one of the staff through their
//! lives.

use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use api::{Client, types};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

mod api {
    progenitor::generate_api!(
        spec = "../../../openapi/openapi-3.0.json",
        interface = Builder,
        derives = [PartialEq],
    );
}

/// Whatever ends the program.
type Failure = Box<dyn Error>;
/// An answer as the generated client gives it.
type Answer<T> = Result<progenitor_client::ResponseValue<T>, api::Error<types::Problem>>;

/// Seconds that a code is shown.
const STEP: u64 = 30;

/// The code of the problem that an answer is; none if it is none.
fn code_of<T>(answer: &Answer<T>) -> Option<&str> {
    match answer {
        Err(api::Error::ErrorResponse(problem)) => Some(problem.code.as_str()),
        _ => None,
    }
}

/// A setting from the environment.
fn setting(name: &str) -> Result<String, Failure> {
    std::env::var(name).map_err(|_absent| format!("{name} is not set").into())
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A client that sends a token, if it has one.
fn client(token: Option<&str>) -> Result<Client, Failure> {
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        headers.insert(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}"))?);
    }
    let http = reqwest::Client::builder().no_proxy().default_headers(headers).build()?;
    Ok(Client::new_with_client(&setting("CAREDESK_URL")?, http))
}

/// Proves the second factor. Every code works once: if this one is used, waits for the next.
async fn prove(client: &Client) -> Result<String, Failure> {
    let secret = totp_rs::Secret::try_from_base32(setting("CAREDESK_TOTP_SECRET")?)?;
    let app = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    let verify = || {
        let body = types::SecondFactorCode::builder().code(app.generate(now()).to_string());
        client.verify_second_factor().body(body).send()
    };
    let mut answer = verify().await;
    if code_of(&answer) == Some("second_factor.wrong_code") {
        tokio::time::sleep(Duration::from_secs(STEP - now() % STEP)).await;
        answer = verify().await;
    }
    Ok(answer?.into_inner().access_token.to_string())
}

/// A client with a token that has a second factor.
async fn signed_in() -> Result<Client, Failure> {
    let who = types::SignIn::builder()
        .realm(types::SignInRealm::Desk)
        .name(setting("CAREDESK_EMAIL")?)
        .password(setting("CAREDESK_PASSWORD")?);
    let tokens = client(None)?.sign_in().body(who).send().await?;
    assert_eq!(tokens.session.second_factor, types::SecondFactorState::Required);
    let proven = prove(&client(Some(&tokens.access_token))?).await?;
    client(Some(&proven))
}

/// A new organisation.
fn new_tenant() -> Result<types::builder::CreateTenant, Failure> {
    let contact =
        types::ContactInput::builder().label("Front office").phone(Some("+15550100200".parse()?));
    let owner =
        types::OwnerInput::builder().name("Ingrid Sørensen").email("ingrid@riverside.example");
    Ok(types::CreateTenant::builder()
        .slug(format!("rust-{}", now()))
        .name("Riverside School")
        .kind(types::TenantKind::School)
        .notification_address("office@riverside.example")
        .contacts(vec![contact.try_into()?])
        .owners(vec![owner.try_into()?]))
}

/// Creates, reads, updates, lists, suspends and resumes a tenant.
async fn walk(client: &Client) -> Result<(), Failure> {
    let key = uuid::Uuid::new_v4().to_string();
    let tenant = client.create_tenant().idempotency_key(key).body(new_tenant()?).send().await?;
    let id = tenant.id.clone();

    let read = client.read_tenant().tenant_id(id.clone()).send().await?;
    assert_eq!(read.owners_on_file, 1);
    let version = read.headers().get("etag").ok_or("no ETag")?.to_str()?.to_owned();

    let change = || {
        let body = types::UpdateTenant::builder()
            .name(Some("Riverside Schools".parse::<types::TenantName>().ok()?));
        Some(client.update_tenant().tenant_id(id.clone()).if_match(version.clone()).body(body))
    };
    let changed = change().ok_or("a name")?.send().await?;
    assert_eq!(changed.name.as_str(), "Riverside Schools");
    assert_eq!(code_of(&change().ok_or("a name")?.send().await), Some("version.stale"));

    let page = client.list_tenants().q("riverside schools").limit(100).send().await?;
    assert!(page.data.iter().any(|row| row.id == id));

    let why = || types::SwitchTenant::builder().reason("A trial of the clients");
    let suspended = client.suspend_tenant().tenant_id(id.clone()).body(why()).send().await?;
    assert_eq!(suspended.status, types::TenantStatus::Suspended);
    let resumed = client.resume_tenant().tenant_id(id).body(why()).send().await?;
    assert_eq!(resumed.status, types::TenantStatus::Active);
    Ok(())
}

/// Creates, reads, promotes and deactivates one of the staff.
async fn walk_staff(client: &Client) -> Result<(), Failure> {
    let new = types::CreateDeskAccount::builder()
        .role(types::DeskRole::Tier1)
        .name("Sam Okafor")
        .email(format!("sam-{}@desk.example", now()));
    let key = uuid::Uuid::new_v4().to_string();
    let made = client.create_desk_account().idempotency_key(key).body(new).send().await?;
    let id = made.id.clone();
    let read = client.read_desk_account().desk_account_id(id.clone()).send().await?;
    assert_eq!(read.status, types::AccountStatus::Invited);
    let version = read.headers().get("etag").ok_or("no ETag")?.to_str()?.to_owned();
    let body = types::UpdateDeskAccount::builder().role(Some(types::DeskRole::Tier2));
    let change = client.update_desk_account().desk_account_id(id.clone()).if_match(version);
    assert_eq!(change.body(body).send().await?.role, types::Role::Tier2);
    let why = types::DeactivateDeskAccount::builder().reason(types::DeactivationReason::Left);
    let left = client.deactivate_desk_account().desk_account_id(id).body(why).send().await?;
    assert_eq!(left.status, types::AccountStatus::Inactive);
    Ok(())
}

/// Reads and changes the own account, lists its sessions, changes its password and changes it back.
async fn walk_own(client: &Client) -> Result<(), Failure> {
    let own = client.read_account().send().await?;
    assert!(own.has_second_factor);
    let body = types::UpdateAccount::builder().locale(Some(own.locale));
    assert_eq!(client.update_account().body(body).send().await?.locale, own.locale);
    let sessions = client.list_sessions().send().await?;
    assert_eq!(sessions.data.iter().filter(|session| session.is_current).count(), 1);
    let mine = setting("CAREDESK_PASSWORD")?;
    let (mine, other) = (mine.as_str(), "violet tractor 93 sings at dusk");
    for (old, new) in [(mine, other), (other, mine)] {
        let body = types::ChangePassword::builder().current_password(old).new_password(new);
        client.change_password().body(body).send().await?;
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let client = signed_in().await?;
    walk(&client).await?;
    walk_staff(&client).await?;
    walk_own(&client).await?;
    client.sign_out().send().await?;
    println!(
        "progenitor: signed in; a tenant, one of the staff, the own account, sessions, the password"
    );
    Ok(())
}
