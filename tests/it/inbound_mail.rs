//! Answers by email: to a message about a ticket, from the address that it was sent to.

use std::net::TcpListener;
use std::time::Duration;

use caredesk::api::server::{Options, run};
use caredesk::deliver::{Authorities, Post, PostSettings};
use caredesk::jobs::outbox::Outbox;
use caredesk::service::sending::Texting;
use caredesk::store::schema::tenants;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::link::LinkTemplate;
use caredesk_core::domain::sending::SendingHours;
use caredesk_core::domain::tenant::TenantStatus;
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use mail_parser::MessageParser;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::app::{ANSWERS_TO, App, MAIL_SECRET, inbound_mail};
use crate::support::program::tempdir;
use crate::support::scene::behind;
use crate::support::tickets::tenant;

/// A ticket of a Support User and the agent who has it; the requester has been sent its number.
struct Case<'a> {
    tenant: TenantId,
    at: String,
    sue: Actor<'a>,
    tom: Actor<'a>,
}

impl<'a> Case<'a> {
    async fn open(app: &'a App) -> Self {
        Self::of(app, tenant(app).await).await
    }

    async fn of(app: &'a App, tenant: TenantId) -> Self {
        app.clock.advance(SignedDuration::from_secs(1));
        let sue = app.someone(Role::SupportUser, Some(tenant)).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "The health history page does not load",
            "text": "Since this morning the page stays white for child K-20431, in Firefox 160."});
        let at = format!("/v1/tickets/{}", sue.post("/v1/tickets", body).await.is(201).text("/id"));
        let tom = app.someone(Role::TierOne, None).await;
        app.clock.advance(SignedDuration::from_secs(1));
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        Self { tenant, at, sue, tom }
    }

    async fn resolve(&self) {
        let done = json!({"resolution": "solved", "text": "The page was mended."});
        self.tom.post(&format!("{}/resolve", self.at), done).await.is(200);
    }

    /// What was said last, as its requester sees it.
    async fn newest(&self) -> Value {
        self.sue.get(&self.at).await.is(200).body["entries"][0].clone()
    }
}

/// The last message of a kind: its Message-ID, and whom it went to.
pub(crate) fn sent(app: &App, kind: &str) -> (String, String) {
    let mut burglar = app.burglar();
    let id = burglar.hex("id");
    let rows = burglar.texts(&format!(
        "SELECT {id} || ' ' || recipient FROM notifications WHERE kind = '{kind}' ORDER BY created_at, id"
    ));
    let (id, to) = rows.last().unwrap_or_else(|| panic!("no {kind}")).split_once(' ').unwrap();
    (format!("{}@vendor.example", Uuid::parse_str(id).unwrap()), to.to_owned())
}

/// An email that answers a message, with headers and a body as a program writes them.
fn letter((id, from): &(String, String), rest: &str) -> Vec<u8> {
    let own = Uuid::now_v7();
    let head = format!(
        "Return-Path: <{from}>\r\nFrom: Ana Ruiz <{from}>\r\nTo: {ANSWERS_TO}\r\nSubject: Re: Your case\r\n\
         Message-ID: <{own}@mail.people.example>\r\nIn-Reply-To: <{id}>\r\n\
         References: <first@people.example>\r\n <{id}>\r\nMIME-Version: 1.0\r\n"
    );
    format!("{head}{rest}").into_bytes()
}

