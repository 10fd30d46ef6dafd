//! The crawl of the first tier: people are written about through every door of a ticket, and an agent of the first
//! tier then asks for everything. Nothing that tells who they are comes back.
//!
//! Doors and questions are those of the document, so a new one is tried by being there; a field that takes words and
//! that nobody taught this file fails it.

use std::cell::Cell;
use std::collections::BTreeSet;

use caredesk::store::schema::tickets;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::ticket::Tier;
use caredesk_core::policy::matrix::Grant;
use caredesk_core::policy::pii::{Case, Detector, Door};
use diesel::prelude::*;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::crawl::ask;
use crate::inbound_mail::{hand_over, plain, sent};
use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::batch::done;
use crate::support::operations::{self, Operation};
use crate::support::scene::{Scene, behind};
use crate::support::tickets::{Stand, ask_no_search};

/// Names of people whom no scene knows.
const FIRST: [&str; 24] = [
    "Maria", "Sofia", "Carlos", "Lucia", "Oliver", "Hannah", "Diego", "Emma", "Elena", "Miguel",
    "Isabella", "Daniel", "Gabriela", "Andrew", "Rebecca", "Jessica", "Nicole", "Patrick",
    "Teresa", "Victor", "Laura", "Samuel", "Monica", "Adrian",
];
/// See [`FIRST`]; none of these stands in anything else that is said here.
const LAST: [&str; 16] = [
    "Gonzalez",
    "Ramirez",
    "Petrov",
    "Kowalski",
    "Johansson",
    "Fernandez",
    "Schneider",
    "Hernandez",
    "Rodriguez",
    "Thompson",
    "Castillo",
    "Lindqvist",
    "Okafor",
    "Nakamura",
    "Delgado",
    "Ferreira",
];
/// What else of them must not come back: where they are reached, when they were born, and of what the scenes seal.
const PIECES: [&str; 5] = ["@kin.example", "617 555", "617555", "/2014", "of Nora"];

/// Whose operations take the words of people on a ticket, or beside one.
const DOORS: [&str; 4] = ["tickets", "attachments", "canned-replies", "internal-tickets"];
/// Those of them that refuse what is personal, and keep nothing of it.
const REFUSING: [&str; 2] = ["canned-replies", "internal-tickets"];
/// Fields of bodies that take words and no person's: what is known beside, in the policy's words.
const NO_DOORS: [&str; 1] = ["facts"];

/// What shows a ticket to whoever has its one-time link.
const LINKED: [&str; 2] = ["view_linked_ticket", "reply_to_linked_ticket"];

/// What a field takes that takes words.
const WORDS: &str = "Somebody of ours can't sign in.";

/// Somebody who is written about.
struct Kin {
    first: &'static str,
    last: &'static str,
    number: usize,
}

impl Kin {
    fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    fn email(&self) -> String {
        let (first, last) = (self.first.to_lowercase(), self.last.to_lowercase());
        format!("{first}.{last}@kin.example")
    }

    /// What is said about them.
    fn said(&self) -> String {
        let (month, day) = (self.number % 12 + 1, self.number % 28 + 1);
        format!(
            "My daughter {}, DOB {month}/{day}/2014, can't sign in; write to {} or call +1 617 555 {:04}.",
            self.name(),
            self.email(),
            self.number
        )
    }

    /// What a file is called that somebody made for them.
    fn file(&self) -> String {
        format!("My daughter {}.png", self.name())
    }
}

/// People who are written about, each once.
struct People {
    detector: Detector,
    next: Cell<usize>,
}

impl People {
    fn new() -> Self {
        Self { detector: Detector::new(), next: Cell::new(0) }
    }

    /// The next of them whom the detector knows for a person: whom it overlooks is told in its own tests.
    fn next(&self) -> Kin {
        loop {
            let number = self.next.replace(self.next.get() + 1);
            assert!(number < FIRST.len() * LAST.len(), "there are no more people");
            let last = LAST[(number / FIRST.len() + number) % LAST.len()];
            let kin = Kin { first: FIRST[number % FIRST.len()], last, number };
            let is_masked = |text: &str| {
                let door = Door::new(&self.detector);
                let screened = door.screen::<String>(text, None, &mut Case::default());
                screened.is_ok_and(|screened| told_in(&screened.masked).is_none())
            };
            // A file's ending is no word of its name.
            if is_masked(&kin.said()) && is_masked(kin.file().trim_end_matches(".png")) {
                return kin;
            }
        }
    }

