//! Attachments: announced, sent as octets, quarantined, cleared and thrown away; and who is given what.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{Shutdown, TcpStream};

use caredesk::service::{Ask, attachments};
use caredesk::store::Origin;
use caredesk::store::idempotency::KeptAnswer;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::attachment::AttachmentState;
use caredesk_core::domain::ids::TenantId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::attachments::keep;
use crate::support::db::files_of;
use crate::support::scene::Scene;
use crate::support::tickets::{Stand, escalation, tenant};
use crate::support::wire;

/// Most bytes of an attachment.
const MOST: usize = 10 * 1024 * 1024;
/// A text in which nothing is personal.
const PLAIN: &[u8] = b"step,result\r\n1,the page stays white\r\n";

/// A text with a name in it that nobody knows to be one.
const UNKNOWN: &[u8] = b"Xylandra form\n";

/// A message that tells that it is one.
fn telling() -> Value {
    json!({"text": "My daughter Xylandra Quoss has child id K-20431."})
}

/// A Support User of a new tenant, and the path of a ticket that they opened.
async fn opened(app: &App) -> (Actor<'_>, String, TenantId) {
    let tenant = tenant(app).await;
    let sue = app.someone(Role::SupportUser, Some(tenant)).await;
    let body = json!({
        "request_type": "technical.error.report", "subject": "The page does not load",
        "text": "Since this morning the page stays white for child K-20431."});
    let ticket = sue.post("/v1/tickets", body).await.is(201).text("/id");
    (sue, format!("/v1/tickets/{ticket}"), tenant)
}

/// Another ticket of somebody; its path.
async fn opened_by(who: &Actor<'_>) -> String {
    let body = json!({
        "request_type": "technical.error.report", "subject": "The page does not load",
        "text": "Since this morning the page stays white for child K-20431."});
    who.post("/v1/tickets", body).await.is(201).header("location")
}

/// The id at the end of a path.
fn id_of(at: &str) -> &str {
    at.rsplit('/').next().unwrap()
}

/// Has an agent merge a ticket into another one.
async fn merged<'a>(app: &'a App, one: &str, other: &str) -> Actor<'a> {
    let tom = app.someone(Role::TierOne, None).await;
    tom.post(&format!("{one}/merge"), json!({"into_ticket_id": id_of(other)})).await.is(200);
    tom
}

/// The paths of what somebody sees attached to a ticket.
async fn attached_to(who: &Actor<'_>, ticket: &str) -> BTreeSet<String> {
    let listed = who.get(&format!("{ticket}/attachments")).await.is(200);
    let data = listed.body["data"].as_array().unwrap();
    data.iter().map(|file| format!("/v1/attachments/{}", file["id"].as_str().unwrap())).collect()
}

/// Some paths.
fn set(paths: &[&String]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).clone()).collect()
}

/// The path of a family's ticket that an agent took by telephone, and the agent.
async fn of_family(app: &App) -> (Actor<'_>, String) {
    let tenant = tenant(app).await;
    let tom = app.someone(Role::TierOne, None).await;
    let body = json!({
        "request_type": "technical.error.report", "subject": "A question", "text": "The page stays white.",
        "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone", "email": "gil.ferro@mail.example"}});
    let ticket = tom.post("/v1/tickets", body).await.is(201).text("/id");
    (tom, format!("/v1/tickets/{ticket}"))
}

/// A picture of a length.
fn png(length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend((bytes.len()..length).map(|at| u8::try_from((at / 7) % 251).unwrap()));
    bytes
}

/// A file that is announced.
fn file(name: &str, media: &str, size: usize) -> Value {
    json!({"file_name": name, "media_type": media, "size": size})
}

/// Announces a file; its path.
async fn announced(who: &Actor<'_>, ticket: &str, file: Value) -> String {
    who.post(&format!("{ticket}/attachments"), file).await.is(201).header("location")
}

/// Sends the content of a file.
async fn send(who: &Actor<'_>, at: &str, bytes: &[u8]) -> Answer {
    who.send_octets(Method::PUT, &format!("{at}/content"), bytes).await
}

/// A picture that was attached; its path.
async fn attached(who: &Actor<'_>, ticket: &str) -> String {
    let at = announced(who, ticket, file("screen.png", "image/png", 5000)).await;
    send(who, &at, &png(5000)).await.is(200);
    at
}

/// The content as somebody is given it: status, code of a refusal, bytes.
async fn given(who: &Actor<'_>, at: &str) -> (u16, Option<String>, Vec<u8>) {
    let response = who.request(Method::GET, &format!("{at}/content")).send().await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap().to_vec();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    (status, body["code"].as_str().map(str::to_owned), bytes)
}

/// What is kept in the folder, unfinished files too.
fn kept(app: &App) -> Vec<Vec<u8>> {
    let (mut found, mut folders) = (Vec::new(), vec![files_of(&app.database.url())]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                // One that was taken back meanwhile is gone.
                found.extend(std::fs::read(path).ok());
            }
        }
    }
    found
}

/// Deletes what is nobody's, as the job does; says how much there was.
async fn sweep(app: &App) -> usize {
    caredesk::jobs::files::round(&app.house).await.unwrap()
}

/// A request by hand that sends the content of a file.
fn sending(who: &Actor<'_>, at: &str, framing: (&str, &str)) -> Vec<u8> {
    let bearer = format!("Bearer {}", who.token.clone().unwrap());
    let headers =
        [("authorization", bearer.as_str()), ("content-type", "application/octet-stream"), framing];
    wire::request(&format!("PUT {at}/content"), &headers, &[])
}

/// Sends a file in chunks, without saying how long it is.
async fn send_in_chunks(app: &App, request: Vec<u8>, bytes: &[u8]) -> Answer {
    let mut stream = app.connect();
    let mut all = request;
    for chunk in bytes.chunks(70_000) {
        all.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        all.extend_from_slice(chunk);
        all.extend_from_slice(b"\r\n");
    }
    all.extend_from_slice(b"0\r\n\r\n");
    // The server runs on this thread: it is written to and read from on another.
    let exchange = tokio::task::spawn_blocking(move || {
        drop(stream.write_all(&all)); // it may answer before it has read everything
        wire::read(&mut stream)
    });
    exchange.await.unwrap()
}

