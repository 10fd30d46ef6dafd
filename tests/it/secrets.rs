//! The canary crawl of secrets: passwords, codes, links and tokens are known to whoever holds them, and
//! stand in no log, no audit entry, no problem, no metric, and nowhere in the database in clear.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::Duration;

use caredesk::guard::second_factor::code_at;
use caredesk::vault::Clock;
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};

use crate::support::burglar::Burglar;
use crate::support::db::Database;
use crate::support::program::{Program, run, tempdir};

/// Passwords that stand nowhere else.
const PASSWORDS: [&str; 3] = [
    "canary tractor 93 sings at dusk",
    "canary kettle 41 hums at noon",
    "canary lantern 77 at dawn",
];

#[actix_web::test]
async fn no_secret_is_in_logs_audit_problems_metrics_or_the_database_on_sqlite() {
    sings(Database::sqlite()).await;
}

#[actix_web::test]
async fn no_secret_is_in_logs_audit_problems_metrics_or_the_database_on_postgres() {
    sings(Database::postgres()).await;
}

/// A client that keeps what it was refused with.
struct Client<'a> {
    program: &'a Program,
    http: reqwest::Client,
    problems: String,
}

impl Client<'_> {
    /// Sends a request; the status and the body.
    async fn send(
        &mut self,
        (method, path): (&str, &str),
        token: Option<&str>,
        body: Option<Value>,
    ) -> (u16, Value) {
        let url = format!("{}{path}", self.program.base);
        let mut request = self.http.request(method.parse().unwrap(), url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.expect("the program answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        if status >= 400 {
            self.problems += &text;
        }
        (status, serde_json::from_str(&text).unwrap_or_default())
    }
}

