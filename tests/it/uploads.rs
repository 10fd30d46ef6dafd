//! Files in two steps: announced, sent as octets, used or wiped.

use std::io::Write;
use std::net::Shutdown;

use caredesk::store::StoreError;
use caredesk_core::domain::account::Role;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::scene::fresh_slug;
use crate::support::wire;
use crate::support::work::enqueue;

/// Most bytes of a file.
const MOST: usize = 10 * 1024 * 1024;
/// Bytes of a piece.
const PIECE: usize = 256 * 1024;

on_both! {
    async fn a_file_is_announced_and_then_sent(app) {
        let ana = site_admin(&app).await;
        let announced = announce(&ana).await;
        let path = announced.header("location");
        assert_eq!(announced.body["state"], "pending");
        assert_eq!((&announced.body["size"], &announced.body["sha256"]), (&Value::Null, &Value::Null));
        assert_eq!(announced.body["expires_at"], "2026-11-22T09:00:00Z");
        let bytes = content(2 * PIECE + 17);
        let sent = send(&ana, &path, &bytes).await.is(200).body;
        assert_eq!((&sent["state"], &sent["size"]), (&json!("complete"), &json!(bytes.len())));
        assert_eq!(sent["sha256"], hash(&bytes));
        assert_eq!(ana.get(&path).await.is(200).body, sent);
        assert_eq!(app.count("upload_pieces"), 3);
    }

    async fn the_longest_file_is_taken_and_one_byte_more_is_not(app) {
        let ana = site_admin(&app).await;
        let path = announce(&ana).await.header("location");
        let bytes = content(MOST);
        let target = format!("PUT {path}/content");
        let media = ("content-type", "application/octet-stream");
        let bearer = format!("Bearer {}", ana.token.clone().unwrap());
        let who = ("authorization", bearer.as_str());
        // It says how long it is, and is not waited for.
        let length = (MOST + 1).to_string();
        let said = wire::request(&target, &[media, who, ("content-length", &length)], &[]);
        app.wire(&said).is(413).is_refused("request.body_too_large");
        // It does not say how long it is, and is counted on its way.
        let mut stream = app.connect();
        stream.write_all(&wire::request(&target, &[media, who, ("transfer-encoding", "chunked")], &[])).unwrap();
        for piece in bytes.chunks(PIECE).chain([&b"x"[..]]) {
            drop(stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()));
            drop(stream.write_all(piece));
            drop(stream.write_all(b"\r\n"));
        }
        let answer = read_slowly(stream).await;
        answer.is(413).is_refused("request.body_too_large");
        assert_eq!(ana.get(&path).await.is(200).body["state"], "pending");
        let sent = send(&ana, &path, &bytes).await.is(200).body;
        assert_eq!((&sent["size"], &sent["sha256"]), (&json!(MOST), &json!(hash(&bytes))));
        assert_eq!(app.count("upload_pieces"), 40);
    }

    async fn an_empty_file_is_refused(app) {
        let ana = site_admin(&app).await;
        let path = announce(&ana).await.header("location");
        send(&ana, &path, b"").await.is(422).is_refused("upload.empty");
        assert_eq!(ana.get(&path).await.is(200).body["state"], "pending");
    }

    async fn a_file_is_sent_as_octets(app) {
        let ana = site_admin(&app).await;
        let path = announce(&ana).await.header("location");
        let request = ana.request(Method::PUT, &format!("{path}/content")).header("content-type", "text/csv");
        let answer = Answer::of(request.body("a").send().await.unwrap()).await;
        answer.is(415).is_refused("request.unsupported_media_type");
    }

    async fn what_breaks_off_leaves_the_upload_pending(app) {
        let ana = site_admin(&app).await;
        let path = announce(&ana).await.header("location");
        let stream = half_sent(&app, &ana, &path).await;
        stream.shutdown(Shutdown::Both).unwrap();
        let left = ana.get(&path).await.is(200).body;
        assert_eq!((&left["state"], &left["size"]), (&json!("pending"), &Value::Null));
        let bytes = content(5);
        assert_eq!(send(&ana, &path, &bytes).await.is(200).body["sha256"], hash(&bytes));
        assert_eq!(app.count("upload_pieces"), 1);
    }

    async fn of_two_sendings_at_once_the_one_that_began_last_counts(app) {
        let ana = site_admin(&app).await;
        let path = announce(&ana).await.header("location");
        let mut first = half_sent(&app, &ana, &path).await;
        let bytes = content(PIECE + 3);
        let second = send(&ana, &path, &bytes).await.is(200).body;
        first.write_all(&vec![b'x'; 2 * PIECE]).unwrap();
        let late = read_slowly(first).await.is(409);
        assert!(late.body["code"] == "upload.superseded" || late.body["code"] == "upload.already_complete", "{}", late.raw);
        assert_eq!(ana.get(&path).await.is(200).body, second);
        assert_eq!(second["sha256"], hash(&bytes));
        assert_eq!(app.count("upload_pieces"), 2);
    }

    async fn content_that_is_there_stays(app) {
        let ana = site_admin(&app).await;
        let path = announce(&ana).await.header("location");
        let sent = send(&ana, &path, b"one").await.is(200).body;
        send(&ana, &path, b"another").await.is(409).is_refused("upload.already_complete");
        assert_eq!(ana.get(&path).await.is(200).body, sent);
    }

    async fn an_upload_is_seen_by_its_tenants_site_admins_alone(app) {
        let ana = site_admin(&app).await;
        let path = announce(&ana).await.header("location");
        let colleague = app.someone(Role::SiteAdmin, Some(tenant_of(&app, &ana))).await;
        colleague.get(&path).await.is(200);
        let stranger = site_admin(&app).await;
        stranger.get(&path).await.is(404).is_refused("resource.not_found");
        send(&stranger, &path, b"x").await.is(404).is_refused("resource.not_found");
        stranger.delete(&path).await.is(404).is_refused("resource.not_found");
        let member = app.someone(Role::Member, Some(tenant_of(&app, &ana))).await;
        member.get(&path).await.is(403).is_refused("action.not_permitted");
    }

    async fn an_upload_that_nothing_uses_is_wiped_after_a_day(app) {
        let ana = site_admin(&app).await;
        let path = announce(&ana).await.header("location");
        send(&ana, &path, b"some").await.is(200);
        app.clock.advance(SignedDuration::from_hours(24));
        let late = app.someone(Role::SiteAdmin, Some(tenant_of(&app, &ana))).await;
        late.get(&path).await.is(404).is_refused("resource.not_found");
        send(&late, &path, b"x").await.is(404).is_refused("resource.not_found");
        assert_eq!(forget(&app).await, 1);
        assert_eq!((app.count("uploads"), app.count("upload_pieces")), (0, 0));
    }

    async fn an_upload_that_a_job_uses_stays_until_the_job_is_over(app) {
        let ana = site_admin(&app).await;
        let announced = announce(&ana).await;
        let path = announced.header("location");
        send(&ana, &path, b"some").await.is(200);
        let job = enqueue(&ana, Some(tenant_of(&app, &ana)), 1).await;
        let mut burglar = app.burglar();
        let id = burglar.id(job);
        burglar.run(&format!("UPDATE uploads SET state = 'in_use', job_id = {id}"));
        ana.delete(&path).await.is(409).is_refused("upload.in_use");
        app.clock.advance(SignedDuration::from_hours(25));
        assert_eq!(forget(&app).await, 0);
        let late = app.someone(Role::SiteAdmin, Some(tenant_of(&app, &ana))).await;
        assert_eq!(late.get(&path).await.is(200).body["state"], "in_use");
        late.send(Method::POST, &format!("/v1/jobs/{job}/cancel"), None, &[]).await.is(200);
        late.get(&path).await.is(404).is_refused("resource.not_found");
        assert_eq!((app.count("uploads"), app.count("upload_pieces")), (0, 0));
    }

    async fn an_upload_is_wiped_by_hand(app) {
        let ana = site_admin(&app).await;
        let path = announce(&ana).await.header("location");
        send(&ana, &path, b"some").await.is(200);
        ana.delete(&path).await.is(204);
        ana.get(&path).await.is(404);
        assert_eq!((app.count("uploads"), app.count("upload_pieces")), (0, 0));
    }

    async fn a_tenant_has_twenty_uploads_at_most(app) {
        let ana = site_admin(&app).await;
        let mut last = String::new();
        for _ in 0..20 {
            last = announce(&ana).await.header("location");
        }
        let body = json!({"purpose": "roster", "file_name": "a.csv"});
        ana.post("/v1/uploads", body).await.is(409).is_refused("upload.too_many");
        announce(&site_admin(&app).await).await; // another tenant's
        ana.delete(&last).await.is(204);
        announce(&ana).await;
    }

    async fn a_file_name_stands_in_no_log_and_no_audit(app) {
        let ana = site_admin(&app).await;
        let path = announce(&ana).await.header("location");
        send(&ana, &path, b"some").await.is(200);
        ana.delete(&path).await.is(204);
        let entries = app.audit().await;
        let of_uploads = entries.iter().filter(|entry| entry["action"].as_str().unwrap().starts_with("upload."));
        assert_eq!(of_uploads.count(), 3);
        let text = serde_json::to_string(&entries).unwrap();
        assert!(!text.contains("Ana Ruiz"), "{text}");
        assert!(!path.contains("Ana"));
    }
}