    /// What a field of a body is filled with; none of one that takes no words.
    fn fill(&self, (schema, field): (&str, &str)) -> Option<Value> {
        let text = match field {
            "text" | "reason" | "tried" | "subject" | "title" | "error_message" | "steps"
            | "browser" => self.next().said(),
            "name" | "q" => self.next().name(),
            "email" => self.next().email(),
            "phone" => format!("+1617555{:04}", self.next().number),
            "file_name" => self.next().file(),
            _ if NO_DOORS.contains(&field) => return None,
            _ => {
                let key = format!("{schema}/{field}");
                let at = format!("#/components/schemas/{schema}/properties/{field}");
                let faults = operations::faults(&key, || json!({"$ref": at}), &json!(WORDS));
                assert!(!faults.is_empty(), "{key} takes words: teach this file");
                return None;
            }
        };
        Some(json!(text))
    }

    /// A body with somebody in every field of its schema that takes words.
    fn written(&self, schema: &str, mut body: Value) -> Value {
        let known = &operations::document()["components"]["schemas"][schema]["properties"];
        for field in known.as_object().unwrap().keys() {
            if let Some(text) = self.fill((schema, field.as_str())) {
                body[field] = text;
            }
        }
        body
    }
}

/// What of somebody stands in a text; none if nothing does.
fn told_in(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    LAST.iter().chain(&PIECES).copied().find(|piece| lower.contains(&piece.to_lowercase()))
}

/// What of somebody stands in an answer.
fn told(answer: &Answer) -> Option<&'static str> {
    told_in(&answer.raw).or_else(|| told_in(&format!("{:?}", answer.headers)))
}

/// Nothing of anybody may stand in an answer.
#[track_caller]
fn silent(what: &str, answer: &Answer) {
    let told = told(answer);
    assert!(told.is_none(), "{what} tells {told:?}: {} {:?}", answer.raw, answer.headers);
}

/// Whether an operation is a door.
fn is_door(operation: &Operation) -> bool {
    let tag = operation.value["tags"][0].as_str().unwrap_or_default();
    operation.method != Method::GET && operation.body_schema().is_some() && DOORS.contains(&tag)
}

/// Whether somebody of a role may use an operation at all.
fn may(operation: &Operation, role: Role) -> bool {
    operation.grant(role) != Grant::Never
}

/// What else a body needs, of what stands in the scene.
fn completed(people: &People, scene: &Scene<'_>, operation: &Operation, body: Value) -> Value {
    let mut body = people.written(operation.body_schema().unwrap(), body);
    match operation.id.as_str() {
        "open_ticket" => {
            body["details"] = people.written("GivenDetails", json!({"child_id": "K-20431"}));
            match scene.opens_with.borrow().clone() {
                Some(("on_behalf_of", caller)) => {
                    body["on_behalf_of"] = people.written("TicketCaller", caller);
                }
                Some((field, value)) => body[field] = value,
                None => {}
            }
        }
        "wait_for_development" => body["internal_ticket_id"] = json!(scene.internal_ticket),
        "assign_tickets" => body["ticket_ids"] = json!([scene.ticket]),
        "preview_canned_reply" => body["ticket_id"] = json!(scene.ticket),
        _ => {}
    }
    body
}

/// Writes about people through one door, on a ticket of its own.
async fn write(people: &People, scene: &mut Scene<'_>, operation: &Operation, who: &Actor<'_>) {
    (scene.ticket, scene.attachment) = (Uuid::now_v7(), Uuid::now_v7());
    scene.app.clock.advance(SignedDuration::from_millis(10));
    scene.have_the_ticket(Stand::open(scene.user)).await;
    scene.prepare(operation, who).await;
    let path = scene.path_with(operation, &scene.entry);
    let etag = scene.if_match(operation, &path).await;
    let body = Scene::body(operation, who).unwrap();
    let body = completed(people, scene, operation, body);
    let headers: Vec<(&str, &str)> = etag.iter().map(|etag| ("if-match", etag.as_str())).collect();
    let answer = who.send(operation.method.clone(), &path, Some(body), &headers).await;
    let tag = operation.value["tags"][0].as_str().unwrap();
    if REFUSING.contains(&tag) && answer.status == 422 {
        return;
    }
    assert_eq!(answer.status.as_u16(), operation.success(), "{}: {}", operation.id, answer.raw);
}