/// A connection on which half of a file was sent, of which a part is kept.
async fn half_sent(app: &App, who: &Actor<'_>, at: &str, bytes: &[u8]) -> TcpStream {
    let length = bytes.len().to_string();
    let mut all = sending(who, at, ("content-length", &length));
    all.extend_from_slice(&bytes[..bytes.len() / 2]);
    let stream = app.connect();
    let mut other = stream.try_clone().unwrap();
    tokio::task::spawn_blocking(move || other.write_all(&all)).await.unwrap().unwrap();
    while kept(app).is_empty() {
        tokio::task::yield_now().await;
    }
    stream
}

/// Waits until nothing is left in the folder: whoever breaks off is noticed a moment later.
async fn until_nothing_is_kept(app: &App) {
    while !kept(app).is_empty() {
        tokio::task::yield_now().await;
    }
}

on_both! {
    async fn a_file_is_announced_and_then_sent(app) {
        let (sue, ticket, _) = opened(&app).await;
        let made = sue.post(&format!("{ticket}/attachments"), file("screen.png", "image/png", 70_000)).await.is(201);
        let at = made.header("location");
        assert_eq!((&made.body["state"], &made.body["sha256"]), (&json!("pending"), &Value::Null));
        let bytes = png(70_000);
        let sent = send(&sue, &at, &bytes).await.is(200).body;
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        assert_eq!((&sent["state"], &sent["sha256"]), (&json!("quarantined"), &json!(hash)));
        assert_eq!(sue.get(&at).await.is(200).body, sent);
        let listed = sue.get(&format!("{ticket}/attachments")).await.is(200);
        assert_eq!(listed.body["data"], json!([sent]));
        assert_eq!(given(&sue, &at).await, (200, None, bytes.clone()));
        // Whoever looks into the folder sees no word of it.
        let kept = kept(&app);
        assert_eq!(kept.len(), 1);
        assert!(!kept[0].windows(16).any(|window| window == &bytes[..16]));
    }

    async fn a_file_is_given_out_to_be_saved_and_never_to_be_shown(app) {
        let (sue, ticket, _) = opened(&app).await;
        let at = announced(&sue, &ticket, file("schön; ok.png", "image/png", 5000)).await;
        send(&sue, &at, &png(5000)).await.is(200);
        let answer = sue.request(Method::GET, &format!("{at}/content")).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "image/png");
        assert_eq!(header("content-length"), "5000");
        assert_eq!(header("content-disposition"), "attachment; filename=\"attachment.png\"; filename*=UTF-8''sch%C3%B6n%20ok.png");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(header("cache-control"), "no-store");
    }

    async fn a_text_without_personal_data_is_cleared_and_another_is_not(app) {
        let (sue, ticket, _) = opened(&app).await;
        let personal = b"Please call Gil Ferro at gil.ferro@mail.example.\n";
        for (bytes, media, state) in [
            (PLAIN, "text/csv", "cleared"), (PLAIN, "text/plain", "cleared"), (&personal[..], "text/plain", "quarantined"),
            // The case knows its requester by name.
            (&b"It was Ana Ruiz again.\n"[..], "text/plain", "quarantined"),
        ] {
            let at = announced(&sue, &ticket, file("steps.txt", media, bytes.len())).await;
            assert_eq!(send(&sue, &at, bytes).await.is(200).body["state"], state, "{media}");
        }
        let long = "the page stays white\n".repeat(20_000);
        let at = announced(&sue, &ticket, file("log.txt", "text/plain", long.len())).await;
        assert_eq!(send(&sue, &at, long.as_bytes()).await.is(200).body["state"], "quarantined", "longer than is scanned");
    }

    async fn a_text_that_a_scan_cleared_is_quarantined_when_the_case_learns_a_name(app) {
        let (sue, ticket, _) = opened(&app).await;
        let (tom, ted) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierTwo, None).await);
        let at = announced(&sue, &ticket, file("steps.txt", "text/plain", UNKNOWN.len())).await;
        assert_eq!(send(&sue, &at, UNKNOWN).await.is(200).body["state"], "cleared");
        assert_eq!(given(&tom, &at).await, (200, None, UNKNOWN.to_vec()));
        let looked_at = attached(&sue, &ticket).await;
        let why = || json!({"reason": "It shows nobody."});
        ted.post(&format!("{looked_at}/clear"), why()).await.is(200);
        sue.post(&format!("{ticket}/reply"), telling()).await.is(200);
        assert_eq!(sue.get(&at).await.is(200).body["state"], "quarantined");
        assert_eq!(given(&tom, &at).await.1.unwrap(), "attachment.quarantined");
        // What somebody has looked at stays as they left it.
        assert_eq!(given(&tom, &looked_at).await.0, 200);
        ted.post(&format!("{at}/clear"), why()).await.is(200);
        let more = json!({"text": "My son Quillon Brask has child id K-20432."});
        sue.post(&format!("{ticket}/reply"), more).await.is(200);
        assert_eq!(given(&tom, &at).await.0, 200);
    }

    async fn a_text_that_was_scanned_before_the_case_learned_a_name_is_quarantined(app) {
        let (sue, ticket, _) = opened(&app).await;
        let actor = app.house.doorman.check(sue.token.as_ref().unwrap()).await.unwrap();
        let ask = Ask::of(actor, Origin { request: "test".to_owned(), address: None });
        for (is_told, state) in [(false, "cleared"), (true, "quarantined")] {
            let at = announced(&sue, &ticket, file("steps.txt", "text/plain", UNKNOWN.len())).await;
            let id = at.rsplit('/').next().unwrap().parse().unwrap();
            let mut receiving = app.house.begin_attachment(&ask, id).await.unwrap();
            receiving.add(UNKNOWN).await.unwrap();
            let received = app.house.end_attachment(&ask, receiving).await.unwrap();
            if is_told {
                sue.post(&format!("{ticket}/reply"), telling()).await.is(200);
            }
            let completed = app.house.perform(&ask, move |tx, who| {
                attachments::complete(tx, who, &received)?;
                Ok(KeptAnswer { status: 200, location: None, etag: None, body: None })
            });
            completed.await.unwrap();
            assert_eq!(sue.get(&at).await.is(200).body["state"], state);
        }
    }

    async fn what_is_not_what_it_was_said_to_be_is_refused_and_not_kept(app) {
        let (sue, ticket, _) = opened(&app).await;
        for (media, bytes) in [
            ("image/png", &b"this is no picture"[..]), ("image/png", b"\xff\xd8\xff\xe0\0\x10JFIF\0\0\0"), ("application/pdf", b"MZ\x90\0\x03\0\0\0\x04"),
            ("text/plain", b"<!doctype html><script>alert(1)</script>"), ("text/csv", b"a,b\0c\r\n"),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04\x14\0\0\0payload.exe"),
        ] {
            let at = announced(&sue, &ticket, file("file", media, bytes.len())).await;
            send(&sue, &at, bytes).await.is(422).is_refused("attachment.type_wrong");
            assert_eq!(sue.get(&at).await.is(200).body["state"], "pending", "{media}");
            assert_eq!(given(&sue, &at).await.1.unwrap(), "attachment.not_complete");
        }
        sweep(&app).await;
        assert!(kept(&app).is_empty());
        let other = file("a.exe", "application/x-msdownload", 5);
        sue.post(&format!("{ticket}/attachments"), other).await.is(422).is_refused("request.invalid").at(&["#/media_type"]);
    }

    async fn documents_are_told_by_their_parts_and_quarantined(app) {
        let (sue, ticket, _) = opened(&app).await;
        let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        let with = |part: &str| [b"PK\x03\x04\x14\0\0\0[Content_Types].xml\0".as_slice(), part.as_bytes()].concat();
        let bytes = with("word/document.xml");
        let at = announced(&sue, &ticket, file("form.docx", word, bytes.len())).await;
        assert_eq!(send(&sue, &at, &bytes).await.is(200).body["state"], "quarantined");
        let bytes = with("word/document.xml word/vbaProject.bin");
        let at = announced(&sue, &ticket, file("form.docx", word, bytes.len())).await;
        send(&sue, &at, &bytes).await.is(422).is_refused("attachment.type_wrong");
    }

    async fn a_name_is_made_safe(app) {
        let (sue, ticket, _) = opened(&app).await;
        for (written, safe) in [
            ("../../etc/passwd", "passwd.png"), ("C:\\temp\\screen.exe", "screen.png"), ("screen\u{202e}gnp.exe", "screengnp.png"),
            ("sc\u{200b}re\u{feff}en.png", "screen.png"), ("..", "attachment.png"), ("con.png", "attachment.png"),
        ] {
            let made = sue.post(&format!("{ticket}/attachments"), file(written, "image/png", 10)).await.is(201);
            assert_eq!(made.body["file_name"], safe, "{written:?}");
        }
    }

    async fn the_first_tier_reads_a_masked_name_and_its_author_the_name(app) {
        let (sue, ticket, tenant) = opened(&app).await;
        let written = "gil.ferro@mail.example broken_page.png";
        let made = sue.post(&format!("{ticket}/attachments"), file(written, "image/png", 10)).await.is(201);
        assert_eq!((&made.body["file_name"], &made.body["is_name_masked"]), (&json!(written), &json!(false)));
        let colleague = app.someone(Role::SupportUser, Some(tenant)).await;
        assert_eq!(colleague.get(&made.header("location")).await.is(200).body["file_name"], written);
        for role in [Role::TierOne, Role::TierTwo] {
            let agent = app.someone(role, None).await;
            let listed = agent.get(&format!("{ticket}/attachments")).await.is(200);
            assert!(!listed.raw.contains("ferro"), "{}", listed.raw);
            assert_eq!(listed.body["data"][0]["is_name_masked"], true);
            assert_eq!(listed.text("/data/0/file_name").rsplit('.').next(), Some("png"));
        }
        for row in app.rows() {
            assert!(!row.contains("gil.ferro"), "{row}");
        }
    }

    async fn the_author_of_a_name_is_told_what_of_it_is_masked(app) {
        let (sue, ticket, tenant) = opened(&app).await;
        let at = announced(&sue, &ticket, file("plain.png", "image/png", 10)).await;
        assert_eq!(sue.get(&at).await.is(200).body["name_hints"], json!([]));
        let named = file("gil.ferro@mail.example page.png", "image/png", 10);
        let made = sue.post(&format!("{ticket}/attachments"), named).await.is(201);
        let colleague = app.someone(Role::SupportUser, Some(tenant)).await;
        let at = made.header("location");
        for seen in [made, sue.get(&at).await.is(200), colleague.get(&at).await.is(200)] {
            let hints = seen.body["name_hints"].as_array().unwrap();
            let hint = hints.iter().find(|hint| hint["label"] == "EMAIL").unwrap();
            assert_eq!((&hint["is_masked"], &hint["instead"]), (&json!(true), &json!("account_email")), "{}", seen.raw);
        }
        for role in [Role::TierOne, Role::TierTwo] {
            let agent = app.someone(role, None).await;
            let seen = agent.get(&at).await.is(200);
            assert_eq!((&seen.body["is_name_masked"], &seen.body["name_hints"]), (&json!(true), &json!([])), "{}", seen.raw);
        }
    }

    async fn a_card_number_in_a_name_is_kept_nowhere(app) {
        let (sue, ticket, tenant) = opened(&app).await;
        let tells = |answer: &Answer| answer.raw.contains("3385 0608") || answer.raw.contains("3385_0608");
        for (written, kept) in [
            ("card 4916 3385 0608 2832.png", ".png"),
            ("card_4916_3385_0608_2832_of gil.ferro@mail.example.png", " of gil.ferro@mail.example.png"),
        ] {
            let made = sue.post(&format!("{ticket}/attachments"), file(written, "image/png", 10)).await.is(201);
            assert!(!tells(&made), "not for its author either: {}", made.raw);
            let name = made.text("/file_name");
            assert!(name.starts_with("card ") && name.ends_with(kept), "{name}");
        }
        let colleague = app.someone(Role::SupportUser, Some(tenant)).await;
        let tom = app.someone(Role::TierOne, None).await;
        for (who, reads_names) in [(&colleague, true), (&tom, false)] {
            let listed = who.get(&format!("{ticket}/attachments")).await.is(200);
            assert_eq!(listed.body["data"].as_array().unwrap().len(), 2);
            assert!(!tells(&listed), "{}", listed.raw);
            assert_eq!(listed.raw.contains("gil.ferro"), reads_names, "{}", listed.raw);
        }
    }

    async fn what_a_later_message_tells_is_masked_in_the_names_before_it(app) {
        let (sue, ticket, _) = opened(&app).await;
        let at = announced(&sue, &ticket, file("Xylandra_form.png", "image/png", 10)).await;
        let tom = app.someone(Role::TierOne, None).await;
        assert_eq!(tom.get(&at).await.is(200).body["file_name"], "Xylandra_form.png");
        let more = json!({"text": "My daughter Xylandra Quoss has child id K-20431."});
        sue.post(&format!("{ticket}/reply"), more).await.is(200);
        let seen = tom.get(&at).await.is(200);
        assert!(!seen.raw.contains("Xylandra") && seen.body["is_name_masked"] == true, "{}", seen.raw);
        assert_eq!(sue.get(&at).await.is(200).body["file_name"], "Xylandra_form.png");
        // What is attached after it, too.
        let next = announced(&sue, &ticket, file("second_form_of_Xylandra.png", "image/png", 10)).await;
        let seen = tom.get(&next).await.is(200);
        assert!(!seen.raw.contains("Xylandra"), "{}", seen.raw);
    }

    async fn of_many_names_each_is_masked_by_itself_and_the_others_stay(app) {
        let (sue, ticket, _) = opened(&app).await;
        let names = ["Xylandra_form.png", "screen.png", "old_form_of_Xylandra.png"];
        let mut all = Vec::new();
        for name in names {
            all.push(announced(&sue, &ticket, file(name, "image/png", 10)).await);
        }
        let more = json!({"text": "My daughter Xylandra Quoss has child id K-20431."});
        sue.post(&format!("{ticket}/reply"), more).await.is(200);
        let tom = app.someone(Role::TierOne, None).await;
        for (at, name) in all.iter().zip(names) {
            let seen = tom.get(at).await.is(200);
            let is_masked = name.contains("Xylandra");
            assert_eq!((seen.text("/file_name") != name, &seen.body["is_name_masked"]), (is_masked, &json!(is_masked)));
            assert!(!seen.raw.contains("Xylandra"), "{}", seen.raw);
            assert_eq!(seen.text("/file_name").starts_with("old"), name.starts_with("old"), "{}", seen.raw);
            assert_eq!(sue.get(at).await.is(200).body["file_name"], name);
        }
    }

    async fn a_length_that_is_none_is_refused(app) {
        let (sue, ticket, _) = opened(&app).await;
        for size in [0, MOST + 1] {
            let made = sue.post(&format!("{ticket}/attachments"), file("a.png", "image/png", size)).await;
            made.is(422).is_refused("request.invalid").at(&["#/size"]);
        }
        let at = announced(&sue, &ticket, file("a.png", "image/png", 5000)).await;
        for bytes in [Vec::new(), png(4999), png(5001)] {
            send(&sue, &at, &bytes).await.is(422).is_refused("attachment.size_wrong");
        }
        let chunked = ("transfer-encoding", "chunked");
        for length in [4999, 5001, 600_000] {
            let answer = send_in_chunks(&app, sending(&sue, &at, chunked), &png(length)).await;
            answer.is(422).is_refused("attachment.size_wrong");
        }
        let length = (MOST + 1).to_string();
        let said = sending(&sue, &at, ("content-length", &length));
        app.wire(&said).is(413).is_refused("request.body_too_large");
        assert_eq!(sue.get(&at).await.is(200).body["state"], "pending");
        sweep(&app).await;
        assert!(kept(&app).is_empty());
        let answer = send_in_chunks(&app, sending(&sue, &at, chunked), &png(5000)).await;
        assert_eq!(answer.is(200).body["state"], "quarantined", "a length need not be said again");
    }

    async fn the_longest_file_comes_and_goes_as_it_is(app) {
        let (sue, ticket, _) = opened(&app).await;
        let at = announced(&sue, &ticket, file("a.png", "image/png", MOST)).await;
        let bytes = png(MOST);
        send(&sue, &at, &bytes).await.is(200);
        assert!(given(&sue, &at).await == (200, None, bytes));
    }

    async fn a_client_that_stops_halfway_leaves_nothing(app) {
        let (sue, ticket, _) = opened(&app).await;
        let bytes = png(2_000_000);
        let at = announced(&sue, &ticket, file("a.png", "image/png", bytes.len())).await;
        half_sent(&app, &sue, &at, &bytes).await.shutdown(Shutdown::Both).unwrap();
        until_nothing_is_kept(&app).await;
        assert_eq!(sue.get(&at).await.is(200).body["state"], "pending");
        assert_eq!(given(&sue, &at).await.1.unwrap(), "attachment.not_complete");
        send(&sue, &at, &bytes).await.is(200);
        assert!(given(&sue, &at).await == (200, None, bytes));
    }

    async fn of_two_sendings_at_once_the_one_that_began_last_counts(app) {
        let (sue, ticket, _) = opened(&app).await;
        let bytes = png(2_000_000);
        let at = announced(&sue, &ticket, file("a.png", "image/png", bytes.len())).await;
        let mut first = half_sent(&app, &sue, &at, &bytes).await;
        let second = send(&sue, &at, &bytes).await.is(200).body;
        let rest = bytes[bytes.len() / 2..].to_vec();
        let late = tokio::task::spawn_blocking(move || {
            drop(first.write_all(&rest));
            wire::read(&mut first)
        });
        let late = late.await.unwrap().is(409);
        assert!(late.body["code"] == "attachment.superseded" || late.body["code"] == "attachment.already_complete", "{}", late.raw);
        assert_eq!(sue.get(&at).await.is(200).body, second);
        sweep(&app).await;
        assert_eq!(kept(&app).len(), 1);
        assert!(given(&sue, &at).await == (200, None, bytes));
    }

    async fn content_is_sent_once_by_whoever_announced_it(app) {
        let (sue, ticket, tenant) = opened(&app).await;
        let at = announced(&sue, &ticket, file("a.png", "image/png", 5000)).await;
        let colleague = app.someone(Role::SupportUser, Some(tenant)).await;
        send(&colleague, &at, &png(5000)).await.is(403).is_refused("attachment.not_yours");
        let stranger = opened(&app).await.0;
        send(&stranger, &at, &png(5000)).await.is(404).is_refused("resource.not_found");
        send(&sue, &at, &png(5000)).await.is(200);
        send(&sue, &at, &png(5000)).await.is(409).is_refused("attachment.already_complete");
    }

    async fn what_waits_to_be_looked_at_stands_in_a_queue_of_the_second_tier(app) {
        let (sue, ticket, _) = opened(&app).await;
        let (bo, other, _) = opened(&app).await;
        let (tom, ted) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierTwo, None).await);
        let queue = async |who: &Actor<'_>| {
            let page = who.get("/v1/tickets?view=quarantine").await.is(200);
            let rows = page.body["data"].as_array().unwrap();
            rows.iter().map(|row| format!("/v1/tickets/{}", row["id"].as_str().unwrap())).collect::<Vec<_>>()
        };
        announced(&sue, &ticket, file("a.png", "image/png", 10)).await;
        assert!(queue(&ted).await.is_empty(), "it has yet to come");
        let (first, second) = (attached(&sue, &ticket).await, attached(&sue, &ticket).await);
        assert_eq!(queue(&ted).await, std::slice::from_ref(&ticket), "it is at the first tier, and stands there once");
        for who in [&tom, &sue] {
            assert!(queue(who).await.is_empty(), "they clear nothing");
        }
        ted.post(&format!("{first}/clear"), json!({"reason": "It shows nobody."})).await.is(200);
        assert_eq!(queue(&ted).await, std::slice::from_ref(&ticket));
        ted.post(&format!("{second}/discard"), json!({"reason": "It shows a child."})).await.is(200);
        assert!(queue(&ted).await.is_empty());
        attached(&bo, &other).await;
        assert_eq!(queue(&ted).await, std::slice::from_ref(&other));
        bo.send(Method::POST, &format!("{other}/withdraw"), None, &[]).await.is(200);
        assert!(queue(&ted).await.is_empty(), "it is over");
    }

    async fn a_ticket_has_twenty_attachments_at_most(app) {
        let (sue, ticket, _) = opened(&app).await;
        let ted = app.someone(Role::TierTwo, None).await;
        let first = attached(&sue, &ticket).await;
        for _ in 1..20 {
            announced(&sue, &ticket, file("a.png", "image/png", 10)).await;
        }
        let body = file("a.png", "image/png", 10);
        sue.post(&format!("{ticket}/attachments"), body.clone()).await.is(409).is_refused("attachment.too_many");
        ted.post(&format!("{first}/discard"), json!({"reason": "Nobody needs it."})).await.is(200);
        sue.post(&format!("{ticket}/attachments"), body).await.is(201);
    }

    async fn what_is_attached_goes_along_into_the_ticket_that_another_one_goes_on_in(app) {
        let (sue, one, tenant) = opened(&app).await;
        let sam = app.someone(Role::SupportUser, Some(tenant)).await;
        let other = opened_by(&sam).await;
        let ted = app.someone(Role::TierTwo, None).await;
        let (waits, cleared, thrown) = (attached(&sue, &one).await, attached(&sue, &one).await, attached(&sue, &one).await);
        ted.post(&format!("{cleared}/clear"), json!({"reason": "It shows nobody."})).await.is(200);
        ted.post(&format!("{thrown}/discard"), json!({"reason": "It shows a child."})).await.is(200);
        let pending = announced(&sue, &one, file("a.png", "image/png", 5000)).await;
        let theirs = attached(&sam, &other).await;
        let tom = merged(&app, &one, &other).await;
        for who in [&sue, &sam, &tom] {
            assert_eq!(attached_to(who, &other).await, set(&[&waits, &cleared, &pending, &theirs]));
            assert_eq!(attached_to(who, &one).await, set(&[&thrown]));
        }
        let link = sue.get(&one).await.is(200).body["links"][0].clone();
        assert_eq!((&link["relation"], &link["ticket_id"]), (&json!("merged_into"), &json!(id_of(&other))));
        // Each stands as it did, for whoever sees the other ticket.
        for who in [&sue, &sam] {
            assert_eq!((given(who, &waits).await.0, given(who, &cleared).await.0), (200, 200));
        }
        assert_eq!(given(&tom, &waits).await.1.unwrap(), "attachment.quarantined");
        assert_eq!(given(&tom, &cleared).await, (200, None, png(5000)));
        assert_eq!(send(&sue, &pending, &png(5000)).await.is(200).body["state"], "quarantined");
        let stranger = opened(&app).await.0;
        stranger.get(&waits).await.is(404);
        ted.post(&format!("{waits}/clear"), json!({"reason": "It shows nobody."})).await.is(200);
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let kept = ana.get("/v1/audit-entries?action=ticket.merge").await.is(200);
        let detail: Value = serde_json::from_str(&kept.text("/data/0/detail")).unwrap();
        assert_eq!(detail, json!({"into": id_of(&other), "attachments": 3}));
    }

    async fn nobody_sees_a_file_by_a_merge_who_did_not_see_it_before(app) {
        // Somebody in copy of the other ticket, a Site Admin whose ticket it is, the first tier that has it.
        for reader in [Role::Member, Role::SiteAdmin, Role::TierOne] {
            let (sue, one, tenant) = opened(&app).await;
            let sam = app.someone(Role::SupportUser, Some(tenant)).await;
            let reads = app.someone(reader, (reader != Role::TierOne).then_some(tenant)).await;
            let other = opened_by(if reader == Role::SiteAdmin { &reads } else { &sam }).await;
            if reader == Role::Member {
                sam.post(&format!("{other}/watchers"), json!({"account_id": reads.account})).await.is(200);
            }
            let at = attached(&sue, &one).await;
            let ted = app.someone(Role::TierTwo, None).await;
            ted.post(&format!("{at}/clear"), json!({"reason": "It shows nobody."})).await.is(200);
            let tom = app.someone(Role::TierOne, None).await;
            if reader == Role::TierOne {
                tom.post(&format!("{one}/escalate"), escalation()).await.is(200);
            }
            let into = json!({"into_ticket_id": id_of(&other)});
            ted.post(&format!("{one}/merge"), into).await.is(200);
            reads.get(&other).await.is(200);
            reads.get(&at).await.is(404);
            assert_eq!(attached_to(&reads, &other).await, set(&[]), "{reader}");
            assert_eq!(attached_to(&sue, &one).await, set(&[&at]), "it stays where it is: {reader}");
            assert_eq!(given(&sue, &at).await.0, 200);
        }
    }

    async fn what_goes_along_is_looked_at_again_where_the_other_case_knows_more(app) {
        for is_told in [false, true] {
            let (sue, one, _) = opened(&app).await;
            let other = opened_by(&sue).await;
            if is_told {
                sue.post(&format!("{other}/reply"), telling()).await.is(200);
            }
            let text = announced(&sue, &one, file("Xylandra_form.txt", "text/plain", UNKNOWN.len())).await;
            assert_eq!(send(&sue, &text, UNKNOWN).await.is(200).body["state"], "cleared");
            let tom = merged(&app, &one, &other).await;
            let seen = tom.get(&text).await.is(200);
            let state = if is_told { "quarantined" } else { "cleared" };
            assert_eq!((&seen.body["state"], seen.raw.contains("Xylandra")), (&json!(state), !is_told), "{}", seen.raw);
            assert_eq!(sue.get(&text).await.is(200).body["file_name"], "Xylandra_form.txt");
        }
    }

    async fn a_merge_is_not_refused_for_what_is_attached(app) {
        let (sue, one, tenant) = opened(&app).await;
        let other = opened_by(&sue).await;
        let into = id_of(&other).parse().unwrap();
        for _ in 0..98 {
            keep(&app, (tenant, into, sue.account), uuid::Uuid::now_v7(), AttachmentState::Pending).await;
        }
        let mut files = Vec::new();
        for _ in 0..3 {
            app.clock.advance(SignedDuration::from_secs(1));
            files.push(attached(&sue, &one).await);
        }
        merged(&app, &one, &other).await;
        let there = attached_to(&sue, &other).await;
        assert_eq!((there.len(), there.contains(&files[0]), there.contains(&files[1])), (100, true, true));
        assert_eq!(attached_to(&sue, &one).await, set(&[&files[2]]), "there is no room for it");
        let more = file("a.png", "image/png", 10);
        sue.post(&format!("{other}/attachments"), more).await.is(409).is_refused("attachment.too_many");
    }

    async fn a_text_that_comes_while_its_ticket_is_merged_is_looked_at(app) {
        let (sue, one, _) = opened(&app).await;
        let other = opened_by(&sue).await;
        let actor = app.house.doorman.check(sue.token.as_ref().unwrap()).await.unwrap();
        let ask = Ask::of(actor, Origin { request: "test".to_owned(), address: None });
        let at = announced(&sue, &one, file("steps.txt", "text/plain", PLAIN.len())).await;
        let mut receiving = app.house.begin_attachment(&ask, id_of(&at).parse().unwrap()).await.unwrap();
        receiving.add(PLAIN).await.unwrap();
        let received = app.house.end_attachment(&ask, receiving).await.unwrap();
        merged(&app, &one, &other).await;
        let completed = app.house.perform(&ask, move |tx, who| {
            attachments::complete(tx, who, &received)?;
            Ok(KeptAnswer { status: 200, location: None, etag: None, body: None })
        });
        completed.await.unwrap();
        let seen = sue.get(&at).await.is(200).body;
        assert_eq!((&seen["state"], &seen["ticket_id"]), (&json!("quarantined"), &json!(id_of(&other))));
    }

    async fn what_is_attached_stays_with_the_ticket_that_another_one_follows(app) {
        let (sue, one, _) = opened(&app).await;
        let at = attached(&sue, &one).await;
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{one}/assign"), json!({})).await.is(200);
        let done = json!({"resolution": "solved", "text": "The page was mended; load it again."});
        tom.post(&format!("{one}/resolve"), done).await.is(200);
        let again = json!({"subject": "The page stays white again", "text": "It does not load again."});
        let next = sue.post(&format!("{one}/follow-up"), again).await.is(201);
        assert_eq!((&next.body["links"][0]["relation"], &next.body["links"][0]["ticket_id"]), (&json!("follows"), &json!(id_of(&one))));
        assert_eq!(attached_to(&sue, &next.header("location")).await, set(&[]));
        assert_eq!((attached_to(&sue, &one).await, given(&sue, &at).await.0), (set(&[&at]), 200));
    }

    async fn who_is_given_what(app) {
        let (sue, ticket, tenant) = opened(&app).await;
        let (waits, cleared, thrown) = (attached(&sue, &ticket).await, attached(&sue, &ticket).await, attached(&sue, &ticket).await);
        let pending = announced(&sue, &ticket, file("a.png", "image/png", 10)).await;
        let ted = app.someone(Role::TierTwo, None).await;
        ted.post(&format!("{cleared}/clear"), json!({"reason": "It shows nobody."})).await.is(200);
        ted.post(&format!("{thrown}/discard"), json!({"reason": "It shows a child."})).await.is(200);
        let stranger = opened(&app).await.0;
        let colleague = app.someone(Role::SupportUser, Some(tenant)).await;
        let tom = app.someone(Role::TierOne, None).await;
        let nobodys = [Role::Developer, Role::PlatformAdmin, Role::DeskManager];
        let (yes, quarantined, denied, unknown) = (None, Some("attachment.quarantined"), Some("action.not_permitted"), Some("resource.not_found"));
        let mut table = vec![
            (sue, [yes, yes]), (colleague, [yes, yes]), (tom, [quarantined, yes]), (ted, [yes, yes]), (stranger, [unknown, unknown]),
            (app.someone(Role::Guardian, None).await, [unknown, unknown]), (app.someone(Role::Member, Some(tenant)).await, [unknown, unknown]),
        ];
        for role in nobodys {
            table.push((app.someone(role, None).await, [denied, denied]));
        }
        for (who, expected) in table {
            for (at, refusal) in [&waits, &cleared].into_iter().zip(expected) {
                let (status, code, bytes) = given(&who, at).await;
                assert_eq!(code.as_deref(), refusal, "{status}");
                assert!(refusal.is_some() || bytes == png(5000));
            }
            if expected[1].is_none() {
                assert_eq!(given(&who, &thrown).await.1.unwrap(), "attachment.discarded");
                assert_eq!(given(&who, &pending).await.1.unwrap(), "attachment.not_complete");
            }
        }
        assert_eq!(given(&app.nobody(), &cleared).await.0, 401);
    }

    async fn what_the_desk_reads_is_on_record(app) {
        let (sue, ticket, tenant) = opened(&app).await;
        let at = attached(&sue, &ticket).await;
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let reads = async || {
            let found = ana.get("/v1/audit-entries?action=attachment.read").await.is(200);
            let entries = found.body["data"].as_array().unwrap().clone();
            entries.iter().map(|entry| entry["outcome"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        given(&sue, &at).await;
        assert_eq!(reads().await, [""; 0], "one's own needs no entry");
        let ted = app.someone(Role::TierTwo, None).await;
        ted.get(&at).await.is(200);
        assert_eq!(reads().await, ["done"]);
        assert_eq!(given(&ted, &at).await.0, 200);
        assert_eq!(reads().await, ["done", "done"], "what is in it is more than what it is called");
    }

    async fn the_second_tier_clears_and_discards_with_a_reason(app) {
        let (sue, ticket, _) = opened(&app).await;
        let at = attached(&sue, &ticket).await;
        let (tom, ted) = (app.someone(Role::TierOne, None).await, app.someone(Role::TierTwo, None).await);
        let why = || json!({"reason": "It shows nobody."});
        for who in [&sue, &tom] {
            who.post(&format!("{at}/clear"), why()).await.is(403).is_refused("action.not_permitted");
            who.post(&format!("{at}/discard"), why()).await.is(403).is_refused("action.not_permitted");
        }
        ted.post(&format!("{at}/clear"), json!({})).await.is(422);
        let cleared = ted.post(&format!("{at}/clear"), why()).await.is(200);
        assert_eq!(cleared.body["state"], "cleared");
        ted.post(&format!("{at}/clear"), why()).await.is(409).is_refused("attachment.not_quarantined");
        app.clock.advance(SignedDuration::from_secs(1));
        let discarded = ted.post(&format!("{at}/discard"), why()).await.is(200);
        assert_eq!(discarded.body["state"], "discarded");
        ted.post(&format!("{at}/discard"), why()).await.is(409).is_refused("attachment.discarded");
        ted.post(&format!("{at}/clear"), why()).await.is(409).is_refused("attachment.discarded");
        let entries = tom.get(&format!("{ticket}/entries")).await.is(200);
        let told = &entries.body["data"][0];
        assert_eq!((&told["attachment_state"], &told["text"]), (&json!("discarded"), &json!("It shows nobody.")));
        assert_eq!((&told["kind"], &told["is_internal"]), (&json!("event"), &json!(true)));
        assert_eq!(told["attachment_id"], discarded.body["id"]);
        assert_eq!(kept(&app).len(), 1, "the record comes first");
        assert_eq!(sweep(&app).await, 1);
        assert!(kept(&app).is_empty());
        assert_eq!(sweep(&app).await, 0);
    }

    async fn a_reason_passes_the_door(app) {
        let (sue, ticket, _) = opened(&app).await;
        let at = attached(&sue, &ticket).await;
        let ted = app.someone(Role::TierTwo, None).await;
        ted.post(&format!("{at}/clear"), json!({"reason": "I asked gil.ferro@mail.example."})).await.is(200);
        let tom = app.someone(Role::TierOne, None).await;
        let entries = tom.get(&format!("{ticket}/entries")).await.is(200);
        assert!(!entries.raw.contains("gil.ferro"), "{}", entries.raw);
    }

    async fn the_desk_attaches_nothing_for_families(app) {
        let (tom, ticket) = of_family(&app).await;
        let body = file("a.png", "image/png", 10);
        let ted = app.someone(Role::TierTwo, None).await;
        for agent in [&tom, &ted] {
            let refused = agent.post(&format!("{ticket}/attachments"), body.clone()).await;
            refused.is(403).is_refused("attachment.not_to_families");
        }
        assert_eq!(app.count("attachments"), 0);
        let (sue, ticket, _) = opened(&app).await;
        let at = announced(&tom, &ticket, file("steps.csv", "text/csv", PLAIN.len())).await;
        send(&tom, &at, PLAIN).await.is(200);
        assert_eq!(given(&sue, &at).await.2, PLAIN, "organisations get what the desk attaches");
    }

    async fn nothing_goes_from_the_desk_to_a_family(app) {
        let scene = Scene::set(&app).await;
        let (gil, tom) = (scene.someone(Role::Guardian).await, scene.someone(Role::TierOne).await);
        scene.have_the_ticket(Stand::open(gil.account)).await;
        let (ticket, at) = (format!("/v1/tickets/{}", scene.ticket), format!("/v1/attachments/{}", scene.attachment));
        for (author, state, expected) in [
            (tom.account, AttachmentState::Cleared, (404, 0)), (gil.account, AttachmentState::Quarantined, (200, 1)),
            // What the organisation attaches is theirs when somebody has looked at it.
            (scene.user, AttachmentState::Quarantined, (403, 1)), (scene.user, AttachmentState::Cleared, (200, 1)),
        ] {
            keep(&app, (scene.tenant, scene.ticket, author), scene.attachment, state).await;
            let listed = gil.get(&format!("{ticket}/attachments")).await.is(200);
            let found = (given(&gil, &at).await.0, listed.body["data"].as_array().unwrap().len());
            assert_eq!(found, expected, "{state}");
        }
    }

    async fn upload_it_for_me_is_thrown_away_at_once_and_the_requester_told(app) {
        let tenant = tenant(&app).await;
        let ana = app.someone(Role::SiteAdmin, Some(tenant)).await;
        let body = json!({
            "request_type": "documents.upload.on_behalf", "subject": "A form", "text": "Please upload this form for me.",
            "facts": {"has_attachment": true}});
        let ticket = ana.post("/v1/tickets", body).await.is(201);
        assert_eq!(ticket.body["state"], "closed");
        let path = format!("/v1/tickets/{}", ticket.text("/id"));
        app.clock.advance(SignedDuration::from_secs(1));
        let made = ana.post(&format!("{path}/attachments"), file("form.pdf", "application/pdf", 100)).await.is(201);
        assert_eq!(made.body["state"], "discarded");
        let at = made.header("location");
        send(&ana, &at, b"%PDF-1.7").await.is(409).is_refused("attachment.discarded");
        assert!(kept(&app).is_empty());
        assert_eq!(app.count("notifications WHERE kind = 'attachment_discarded'"), 1);
        let entries = ana.get(&format!("{path}/entries")).await.is(200);
        assert_eq!(entries.body["data"][0]["attachment_state"], "discarded");
    }

    async fn what_turns_out_to_be_upload_it_for_me_is_thrown_away_with_what_was_attached_before(app) {
        let (sue, ticket, _) = opened(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{ticket}/assign"), json!({})).await.is(200);
        let picture = attached(&sue, &ticket).await;
        let text = announced(&sue, &ticket, file("steps.csv", "text/csv", PLAIN.len())).await;
        send(&sue, &text, PLAIN).await.is(200);
        let pending = announced(&sue, &ticket, file("form.pdf", "application/pdf", 100)).await;
        // One whose content has come, and is about to be kept.
        let actor = app.house.doorman.check(sue.token.as_ref().unwrap()).await.unwrap();
        let ask = Ask::of(actor, Origin { request: "test".to_owned(), address: None });
        let coming = announced(&sue, &ticket, file("more.csv", "text/csv", PLAIN.len())).await;
        let id = coming.rsplit('/').next().unwrap().parse().unwrap();
        let mut receiving = app.house.begin_attachment(&ask, id).await.unwrap();
        receiving.add(PLAIN).await.unwrap();
        let received = app.house.end_attachment(&ask, receiving).await.unwrap();
        app.clock.advance(SignedDuration::from_secs(1));
        let away = json!({"request_type": "documents.upload.on_behalf"});
        tom.post(&format!("{ticket}/refer"), away).await.is(200);
        for at in [&picture, &text, &pending, &coming] {
            assert_eq!(sue.get(at).await.is(200).body["state"], "discarded", "{at}");
        }
        for at in [&picture, &text] {
            assert_eq!(given(&sue, at).await.1.as_deref(), Some("attachment.discarded"), "{at}");
        }
        send(&sue, &pending, b"%PDF-1.7").await.is(409).is_refused("attachment.discarded");
        let kept_late = received.clone();
        let completed = app.house.perform(&ask, move |tx, who| {
            attachments::complete(tx, who, &kept_late)?;
            Ok(KeptAnswer { status: 200, location: None, etag: None, body: None })
        });
        assert_eq!(completed.await.unwrap_err().code().to_string(), "attachment.discarded");
        app.house.drop_received(&ask, &received).await;
        app.clock.advance(SignedDuration::from_secs(1));
        sweep(&app).await;
        assert!(kept(&app).is_empty(), "nothing of it is left");
        let to_sue = format!("support_user.{}@people.example", sue.account.simple());
        assert_eq!(app.letters_of("attachment_discarded", &to_sue), 1, "once for all of it");
        let entries = sue.get(&format!("{ticket}/entries")).await.is(200);
        let all = entries.body["data"].as_array().unwrap();
        let discarded = all.iter().filter(|entry| entry["attachment_state"] == "discarded");
        assert_eq!(discarded.count(), 4, "{}", entries.raw);
    }

    async fn what_is_referred_for_another_reason_keeps_what_was_attached(app) {
        let (sue, ticket, _) = opened(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        tom.post(&format!("{ticket}/assign"), json!({})).await.is(200);
        let picture = attached(&sue, &ticket).await;
        let away = json!({"request_type": "health.lockout.unlock"});
        tom.post(&format!("{ticket}/refer"), away).await.is(200);
        assert_eq!(sue.get(&picture).await.is(200).body["state"], "quarantined");
        assert_eq!(app.count("notifications WHERE kind = 'attachment_discarded'"), 0);
    }

    async fn a_closed_ticket_takes_nothing_more(app) {
        let (sue, ticket, _) = opened(&app).await;
        sue.send(Method::POST, &format!("{ticket}/withdraw"), None, &[]).await.is(200);
        let refused = sue.post(&format!("{ticket}/attachments"), file("a.png", "image/png", 10)).await;
        refused.is(409).is_refused("ticket.not_in_state");
    }

    async fn what_never_came_is_forgotten_after_a_day(app) {
        let (sue, ticket, tenant) = opened(&app).await;
        announced(&sue, &ticket, file("a.png", "image/png", 10)).await;
        let kept_one = attached(&sue, &ticket).await;
        app.clock.advance(SignedDuration::from_hours(24));
        let late = app.someone(Role::SupportUser, Some(tenant)).await;
        let listed = late.get(&format!("{ticket}/attachments")).await.is(200);
        assert_eq!(listed.body["data"].as_array().unwrap().len(), 1);
        sweep(&app).await;
        assert_eq!(app.count("attachments"), 1);
        assert_eq!(given(&late, &kept_one).await.0, 200);
    }

    async fn a_file_name_stands_in_no_log_and_no_audit(app) {
        let (sue, ticket, _) = opened(&app).await;
        let at = announced(&sue, &ticket, file("zq9canary Ruiz.png", "image/png", 5000)).await;
        send(&sue, &at, &png(5000)).await.is(200);
        let entries = serde_json::to_string(&app.audit().await).unwrap();
        assert!(entries.contains("attachment.create") && entries.contains("attachment.write"));
        assert!(!entries.contains("zq9canary"), "{entries}");
        assert!(!at.contains("zq9canary"));
    }

    async fn a_damaged_file_is_not_given_out_as_a_whole(app) {
        let (sue, ticket, _) = opened(&app).await;
        let at = announced(&sue, &ticket, file("a.png", "image/png", 300_000)).await;
        send(&sue, &at, &png(300_000)).await.is(200);
        let mut folders = vec![files_of(&app.database.url())];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let mut bytes = std::fs::read(&path).unwrap();
                    let last = bytes.len() - 1;
                    bytes[last] ^= 1;
                    std::fs::write(&path, bytes).unwrap();
                }
            }
        }
        let response = sue.request(Method::GET, &format!("{at}/content")).send().await.unwrap();
        assert!(response.bytes().await.is_err(), "the answer breaks off");
    }
}