/// A Site Admin of a new tenant.
async fn site_admin(app: &App) -> Actor<'_> {
    let tenant = app.tenant_id(&fresh_slug()).await;
    app.someone(Role::SiteAdmin, Some(tenant)).await
}

/// The tenant of somebody.
fn tenant_of(app: &App, who: &Actor<'_>) -> caredesk_core::domain::ids::TenantId {
    let mut burglar = app.burglar();
    let id = burglar.id(who.account);
    let text = if app.database.is_sqlite() { "lower(hex(tenant_id))" } else { "tenant_id::text" };
    let found = burglar.texts(&format!("SELECT {text} FROM accounts WHERE id = {id}"));
    caredesk_core::domain::ids::TenantId::of(uuid::Uuid::parse_str(&found[0]).unwrap())
}

/// Announces a file with a name that says whose it is.
async fn announce(who: &Actor<'_>) -> Answer {
    let body = json!({"purpose": "roster", "file_name": "Ana Ruiz's staff.csv", "content_type": "text/csv"});
    who.post("/v1/uploads", body).await.is(201)
}

/// Sends the content of a file.
async fn send(who: &Actor<'_>, path: &str, bytes: &[u8]) -> Answer {
    who.send_octets(Method::PUT, &format!("{path}/content"), bytes).await
}