/// Writes about people through every door, as everybody who may.
async fn write_everywhere(people: &People, scene: &mut Scene<'_>) {
    for operation in operations::all().iter().filter(|operation| is_door(operation)) {
        let mut tried = 0;
        if operation.is_public() {
            let app = scene.app;
            write(people, scene, operation, &app.nobody()).await;
            tried += 1;
        } else {
            let roles =
                [Role::SupportUser, Role::Guardian, Role::TierOne, Role::TierTwo, Role::Developer];
            for role in roles.into_iter().filter(|role| may(operation, *role)) {
                let who = scene.someone(role).await;
                write(people, scene, operation, &who).await;
                tried += 1;
            }
        }
        assert!(tried > 0, "nobody writes by {}", operation.id);
    }
}

/// Writes what no body of an operation holds: an answer by email, and what a caller says to an agent. Says where it
/// stands, and who wrote it.
async fn write_by_other_ways<'a>(people: &People, scene: &Scene<'a>) -> (String, Actor<'a>) {
    let (app, tom) = (scene.app, scene.someone(Role::TierOne).await);
    let sue = scene.someone(Role::SupportUser).await;
    app.clock.advance(SignedDuration::from_secs(1));
    let body = json!({
        "request_type": "technical.error.report", "subject": people.next().said(), "text": people.next().said()});
    let at = sue.post("/v1/tickets", body.clone()).await.is(201).header("location");
    let about = sent(app, "ticket_opened");
    hand_over(app, &plain(&about, &people.next().said())).await.is(202);
    let mut by_caller = body;
    let caller = json!({"requester": "family", "tenant_id": scene.tenant, "channel": "phone"});
    by_caller["on_behalf_of"] = people.written("TicketCaller", caller);
    let by_phone = tom.post("/v1/tickets", by_caller).await.is(201).header("location");
    app.clock.advance(SignedDuration::from_secs(1));
    let word = json!({"text": people.next().said(), "on_behalf_of_caller": true});
    tom.post(&format!("{by_phone}/reply"), word).await.is(200);
    (at, sue)
}

/// Has the second tier work on a ticket, read what was written, and give it back.
async fn through_the_second_tier(people: &People, scene: &Scene<'_>, at: &str) -> Answer {
    let (tom, tim) = (scene.someone(Role::TierOne).await, scene.someone(Role::TierTwo).await);
    let tick = || scene.app.clock.advance(SignedDuration::from_secs(1));
    let said = || json!({"text": people.next().said()});
    tick();
    let tried = json!({"reason": people.next().said(), "tried": people.next().said()});
    tom.post(&format!("{at}/escalate"), tried).await.is(200);
    tick();
    tim.post(&format!("{at}/assign"), json!({"reason": people.next().said()})).await.is(200);
    tick();
    let reason = json!({"field": "subject", "reason": people.next().said()});
    let revealed = tim.post(&format!("{at}/reveal"), reason).await.is(200);
    for step in ["notes", "reply", "return"] {
        tick();
        tim.post(&format!("{at}/{step}"), said()).await.is(200);
    }
    revealed
}

/// Every ticket that somebody sees, a page at a time.
async fn listed(who: &Actor<'_>) -> Vec<Uuid> {
    let (mut found, mut path) = (Vec::new(), "/v1/tickets?limit=100".to_owned());
    loop {
        let page = who.get(&path).await.is(200);
        silent("list_tickets", &page);
        let rows = page.body["data"].as_array().unwrap();
        found.extend(
            rows.iter().map(|row| -> Uuid { row["id"].as_str().unwrap().parse().unwrap() }),
        );
        match page.body["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/tickets?limit=100&cursor={cursor}"),
            None => return found,
        }
    }
}

/// Reads each ticket in every way there is, and what is attached to it.
async fn read_all(scene: &mut Scene<'_>, tom: &Actor<'_>, found: &[Uuid]) {
    let reads = |operation: &&Operation| operation.method == Method::GET;
    for ticket in found {
        scene.ticket = *ticket;
        let mut files = Vec::new();
        for operation in operations::all().iter().filter(reads) {
            let of = operation.parameters("path");
            if of == ["ticket_id"] && may(operation, Role::TierOne) {
                let answer = ask(scene, operation, tom, &scene.entry).await;
                silent(&operation.id, &answer);
                // Not every ticket names a search.
                let is_there = operation.id != "read_ticket_help_search" || answer.status != 404;
                let answer = answer.is(if is_there { 200 } else { 404 });
                if operation.id == "list_attachments" {
                    files.clone_from(answer.body["data"].as_array().unwrap());
                }
            }
        }
        for file in files {
            scene.attachment = file["id"].as_str().unwrap().parse().unwrap();
            for operation in operations::all().iter().filter(reads) {
                if operation.parameters("path") == ["attachment_id"] {
                    silent(&operation.id, &ask(scene, operation, tom, &scene.entry).await);
                }
            }
        }
    }
}