/// The secret behind a marker in one of the messages that were written to the folder.
async fn in_the_mail(folder: &str, marker: &str, length: usize, not: &BTreeSet<String>) -> String {
    for _ in 0..1_200 {
        for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let text = std::fs::read_to_string(file.path()).unwrap_or_default();
            // Lines may be folded; a soft break stands in no secret.
            let text = text.replace("=\r\n", "").replace("=3D", "=");
            for (at, _) in text.match_indices(marker) {
                let found: String = text[at..].chars().take(length).collect();
                if found.chars().count() == length && !not.contains(&found) {
                    return found;
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no message with {marker}");
}

async fn sings(database: Database) {
    let folder = tempdir("secrets", &database);
    let metrics = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let made = run(
        &database,
        &folder,
        &["admin", "create-platform-admin", "--name", "Ana Ruiz", "--email", "ana@desk.example"],
    );
    let made = { made }.output().unwrap();
    let link = String::from_utf8(made.stdout).unwrap();
    let link = link.split_once('#').expect("a link").1.trim().to_owned();
    let settings = [
        ("CAREDESK_LOG_FILTER", "debug"),
        ("CAREDESK_METRICS_LISTEN", metrics.as_str()),
        ("CAREDESK_HASH_MEMORY_KIB", "19456"),
        ("CAREDESK_HASH_PASSES", "2"),
        ("CAREDESK_MAIL_DIR", "mail"),
    ];
    let program = Program::start_with(&database, &folder, &settings);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut client = Client { program: &program, http: http.clone(), problems: String::new() };
    let secrets = use_everything(&mut client, &link, &format!("{folder}/mail")).await;
    let shown = http.get(format!("http://{metrics}/metrics")).send().await.unwrap();
    let shown = shown.text().await.unwrap();
    assert!(shown.contains("caredesk_"), "{shown}");
    let audit = export(&mut client, &secrets).await;
    let kept = Burglar::of(&database).everything(&database);
    let log = program.log();
    assert!(log.lines().count() > 20 && audit.lines().count() > 10 && kept.len() > 10_000);
    assert!(!client.problems.is_empty());
    for secret in &secrets.all {
        for (place, text) in [
            ("the log", &log),
            ("the audit", &audit),
            ("a problem", &client.problems),
            ("the metrics", &shown),
        ] {
            assert!(!text.contains(secret.as_str()), "{secret} stands in {place}");
        }
        // Six digits stand in many a number; what is longer is looked for in the database as well.
        if secret.len() > 6 {
            let as_bytes = data_encoding::HEXLOWER.encode(secret.as_bytes());
            let stands = kept.contains(secret.as_str()) || kept.contains(&as_bytes);
            assert!(!stands, "{secret} stands in the database");
        }
    }
    drop(program);
    drop(std::fs::remove_dir_all(&folder));
}

/// Every secret that was used, and a token that still opens something.
struct Used {
    all: BTreeSet<String>,
    token: String,
}

/// Uses everything that has a secret, rightly and wrongly.
async fn use_everything(client: &mut Client<'_>, link: &str, mail: &str) -> Used {
    let (mut all, enrolled, token) = enrol(client, link).await;
    go_astray(client, &token).await;
    carry_on(client, &mut all, &enrolled).await;
    change(client, &mut all, &token, mail).await;
    let token = reset(client, &mut all, &enrolled, mail).await;
    Used { all, token }
}

/// An account, its second factor and its recovery codes; what they are, and a token.
async fn enrol(client: &mut Client<'_>, link: &str) -> (BTreeSet<String>, Value, String) {
    let mut all: BTreeSet<String> = PASSWORDS.iter().map(|&one| one.to_owned()).collect();
    all.insert(link.to_owned());
    let now = || Clock::system().now();
    let redeem = json!({"token": link, "password": PASSWORDS[0]});
    let (status, begun) =
        client.send(("POST", "/v1/enrolments/redeem"), None, Some(redeem.clone())).await;
    assert_eq!(status, 201, "{begun}");
    client.send(("POST", "/v1/enrolments/redeem"), None, Some(redeem)).await;
    let mut token = keep(&mut all, &begun, "/access_token");
    let (_, enrolment) = client.send(("POST", "/v1/second-factor/begin"), Some(&token), None).await;
    let secret = keep(&mut all, &enrolment, "/secret");
    let secret: [u8; 20] = BASE32_NOPAD.decode(secret.as_bytes()).unwrap().try_into().unwrap();
    let code = code_at(&secret, now());
    let (status, enrolled) = client
        .send(("POST", "/v1/second-factor/confirm"), Some(&token), Some(json!({"code": code})))
        .await;
    assert_eq!(status, 200, "{enrolled}");
    token = keep(&mut all, &enrolled, "/access_token");
    for index in 0..10 {
        keep(&mut all, &enrolled, &format!("/recovery_codes/{index}"));
    }
    client
        .send(("POST", "/v1/second-factor/verify"), Some(&token), Some(json!({"code": code})))
        .await;
    (all, enrolled, token)
}

/// A password where a name belongs, a token where none belongs, and wrong ones everywhere.
async fn go_astray(client: &mut Client<'_>, token: &str) {
    client
        .send(
            ("POST", "/v1/sessions"),
            None,
            Some(json!({"realm": "desk", "name": PASSWORDS[2], "password": PASSWORDS[1]})),
        )
        .await;
    client
        .send(
            ("POST", "/v1/sessions"),
            None,
            Some(json!({"realm": PASSWORDS[2], "password": [PASSWORDS[1]]})),
        )
        .await;
    client.send(("GET", &format!("/v1/account?token={token}")), Some(token), None).await;
    // A problem says the path that was asked for, to whoever asked; the log does not.
    let astray = format!("{}/v1/{token}", client.program.base);
    assert_eq!(client.http.get(astray).send().await.unwrap().status().as_u16(), 404);
    client.send(("GET", "/v1/account"), Some(&format!("{token}x")), None).await;
}

/// Another session, with a recovery code and refresh tokens, each used twice.
async fn carry_on(client: &mut Client<'_>, all: &mut BTreeSet<String>, enrolled: &Value) {
    let recovery = keep(all, enrolled, "/recovery_codes/0");
    let sign_in =
        |password: &str| json!({"realm": "desk", "name": "ana@desk.example", "password": password});
    let (status, second) =
        client.send(("POST", "/v1/sessions"), None, Some(sign_in(PASSWORDS[0]))).await;
    assert_eq!(status, 201, "{second}");
    let other = keep(all, &second, "/access_token");
    let refresh = keep(all, &second, "/refresh_token");
    let (status, _) = client
        .send(
            ("POST", "/v1/second-factor/recover"),
            Some(&other),
            Some(json!({"recovery_code": recovery})),
        )
        .await;
    assert_eq!(status, 200);
    client
        .send(
            ("POST", "/v1/second-factor/recover"),
            Some(&other),
            Some(json!({"recovery_code": recovery})),
        )
        .await;
    let (status, refreshed) = client
        .send(("POST", "/v1/sessions/refresh"), None, Some(json!({"refresh_token": refresh})))
        .await;
    assert_eq!(status, 200);
    keep(all, &refreshed, "/refresh_token");
    client
        .send(("POST", "/v1/sessions/refresh"), None, Some(json!({"refresh_token": refresh})))
        .await;
}

/// A new password, a new contact, a new member of the staff.
async fn change(client: &mut Client<'_>, all: &mut BTreeSet<String>, token: &str, mail: &str) {
    let change = json!({"current_password": PASSWORDS[0], "new_password": PASSWORDS[1]});
    let wrong = json!({"current_password": PASSWORDS[2], "new_password": PASSWORDS[1]});
    client.send(("PUT", "/v1/account/password"), Some(token), Some(wrong)).await;
    let (status, answer) =
        client.send(("PUT", "/v1/account/password"), Some(token), Some(change)).await;
    assert_eq!(status, 204, "{answer}");
    let (status, change) = client
        .send(
            ("POST", "/v1/account/contact-changes"),
            Some(token),
            Some(json!({"email": "ana@new.example"})),
        )
        .await;
    assert_eq!(status, 200, "{change}");
    let path = format!("/v1/account/contact-changes/{}/confirm", change["id"].as_str().unwrap());
    client
        .send(
            ("POST", &path),
            Some(token),
            Some(json!({"current_code": "000000", "new_code": "000000"})),
        )
        .await;
    let staff = json!({"role": "tier1", "name": "Sam Okafor", "email": "sam@desk.example"});
    let (status, made) = client.send(("POST", "/v1/desk-accounts"), Some(token), Some(staff)).await;
    assert_eq!(status, 201, "{made}");
    all.insert(in_the_mail(mail, "cde_", 47, all).await);
    let tenant = json!({
        "slug": "pine-lodge", "name": "Pine Lodge", "kind": "camp", "contacts": [], "owners": [],
        "notification_address": "office@pinelodge.example",
        "site_admin": {"user_name": "bo", "first_name": "Bo", "last_name": "Lind", "email": "bo@pinelodge.example"},
    });
    let (status, made) = client.send(("POST", "/v1/tenants"), Some(token), Some(tenant)).await;
    assert_eq!(status, 201, "{made}");
    let link = in_the_mail(mail, "cde_", 47, all).await;
    use_a_key(client, all, &link).await;
}

/// A key of a program, made and rotated by a Site Admin, and used rightly and wrongly.
async fn use_a_key(client: &mut Client<'_>, all: &mut BTreeSet<String>, link: &str) {
    let (more, _, token) = enrol(client, link).await;
    all.extend(more);
    let key = json!({"name": "Nights", "scopes": ["exports.run"], "expires_in_days": 9});
    let (status, made) = client.send(("POST", "/v1/api-keys"), Some(&token), Some(key)).await;
    assert_eq!(status, 201, "{made}");
    let first = keep(all, &made, "/secret");
    let path = format!("/v1/api-keys/{}/rotate", made["id"].as_str().unwrap());
    let at_once = Some(json!({"overlap_hours": 0}));
    let (status, rotated) = client.send(("POST", &path), Some(&token), at_once).await;
    assert_eq!(status, 200, "{rotated}");
    let second = keep(all, &rotated, "/secret");
    let own = ("GET", "/v1/current-api-key");
    assert_eq!(client.send(own, Some(&second), None).await.0, 200);
    for wrong in [&first, &second.to_uppercase(), &format!("{second}x")] {
        assert_eq!(client.send(own, Some(wrong), None).await.0, 401);
    }
    client.send(("GET", &format!("/v1/current-api-key?key={second}")), Some(&second), None).await;
    client.send(("GET", "/v1/users"), Some(&second), None).await;
    // What a scanner would look for is the part that is no handle.
    for secret in [first, second] {
        all.insert(secret[21..].to_owned());
    }
}

/// A forgotten password; a token of the session that the link begins.
async fn reset(
    client: &mut Client<'_>,
    all: &mut BTreeSet<String>,
    enrolled: &Value,
    mail: &str,
) -> String {
    let forgotten = json!({"realm": "desk", "name": "ana@desk.example"});
    client.send(("POST", "/v1/password-resets"), None, Some(forgotten)).await;
    let reset = in_the_mail(mail, "cdp_", 47, all).await;
    all.insert(reset.clone());
    let redeem = json!({"token": reset, "password": PASSWORDS[2]});
    let (status, begun) =
        client.send(("POST", "/v1/password-resets/redeem"), None, Some(redeem.clone())).await;
    assert_eq!(status, 201, "{begun}");
    client.send(("POST", "/v1/password-resets/redeem"), None, Some(redeem)).await;
    let token = keep(all, &begun, "/access_token");
    let recovery = keep(all, enrolled, "/recovery_codes/1");
    let (status, _) = client
        .send(
            ("POST", "/v1/second-factor/recover"),
            Some(&token),
            Some(json!({"recovery_code": recovery})),
        )
        .await;
    assert_eq!(status, 200);
    token
}

/// A secret of an answer, which is kept among the others.
fn keep(all: &mut BTreeSet<String>, answer: &Value, pointer: &str) -> String {
    let secret = answer.pointer(pointer).and_then(Value::as_str);
    let secret = secret.unwrap_or_else(|| panic!("no {pointer} in {answer}")).to_owned();
    all.insert(secret.clone());
    secret
}

/// The whole audit.
async fn export(client: &mut Client<'_>, used: &Used) -> String {
    let url = format!("{}/v1/audit-export", client.program.base);
    let answer = client.http.get(url).bearer_auth(&used.token).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    answer.text().await.unwrap()
}
