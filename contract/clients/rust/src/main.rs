//! The client of progenitor: signs in, and takes a tenant and one of the staff through their
//! lives; then, as a Site Admin, a family's application, a batch and a key; last a ticket, which
//! [`tickets`] takes from the help centre to its end.

use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use api::{Client, types};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

mod tickets;

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
async fn prove(client: &Client, secret: &str) -> Result<String, Failure> {
    let secret = totp_rs::Secret::try_from_base32(setting(secret)?)?;
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

/// A client with a token that has a second factor, whose secret is a setting.
async fn signed_in(who: types::builder::SignIn, secret: &str) -> Result<Client, Failure> {
    let tokens = client(None)?.sign_in().body(who).send().await?;
    assert_eq!(tokens.session.second_factor, types::SecondFactorState::Required);
    let proven = prove(&client(Some(&tokens.access_token))?, secret).await?;
    client(Some(&proven))
}

/// A client of the platform admin.
async fn signed_in_at_desk() -> Result<Client, Failure> {
    let who = types::SignIn::builder()
        .realm(types::SignInRealm::Desk)
        .name(setting("CAREDESK_EMAIL")?)
        .password(setting("CAREDESK_PASSWORD")?);
    signed_in(who, "CAREDESK_TOTP_SECRET").await
}

/// A client of a tenant's Site Admin.
async fn signed_in_to_tenant() -> Result<Client, Failure> {
    let tenant = setting("CAREDESK_SITE_ADMIN_TENANT")?.parse::<types::Slug>()?;
    let who = types::SignIn::builder()
        .realm(types::SignInRealm::Tenant)
        .tenant(Some(tenant))
        .name(setting("CAREDESK_SITE_ADMIN_NAME")?)
        .password(setting("CAREDESK_SITE_ADMIN_PASSWORD")?);
    signed_in(who, "CAREDESK_SITE_ADMIN_TOTP_SECRET").await
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

/// Takes an application from its draft to an invitation that was sent three times and revoked. Gives its id.
async fn walk_family(client: &Client, word: &str) -> Result<types::ApplicationId, Failure> {
    let child: types::NewChild =
        types::NewChild::builder().child_id(format!("K-{word}")).try_into()?;
    let new = types::CreateApplication::builder()
        .family_name(format!("Sørensen {word}"))
        .email(Some("sorensen@home.example".parse::<types::EmailAddress>()?))
        .phone(Some("+15550100242".parse::<types::WrittenPhone>()?))
        .children(vec![child]);
    let key = uuid::Uuid::new_v4().to_string();
    let made = client.create_application().idempotency_key(key).body(new).send().await?;
    assert_eq!(made.status, types::ApplicationStatus::Draft);
    let id = made.id.clone();

    let read = client.read_application().application_id(id.clone()).send().await?;
    assert_eq!(read.children.len(), 1);
    let version = read.headers().get("etag").ok_or("no ETag")?.to_str()?.to_owned();
    let change = || {
        let by_text = Some(types::Method::Sms);
        let body = types::UpdateApplication::builder().preferred_method(by_text);
        client.update_application().application_id(id.clone()).if_match(version.clone()).body(body)
    };
    assert_eq!(change().send().await?.preferred_method, types::Method::Sms);
    assert_eq!(code_of(&change().send().await), Some("version.stale"));

    let submitted = client.submit_application().application_id(id.clone()).send().await?;
    assert_eq!(submitted.online_account, types::OnlineAccount::Invited);
    let body = types::ReinviteFamily::builder().method(Some(types::InviteMethod::Email));
    let again = client.reinvite_family().application_id(id.clone()).body(body).send().await?;
    assert_eq!(again.online_account, types::OnlineAccount::Invited);
    let sent = client.list_invitations().application_id(id.clone()).send().await?;
    let states: Vec<_> = sent.data.iter().map(|one| (one.method, one.state)).collect();
    let expected = [
        (types::Method::Email, types::InvitationState::Pending),
        (types::Method::Sms, types::InvitationState::Replaced),
    ];
    assert_eq!(states, expected);
    let newest = sent.data.first().ok_or("no invitation")?.id.clone();
    let resent = client.resend_invitation().invitation_id(newest).send().await?;
    let revoke = client.revoke_invitation().invitation_id(resent.id.clone());
    assert_eq!(revoke.send().await?.state, types::InvitationState::Revoked);
    Ok(id)
}

/// Waits for the end of a job.
async fn finished(client: &Client, id: &types::JobId) -> Result<types::Job, Failure> {
    for _ in 0..300 {
        let job = client.read_job().job_id(id.clone()).send().await?.into_inner();
        if !matches!(job.state, types::JobState::Queued | types::JobState::Running) {
            return Ok(job);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("a job does not end".into())
}

/// Invites a family once more by a filter: first as a trial, then in earnest, then there is nobody left.
async fn walk_batch(
    client: &Client,
    word: &str,
    family: &types::ApplicationId,
) -> Result<(), Failure> {
    let choice: types::ApplicationChoice = types::ApplicationChoice::builder()
        .q(Some(word.parse::<types::SearchText>()?))
        .status(Some(types::ApplicationStatus::Submitted))
        .try_into()?;
    let begin = |dry_run: bool| {
        let body = types::InviteFamilies::builder()
            .method(types::InviteMethod::Preferred)
            .filter(Some(choice.clone()))
            .dry_run(Some(dry_run));
        let key = uuid::Uuid::new_v4().to_string();
        client.invite_families().idempotency_key(key).body(body)
    };
    let columns = [(true, types::OnlineAccount::None), (false, types::OnlineAccount::Invited)];
    for (dry_run, expected) in columns {
        let begun = begin(dry_run).send().await?;
        let job = finished(client, &begun.id).await?;
        assert_eq!((job.state, job.total), (types::JobState::Succeeded, Some(1)));
        assert_eq!((job.done, job.failed), (1, 0));
        let results = client.list_job_results().job_id(job.id.clone()).send().await?;
        let row = results.data.first().ok_or("no result")?;
        assert_eq!(row.outcome, types::RowOutcome::Created);
        assert_eq!(row.subject_id.as_ref().map(ToString::to_string), Some(family.to_string()));
        let page = client.list_applications().q(format!("sorensen {word}")).send().await?;
        let columns: Vec<_> = page.data.iter().map(|one| one.online_account).collect();
        assert_eq!(columns, [expected]);
    }
    assert_eq!(code_of(&begin(false).send().await), Some("batch.empty"));
    Ok(())
}

/// Makes a key, finds the application with it, and revokes it.
async fn walk_key(office: &Client, word: &str) -> Result<(), Failure> {
    let new = types::CreateApiKey::builder()
        .name(format!("Enrolment {word}"))
        .scopes(vec![types::KeyPermission::ApplicationsRead])
        .expires_in_days(1_u32);
    let key = uuid::Uuid::new_v4().to_string();
    let made = office.create_api_key().idempotency_key(key).body(new).send().await?;
    let program = client(Some(&made.secret))?;
    assert_eq!(program.list_applications().q(word).send().await?.data.len(), 1);
    let revoked = office.revoke_api_key().api_key_id(made.id.clone()).send().await?;
    assert_eq!(revoked.status, types::ApiKeyStatus::Revoked);
    let refused = program.list_applications().q(word).send().await;
    assert_eq!(code_of(&refused), Some("auth.invalid_token"));
    Ok(())
}

/// Lists the messages that went to families.
async fn walk_messages(client: &Client) -> Result<(), Failure> {
    let page = client.list_notifications().kind(types::MessageKind::Invitation).send().await?;
    assert!(page.data.iter().any(|row| row.method == types::Method::Sms));
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let desk = signed_in_at_desk().await?;
    walk(&desk).await?;
    walk_staff(&desk).await?;
    walk_own(&desk).await?;
    desk.sign_out().send().await?;
    println!(
        "progenitor: signed in; a tenant, one of the staff, the own account, sessions, the password"
    );
    let office = signed_in_to_tenant().await?;
    let word = format!("rust{}", now());
    let family = walk_family(&office, &word).await?;
    walk_batch(&office, &word, &family).await?;
    walk_key(&office, &word).await?;
    walk_messages(&office).await?;
    office.sign_out().send().await?;
    println!("progenitor: as a Site Admin: an application, invitations, a batch, a key, messages");
    tickets::walk().await
}