/// Asks for one operation, on a ticket with somebody in a note, and looks for people where it searches.
async fn try_one(people: &People, scene: &Scene<'_>, operation: &Operation, tom: &Actor<'_>) {
    let able = !operation.is_public() && may(operation, Role::TierOne);
    if able {
        scene.prepare(operation, tom).await;
    }
    let answer = if operation.path.contains("{ticket_id}") {
        if able {
            let tia = scene.someone(Role::TierOne).await;
            let note = json!({"text": people.next().said()});
            scene.app.clock.advance(SignedDuration::from_secs(1)); // after what opened the ticket
            // On a closed one nobody writes.
            silent(
                "add_ticket_note",
                &tia.post(&format!("/v1/tickets/{}/notes", scene.ticket), note).await,
            );
        }
        let path = scene.path_with(operation, &scene.platform_entry);
        scene.send(operation, tom, &path, None).await
    } else {
        ask(scene, operation, tom, &scene.platform_entry).await
    };
    // Whoever has a link reads what they said by it, and is not of the first tier.
    if !LINKED.contains(&operation.id.as_str()) {
        silent(&operation.id, &answer);
    }
    if able && operation.path.contains("{ticket_id}") {
        answer.is(operation.success());
    }
    if operation.method == Method::GET && operation.parameters("query").contains(&"q") {
        for sought in LAST.iter().chain(&["kin.example", "617555", "Nora"]) {
            let path = format!("{}?q={sought}", scene.path(operation, Role::TierOne));
            let found = tom.get(&path).await;
            silent(&format!("{} {path}", operation.id), &found);
            if able && operation.id == "list_tickets" {
                assert_eq!(found.is(200).body["data"], json!([]), "{sought} is found");
            }
        }
    }
}

on_both! {
    async fn nobody_whom_a_ticket_is_about_is_told_to_the_first_tier(app) {
        let people = People::new();
        let mut scene = Scene::set(&app).await;
        ask_no_search(&app, scene.tenant).await;
        let (at, sue) = write_by_other_ways(&people, &scene).await;
        let revealed = through_the_second_tier(&people, &scene, &at).await;
        assert!(told(&revealed).is_some(), "the second tier is shown: {}", revealed.raw);
        let own = sue.get(&at).await.is(200);
        assert!(told(&own).is_some(), "authors read their own words: {}", own.raw);
        write_everywhere(&people, &mut scene).await;
        // What the second tier wrote is read by the first as soon as it has the ticket.
        let all = tickets::table;
        behind(&app, move |conn| diesel::update(all).set(tickets::tier.eq(Tier::One)).execute(conn)).await;
        let tom = scene.someone(Role::TierOne).await;
        let found = listed(&tom).await;
        let doors = operations::all().iter().filter(|operation| is_door(operation)).count();
        assert!(found.len() > doors, "{} tickets of {doors} doors", found.len());
        read_all(&mut scene, &tom, &found).await;
        for operation in operations::all() {
            (scene.ticket, scene.attachment) = (Uuid::now_v7(), Uuid::now_v7());
            let tom = scene.someone(Role::TierOne).await;
            try_one(&people, &scene, operation, &tom).await;
        }
        let job = done(&tom, "/v1/ticket-exports", json!({})).await;
        assert_eq!(job["state"], "succeeded", "{job}");
        let file = format!("/v1/ticket-exports/{}/content", job["id"].as_str().unwrap());
        silent("read_ticket_export", &tom.get(&file).await.is(200));
    }

    async fn the_people_of_the_crawl_are_told_apart(app) {
        let (people, mut seen) = (People::new(), BTreeSet::new());
        for _ in 0..200 {
            let kin = people.next();
            assert!(told_in(&kin.said()).is_some() && told_in(&kin.file()).is_some());
            assert!(seen.insert(kin.name()), "{} is there twice", kin.name());
        }
        let manager = app.someone(Role::DeskManager, None).await;
        silent("an answer about nobody", &manager.get("/v1/tickets").await.is(200));
    }
}