/// A connection on which a piece and a half of three was sent, of which one was taken in.
async fn half_sent(app: &App, who: &Actor<'_>, path: &str) -> std::net::TcpStream {
    let bearer = format!("Bearer {}", who.token.clone().unwrap());
    let length = (3 * PIECE + PIECE / 2).to_string();
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/octet-stream"),
        ("content-length", &length),
    ];
    let mut stream = app.connect();
    let mut bytes = wire::request(&format!("PUT {path}/content"), &headers, &[]);
    bytes.extend(vec![b'x'; PIECE + PIECE / 2]);
    // The server reads on this thread: what it has no room for is written by another.
    let mut other = stream.try_clone().unwrap();
    let written = tokio::task::spawn_blocking(move || other.write_all(&bytes));
    written.await.unwrap().unwrap();
    while app.count("upload_pieces") == 0 {
        tokio::task::yield_now().await;
    }
    stream.flush().unwrap();
    stream
}

/// Reads an answer while the server, which is on this thread, goes on.
async fn read_slowly(mut stream: std::net::TcpStream) -> Answer {
    tokio::task::spawn_blocking(move || wire::read(&mut stream)).await.unwrap()
}

/// Wipes what has run out, as housekeeping does; says how much there was.
async fn forget(app: &App) -> usize {
    let (keys, entropy) = (app.house.keys.clone(), app.house.entropy.clone());
    let now = app.house.clock.now();
    let write = app.house.db.write::<_, StoreError, _>(move |conn| {
        let origin = caredesk::store::Origin::of_job("test");
        let tx = &mut caredesk::store::Tx {
            conn,
            now,
            origin: &origin,
            keys: &keys,
            entropy: &entropy,
            hours: &caredesk_core::policy::hours::DeskHours::built_in(),
        };
        caredesk::store::uploads::forget_expired(tx)
    });
    write.await.unwrap()
}

/// Bytes of which no two pieces are alike.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at / 7 + at / PIECE) % 251).unwrap()).collect()
}

/// The hash of a content in hexadecimal digits.
fn hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}