/// An email of plain text.
pub(crate) fn plain(about: &(String, String), text: &str) -> Vec<u8> {
    letter(about, &format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"))
}

/// The signature of an email.
fn signed(seconds: i64, raw: &[u8], secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(raw);
    format!("t={seconds},v1={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
}

/// Hands an email over with a signature of the test's choice.
async fn deliver(app: &App, raw: &[u8], signature: &str) -> Answer {
    let call = app.http.post(format!("{}/hooks/email", app.base)).body(raw.to_vec());
    let call =
        call.header("content-type", "message/rfc822").header("x-caredesk-signature", signature);
    Answer::of(call.send().await.unwrap()).await
}

/// Hands an email over, as the operator's mail server does, a second after what was before.
pub(crate) async fn hand_over(app: &App, raw: &[u8]) -> Answer {
    app.clock.advance(SignedDuration::from_secs(1));
    deliver(app, raw, &signed(app.house.clock.now().seconds(), raw, MAIL_SECRET)).await
}

/// How often something about a ticket was refused.
async fn denied(app: &App, action: &str, rule: &str) -> usize {
    let is = |entry: &&Value| {
        entry["action"] == action && entry["outcome"] == "denied" && entry["rule"] == rule
    };
    app.audit().await.iter().filter(is).count()
}

const GMAIL: &str = "Content-Type: text/plain; charset=\"UTF-8\"\r\n\r\n\
    It is version 160.\r\n\r\nOn Sat, Nov 21, 2026 at 9:05 AM caredesk <desk@vendor.example>\r\nwrote:\r\n\r\n\
    > Hello,\r\n> which version is it?\r\n";
const ALTERNATIVE: &str = "Content-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n\
    --b1\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\n\r\nThe second page, too.\r\n-- \r\nThe office\r\n\
    --b1\r\nContent-Type: text/html; charset=\"UTF-8\"\r\n\r\n<p>Not this part.</p>\r\n--b1--\r\n";
const PAGE: &str = "Content-Type: text/html; charset=\"UTF-8\"\r\n\r\n\
    <html><head><style>p {color: red}</style></head><body><div dir=\"ltr\"><div>It stays white.</div>\
    <div>In every browser &amp; window.</div></div><div class=\"gmail_quote\"><div>On Saturday caredesk wrote:</div>\
    <blockquote>Hello,</blockquote></div></body></html>\r\n";
const PRINTABLE: &str = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    La p=C3=A1gina sigue en blanco desde esta ma=C3=B1ana, y no hay ning=C3=BAn=\r\n aviso.\r\n";
/// "Ya funciona en la oficina."
const BASE64: &str = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    WWEgZnVuY2lvbmEgZW4gbGEg\r\nb2ZpY2luYS4=\r\n";
const OUTLOOK: &str = "Content-Type: text/plain; charset=utf-8\r\n\r\n\
    Sigue igual en la sala.\r\n\r\n________________________________\r\nDe: caredesk <desk@vendor.example>\r\n\
    Enviado: s\u{e1}bado, 21 de noviembre de 2026 9:05\r\nPara: oficina\r\nAsunto: Su caso\r\n\r\nHola:\r\n";

on_both! {
    async fn an_answer_adds_to_the_ticket_in_whatever_form_programs_write_it(app) {
        let case = Case::open(&app).await;
        let about = sent(&app, "ticket_opened");
        let mut latin = letter(&about, "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nLa ma");
        latin.extend_from_slice(b"\xf1ana entera en blanco.\r\n");
        let forms = [
            (letter(&about, GMAIL), "It is version 160."),
            (letter(&about, ALTERNATIVE), "The second page, too."),
            (letter(&about, PAGE), "It stays white.\nIn every browser & window."),
            (letter(&about, PRINTABLE), "La página sigue en blanco desde esta mañana, y no hay ningún aviso."),
            (letter(&about, BASE64), "Ya funciona en la oficina."),
            (latin, "La mañana entera en blanco."),
            (letter(&about, OUTLOOK), "Sigue igual en la sala."),
        ];
        for (raw, text) in forms {
            app.clock.advance(SignedDuration::from_secs(20));
            hand_over(&app, &raw).await.is(202);
            let entry = case.newest().await;
            assert_eq!((&entry["text"], &entry["transition"]), (&json!(text), &json!("reply")));
            assert_eq!((&entry["author_kind"], &entry["is_internal"]), (&json!("support_user"), &json!(false)));
        }
        let audit = app.audit().await;
        let replies: Vec<&Value> = audit.iter().filter(|entry| entry["action"] == "ticket.reply").collect();
        assert_eq!(replies.len(), 7);
        assert!(replies.iter().all(|entry| entry["detail"].to_string().contains("email")), "{}", replies[0]);
        assert!(replies.iter().all(|entry| entry["session_id"].is_null()), "{}", replies[0]);
    }

    async fn an_answer_to_a_question_ends_the_waiting(app) {
        let case = Case::open(&app).await;
        case.tom.post(&format!("{}/ask", case.at), json!({"text": "Which version is it?"})).await.is(200);
        let raw = plain(&sent(&app, "ticket_answered"), "It is 160.");
        hand_over(&app, &raw).await.is(202);
        assert_eq!(case.sue.get(&case.at).await.is(200).body["state"], "open");
    }

    async fn an_answer_to_a_resolution_opens_the_ticket_again(app) {
        let case = Case::open(&app).await;
        case.resolve().await;
        let raw = plain(&sent(&app, "ticket_resolved"), "It is white again.");
        hand_over(&app, &raw).await.is(202);
        let seen = case.sue.get(&case.at).await.is(200);
        assert_eq!((&seen.body["state"], &seen.body["resolution"]), (&json!("open"), &Value::Null));
        assert_eq!(seen.body["entries"][0]["transition"], "reopen");
    }

    async fn an_answer_that_comes_too_late_changes_nothing_and_is_answered_once(app) {
        let case = Case::open(&app).await;
        case.resolve().await;
        let about = sent(&app, "ticket_resolved");
        app.clock.advance(SignedDuration::from_hours(14 * 24));
        let entries = app.count("ticket_entries");
        for text in ["It is white again.", "Hello?"] {
            hand_over(&app, &plain(&about, text)).await.is(202);
        }
        let tom = app.another_session_of(&case.tom).await;
        assert_eq!(tom.get(&case.at).await.is(200).body["state"], "closed");
        assert_eq!(app.count("ticket_entries"), entries);
        assert_eq!(app.letters_of("answer_not_taken", &about.1), 1);
        assert_eq!(denied(&app, "ticket.reopen", "ticket.too_old").await, 1, "equal ones are summed");
        app.clock.advance(SignedDuration::from_hours(25));
        hand_over(&app, &plain(&about, "And now?")).await.is(202);
        assert_eq!(app.letters_of("answer_not_taken", &about.1), 2, "the day after once more");
    }

    async fn nothing_but_the_message_and_its_address_says_which_ticket(app) {
        let case = Case::open(&app).await;
        let other = Case::of(&app, case.tenant).await;
        let (theirs, to) = sent(&app, "ticket_opened");
        let number = case.sue.get(&case.at).await.is(200).text("/number");
        let sue = format!("support_user.{}@people.example", case.sue.account.simple());
        assert_ne!(sue, to, "the last number went to the other");
        let unknown = Uuid::now_v7().to_string();
        let before = app.rows();
        for about in [
            (theirs.clone(), sue.clone()),
            (theirs.clone(), "nobody@mail.example".to_owned()),
            (format!("{unknown}@vendor.example"), to.clone()),
            ("no-uuid@vendor.example".to_owned(), to.clone()),
        ] {
            let raw = plain(&about, &format!("About case {number}: it is 160."));
            let refused = hand_over(&app, &raw).await.is(422).is_refused("hook.mail_of_no_ticket");
            assert!(!refused.raw.contains("people.example"), "{}", refused.raw);
        }
        assert_eq!(app.rows(), before);
        hand_over(&app, &plain(&(theirs, to.to_uppercase()), "It is 160.")).await.is(202);
        assert_eq!(other.newest().await["text"], "It is 160.");
    }

    async fn an_address_that_is_its_owners_no_more_says_nothing(app) {
        let case = Case::open(&app).await;
        let about = sent(&app, "ticket_opened");
        let id = app.burglar().id(case.sue.account);
        app.burglar().run(&format!("UPDATE accounts SET email = 'new@people.example', email_key = 'new@people.example' WHERE id = {id}"));
        hand_over(&app, &plain(&about, "It is 160.")).await.is(422).is_refused("hook.mail_of_no_ticket");
        assert_eq!(case.newest().await["transition"], "assign");
    }

    async fn an_email_that_is_handed_over_again_is_taken_once(app) {
        let case = Case::open(&app).await;
        let raw = plain(&sent(&app, "ticket_opened"), "It is 160.");
        hand_over(&app, &raw).await.is(202);
        let entries = app.count("ticket_entries");
        for _ in 0..12 {
            app.clock.advance(SignedDuration::from_secs(20));
            hand_over(&app, &raw).await.is(202);
        }
        assert_eq!(app.count("ticket_entries"), entries);
        let other = plain(&sent(&app, "ticket_opened"), "It is 160.");
        let (one, two) = tokio::join!(hand_over(&app, &other), hand_over(&app, &other));
        assert_eq!((one.status.as_u16(), two.status.as_u16()), (202, 202));
        assert_eq!(app.count("ticket_entries"), entries + 1);
        assert_eq!(case.newest().await["text"], "It is 160.");
    }

    async fn a_call_without_its_signature_is_refused_and_changes_nothing(app) {
        Case::open(&app).await;
        let raw = plain(&sent(&app, "ticket_opened"), "It is 160.");
        let now = app.house.clock.now().seconds();
        let right = signed(now, &raw, MAIL_SECRET);
        let before = app.rows();
        for signature in [
            String::new(),
            "v1=00".to_owned(),
            signed(now, &raw, "another secret of many characters"),
            signed(now, b"another email", MAIL_SECRET),
            signed(now - 301, &raw, MAIL_SECRET),
            signed(now + 301, &raw, MAIL_SECRET),
            right.replace(&format!("t={now}"), &format!("t={}", now + 1)),
        ] {
            deliver(&app, &raw, &signature).await.is(401).is_refused("hook.wrong_mail_signature");
        }
        let call = app.http.post(format!("{}/hooks/email", app.base)).body(raw.clone());
        let call = call.header("x-caredesk-signature", &right);
        let other = Answer::of(call.header("content-type", "text/plain").send().await.unwrap()).await;
        other.is(415).is_refused("request.unsupported_media_type");
        assert_eq!(app.rows(), before);
        deliver(&app, &raw, &right).await.is(202);
    }

    async fn what_programs_answer_by_themselves_is_dropped(app) {
        Case::open(&app).await;
        let about = sent(&app, "ticket_opened");
        let before = app.rows();
        for header in ["Auto-Submitted: auto-replied", "Precedence: bulk", "Precedence: list", "X-Autoreply: yes"] {
            let raw = letter(&about, &format!("{header}\r\nContent-Type: text/plain\r\n\r\nI am away.\r\n"));
            hand_over(&app, &raw).await.is(202);
        }
        let bounce = String::from_utf8(plain(&about, "No such user.")).unwrap();
        let bounce = bounce.replace(&format!("Return-Path: <{}>", about.1), "Return-Path: <>");
        hand_over(&app, bounce.as_bytes()).await.is(202);
        assert_eq!(app.rows(), before);
    }

    async fn what_the_operators_own_server_calls_forged_is_refused(app) {
        Case::open(&app).await;
        let about = sent(&app, "ticket_opened");
        let said = |server: &str| letter(&about, &format!(
            "Authentication-Results: {server};\r\n spf=pass smtp.mailfrom=evil.example;\r\n dmarc=fail (p=none) header.from=people.example\r\n\
             Content-Type: text/plain\r\n\r\nIt is 160.\r\n"));
        let before = app.rows();
        hand_over(&app, &said("mx.vendor.example")).await.is(422).is_refused("hook.mail_forged");
        assert_eq!(app.rows(), before);
        hand_over(&app, &said("mx.elsewhere.example")).await.is(202);
    }

    async fn what_is_personal_in_an_answer_is_masked_for_the_first_tier(app) {
        let case = Case::open(&app).await;
        let raw = plain(&sent(&app, "ticket_opened"), "My colleague Maria Gonzalez cannot open the page, call her at +1 555 010 0200.");
        hand_over(&app, &raw).await.is(202);
        assert!(case.newest().await["text"].as_str().unwrap().contains("Maria Gonzalez"));
        let seen = case.tom.get(&case.at).await.is(200);
        assert!(!seen.raw.contains("Gonzalez") && !seen.raw.contains("010 0200"), "{}", seen.raw);
        assert!(!app.audit().await.iter().any(|entry| entry.to_string().contains("Gonzalez")));
    }

    async fn whoever_is_deactivated_or_of_a_suspended_organisation_adds_nothing(app) {
        let case = Case::open(&app).await;
        let about = sent(&app, "ticket_opened");
        app.switch_off(case.sue.account).await;
        let entries = app.count("ticket_entries");
        hand_over(&app, &plain(&about, "It is 160.")).await.is(422).is_refused("hook.mail_of_no_ticket");
        assert_eq!(denied(&app, "ticket.reply", "account.inactive").await, 1);
        let other = Case::open(&app).await;
        let about = sent(&app, "ticket_opened");
        let row = tenants::table.filter(tenants::id.eq(other.tenant));
        let off = tenants::status.eq(TenantStatus::Suspended);
        behind(&app, move |conn| diesel::update(row).set(off).execute(conn)).await;
        hand_over(&app, &plain(&about, "It is 160.")).await.is(422).is_refused("hook.mail_of_no_ticket");
        assert_eq!(app.count("ticket_entries"), entries + 2, "those of opening and assigning the other");
    }

    async fn a_text_that_is_too_long_and_one_that_says_nothing_stay_in_the_mailbox(app) {
        Case::open(&app).await;
        let about = sent(&app, "ticket_opened");
        let before = app.rows();
        for text in ["x".repeat(1_000_000), "ñ ".repeat(20_001), String::new(), "> only what was asked".to_owned()] {
            hand_over(&app, &plain(&about, &text)).await.is(422).is_refused("hook.mail_unreadable");
        }
        hand_over(&app, &plain(&about, &"x".repeat(1024 * 1024))).await.is(413).is_refused("request.body_too_large");
        hand_over(&app, &[0xff, 0x00, 0x0a, 0x80]).await.is(422).is_refused("hook.mail_unreadable");
        assert_eq!(app.rows(), before);
    }

    async fn a_caller_without_an_account_answers_from_where_they_were_written_to(app) {
        let case = Case::open(&app).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "A question", "text": "The page stays white.",
            "on_behalf_of": {"requester": "family", "tenant_id": case.tenant, "channel": "phone", "name": "Gil Ferro",
                "email": "gil.ferro@mail.example"}});
        app.clock.advance(SignedDuration::from_secs(1));
        let at = format!("/v1/tickets/{}", case.tom.post("/v1/tickets", body).await.is(201).text("/id"));
        let (id, to) = sent(&app, "ticket_opened");
        assert_eq!(to, "gil.ferro@mail.example");
        let raw = plain(&(id.clone(), "Gil.Ferro@Mail.example".to_owned()), "It is 160, says Gil Ferro.");
        hand_over(&app, &raw).await.is(202);
        let entry = case.tom.get(&at).await.is(200).body["entries"][0].clone();
        assert_eq!((&entry["author_kind"], &entry["transition"]), (&json!("caller"), &json!("reply")));
        let text = entry["text"].as_str().unwrap();
        assert!(text.starts_with("It is 160") && !text.contains("Ferro"), "{text}");
        let refused = hand_over(&app, &plain(&(id, "other@mail.example".to_owned()), "It is 161.")).await;
        refused.is(422).is_refused("hook.mail_of_no_ticket");
    }

    async fn what_an_agent_typed_for_a_caller_goes_on_in_their_answer(app) {
        let case = Case::open(&app).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "A question", "text": "It is 4916 3385",
            "on_behalf_of": {"requester": "family", "tenant_id": case.tenant, "channel": "phone",
                "email": "gil.ferro@mail.example"}});
        app.clock.advance(SignedDuration::from_secs(1));
        let at = format!("/v1/tickets/{}", case.tom.post("/v1/tickets", body).await.is(201).text("/id"));
        hand_over(&app, &plain(&sent(&app, "ticket_opened"), "0608 2832 I think.")).await.is(202);
        let seen = case.tom.get(&at).await.is(200);
        let texts = [seen.text("/entries/0/text"), seen.text("/entries/1/text")];
        assert_eq!(texts, ["[CARD-1] I think.", "It is [CARD-1]"]);
    }

    async fn whoever_is_in_copy_answers_and_does_not_reopen(app) {
        let first = Case::open(&app).await;
        let second = Case::of(&app, first.tenant).await;
        let into = first.at.rsplit('/').next().unwrap();
        second.tom.post(&format!("{}/merge", second.at), json!({"into_ticket_id": into})).await.is(200);
        let sam = format!("support_user.{}@people.example", second.sue.account.simple());
        first.tom.post(&format!("{}/reply", first.at), json!({"text": "It is being mended."})).await.is(200);
        let mut burglar = app.burglar();
        let id = burglar.hex("id");
        let told = burglar.texts(&format!("SELECT {id} FROM notifications WHERE kind = 'ticket_answered' AND recipient = '{sam}'"));
        let about = (format!("{}@vendor.example", Uuid::parse_str(&told[0]).unwrap()), sam);
        hand_over(&app, &plain(&about, "It is so for us, too.")).await.is(202);
        let seen = second.sue.get(&first.at).await.is(200);
        assert_eq!(seen.body["entries"][0]["text"], "It is so for us, too.");
        first.resolve().await;
        hand_over(&app, &plain(&about, "And still.")).await.is(202);
        assert_eq!(first.sue.get(&first.at).await.is(200).body["state"], "closed");
        assert_eq!(app.letters_of("answer_not_taken", &about.1), 1);
    }

    async fn a_member_in_copy_opens_nothing_again_by_mail_or_portal_and_is_told_whom_to_turn_to(app) {
        let case = Case::open(&app).await;
        let max = app.someone(Role::Member, Some(case.tenant)).await;
        let ana = app.someone(Role::SiteAdmin, Some(case.tenant)).await;
        let address = |role: Role, who: &Actor<'_>| format!("{role}.{}@people.example", who.account.simple());
        case.sue.post(&format!("{}/watchers", case.at), json!({"account_id": max.account})).await.is(200);
        case.resolve().await;
        let again = json!({"text": "It is white again."});
        let refused = max.post(&format!("{}/reopen", case.at), again).await.is(403).is_refused("ticket.not_yours");
        assert_eq!(refused.body["next_actions"], json!(["read_ticket"]));
        let own = address(Role::Member, &max);
        let mut burglar = app.burglar();
        let id = burglar.hex("id");
        let told = burglar.texts(&format!("SELECT {id} FROM notifications WHERE kind = 'ticket_resolved' AND recipient = '{own}'"));
        let about = (format!("{}@vendor.example", Uuid::parse_str(&told[0]).unwrap()), own);
        hand_over(&app, &plain(&about, "It is white again.")).await.is(202);
        assert_eq!(case.sue.get(&case.at).await.is(200).body["state"], "closed");
        let said = burglar.texts("SELECT CAST(facts AS text) FROM notifications WHERE kind = 'answer_not_taken'");
        let said: Value = serde_json::from_str(&said[0]).unwrap();
        assert_eq!((&said["why"], &said["asked_by"]), (&json!("not_yours"), &json!("Ana Ruiz")));
        let helpers = said["helpers"].as_array().unwrap().iter();
        let helpers: Vec<&str> = helpers.filter_map(|helper| helper["email"].as_str()).collect();
        assert_eq!(helpers, [address(Role::SiteAdmin, &ana), address(Role::SupportUser, &case.sue)]);
    }

    async fn files_are_left_out_and_the_desk_reads_how_many(app) {
        let case = Case::open(&app).await;
        let with_a_file = "Content-Type: multipart/mixed; boundary=\"m\"\r\n\r\n\
            --m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHere is what I see.\r\n\
            --m\r\nContent-Type: application/pdf; name=\"maria.pdf\"\r\nContent-Disposition: attachment; filename=\"maria.pdf\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--m--\r\n";
        let raw = letter(&sent(&app, "ticket_opened"), with_a_file);
        hand_over(&app, &raw).await.is(202);
        let seen = case.tom.get(&case.at).await.is(200);
        assert_eq!(seen.body["entries"][0]["text"], "Attachments of the email that were left out: 1.");
        assert_eq!(seen.body["entries"][0]["is_internal"], true);
        assert_eq!(seen.body["entries"][1]["text"], "Here is what I see.");
        assert!(!seen.raw.contains("maria.pdf"), "{}", seen.raw);
        assert_eq!(case.newest().await["text"], "Here is what I see.");
        // Their sender is told where files belong, once for each ticket.
        let sue = format!("support_user.{}@people.example", case.sue.account.simple());
        assert_eq!(app.letters_of("files_left_out", &sue), 1, "{:?}", app.letters());
        let again = String::from_utf8(raw).unwrap().replace("Message-ID: <", "Message-ID: <once-more-");
        app.clock.advance(SignedDuration::from_hours(48));
        hand_over(&app, again.as_bytes()).await.is(202);
        assert_eq!(app.count("notifications WHERE kind = 'files_left_out'"), 1);
        Case::open(&app).await;
        let about = sent(&app, "ticket_opened");
        hand_over(&app, &plain(&about, "Without a file.")).await.is(202);
        assert_eq!(app.letters_of("files_left_out", &about.1), 0);
        let raw = letter(&about, with_a_file);
        hand_over(&app, &raw).await.is(202);
        assert_eq!(app.letters_of("files_left_out", &about.1), 1);
    }

    async fn an_answer_of_a_family_is_copied_to_its_organisation(app) {
        let tenant = tenant(&app).await;
        let tom = app.someone(Role::TierOne, None).await;
        let body = json!({
            "request_type": "technical.error.report", "subject": "A question", "text": "The page stays white.",
            "on_behalf_of": {"requester": "family", "tenant_id": tenant, "channel": "phone",
                "email": "gil.ferro@mail.example"}});
        let at = format!("/v1/tickets/{}", tom.post("/v1/tickets", body).await.is(201).text("/id"));
        tom.post(&format!("{at}/assign"), json!({})).await.is(200);
        let about = sent(&app, "ticket_opened");
        hand_over(&app, &plain(&about, "It is 160.")).await.is(202);
        assert_eq!(app.count("notifications WHERE kind = 'organization_told'"), 0, "it takes no part yet");
        tom.post(&format!("{at}/hand-to-organization"), json!({"text": "Is it enrolled?"})).await.is(200);
        tom.post(&format!("{at}/organization-answered"), json!({"text": "It is."})).await.is(200);
        let before = app.count("notifications WHERE kind = 'organization_told'");
        hand_over(&app, &plain(&about, "Then it should work.")).await.is(202);
        assert_eq!(app.count("notifications WHERE kind = 'organization_told'"), before + 1);
    }

    async fn one_ticket_takes_so_many_answers_in_an_hour(app) {
        Case::open(&app).await;
        let about = sent(&app, "ticket_opened");
        let most = inbound_mail().per_ticket.attempts;
        for number in 0..most {
            hand_over(&app, &plain(&about, &format!("Answer {number}."))).await.is(202);
        }
        let entries = app.count("ticket_entries");
        let late = plain(&about, "One too many.");
        let refused = hand_over(&app, &late).await.is(429).is_refused("throttle.too_many_requests");
        assert!(!refused.header("retry-after").is_empty());
        assert_eq!(app.count("ticket_entries"), entries);
        app.clock.advance(SignedDuration::from_hours(1));
        hand_over(&app, &late).await.is(202);
        assert_eq!(app.count("ticket_entries"), entries + 1);
    }

    async fn without_its_secret_there_is_no_such_hook(app) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let options = Options {
            public_url: base.clone(),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            rate_per_minute: 1_000,
            rate_burst: 1_000,
            workers: 1,
            shutdown: Duration::from_secs(1),
            callbacks: None,
            inbound_mail: None,
        };
        let server = run(app.house.clone(), &options, listener).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let raw = b"From: a@b.example\r\n\r\nYes.";
        let call = app.http.post(format!("{base}/hooks/email")).body(raw.to_vec());
        let call = call.header("x-caredesk-signature", signed(app.house.clock.now().seconds(), raw, MAIL_SECRET));
        let answer = Answer::of(call.header("content-type", "message/rfc822").send().await.unwrap()).await;
        answer.is(404).is_refused("request.unknown_path");
        drop(handle.stop(false));
    }

    async fn a_message_that_may_be_answered_says_so_and_where_and_its_answer_arrives(app) {
        let case = Case::open(&app).await;
        let folder = std::path::PathBuf::from(tempdir("answers", &app.database));
        let link = LinkTemplate::parse("https://desk.example/x#{secret}").unwrap();
        let settings = PostSettings {
            from: "desk@vendor.example".parse().unwrap(),
            answers_to: Some(ANSWERS_TO.parse().unwrap()),
            folder: folder.clone(),
            server: None,
            gateway: None,
            authorities: Authorities::default(),
            link_enrolment: link.clone(),
            link_invitation: link.clone(),
            link_password_reset: link.clone(),
            link_ticket: link,
        };
        let texting = Texting { hours: SendingHours::parse("08:00-21:00").unwrap(), per_second: 1 };
        let sender = Outbox::new(app.house.clone(), Post::open(settings).unwrap(), texting);
        sender.send_due().await.unwrap();
        let (id, to) = sent(&app, "ticket_opened");
        let file = format!("{}.eml", id.split('@').next().unwrap());
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some(ANSWERS_TO));
        assert!(mail.body_text(0).unwrap().contains("Answer this message to add to the case."));
        let about = (mail.message_id().unwrap().to_owned(), to);
        hand_over(&app, &plain(&about, "It is 160.")).await.is(202);
        assert_eq!(case.newest().await["text"], "It is 160.");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
