//! The search of the help centre among ten thousand articles: a rare word, one that half of them have, a beginning,
//! and a mistyped one.

use std::time::Instant;

use caredesk::guard::Refusal;
use caredesk::service::help_searches::HelpQuestion;
use caredesk::service::{Ask, House, articles};
use caredesk::store::Tx;
use caredesk::store::{Origin, db::Conn};
use caredesk_core::domain::Line;
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::actor::Actor;
use caredesk_core::domain::article::{
    ArticleAudience, ArticleBody, ArticleContent, ArticleKind, HelpQuery,
};

use crate::product::Database;

/// Articles.
const ARTICLES: usize = 10_000;
/// Articles that one transaction publishes.
const AT_ONCE: usize = 500;
/// Searches of each kind.
const SEARCHES: u32 = 50;

/// Measures the search on an engine, in this process.
pub(crate) async fn measure(engine: &str, database: &Database, token: &str) {
    let house = database.house();
    let began = Instant::now();
    for first in (0..ARTICLES).step_by(AT_ONCE) {
        publish(house, first).await;
    }
    println!("{ARTICLES} articles published on {engine}: {:.1} s", began.elapsed().as_secs_f64());
    let actor = house.doorman.check(token).await.expect("a session");
    let ask = Ask::of(actor, Origin::of_job("bench"));
    let whose = database.processes(std::process::id());
    for (what, query) in [
        ("rare word", "w4711x"),
        ("word in half of all", "family"),
        ("three words", "invite family w4711x"),
        ("beginning", "w471"),
        ("mistyped", "invitatoin"),
    ] {
        let question = HelpQuestion {
            query: HelpQuery::parse(query).expect("a query"),
            locale: Some(Locale::English),
            context_key: None,
            organization: None,
            limit: 10,
        };
        let (cpu, began, mut hits) = (whose.cpu_seconds(), Instant::now(), 0);
        for _ in 0..SEARCHES {
            hits = house.search_help(&ask, question.clone()).await.expect("an answer").hits;
        }
        let each = |seconds: f64| seconds * 1000.0 / f64::from(SEARCHES);
        println!(
            "help search, {what}: {hits} found, {:.2} ms, {:.2} ms CPU",
            each(began.elapsed().as_secs_f64()),
            each(whose.cpu_seconds() - cpu)
        );
    }
}

/// Publishes some articles of the desk.
async fn publish(house: &House, first: usize) {
    let (keys, entropy, now) = (house.keys.clone(), house.entropy.clone(), house.clock.now());
    let inner = house.clone();
    let write = house.db.write::<_, Refusal, _>(move |conn: &mut Conn| {
        let origin = Origin::of_job("bench");
        let tx = &mut Tx {
            conn,
            now,
            origin: &origin,
            keys: &keys,
            entropy: &entropy,
            hours: &caredesk_core::policy::hours::DeskHours::built_in(),
        };
        for n in first..first + AT_ONCE {
            let made = articles::create(tx, &Actor::Operator, &article(n))?;
            articles::publish(tx, &Actor::Operator, &inner, (made.id, None))?;
        }
        Ok(())
    });
    write.await.expect("articles");
}

/// An article of some 150 words, most of them its own or usual.
fn article(n: usize) -> ArticleContent {
    let about = if n.is_multiple_of(2) { "family" } else { "office" };
    let words: Vec<String> =
        (0..120).map(|at| format!("w{}x", (n * 7 + at * at) % 20_000)).collect();
    let body = format!(
        "An invitation of the {about} goes out when the application is submitted. {} Reset the password first.",
        words.join(" ")
    );
    ArticleContent {
        kind: ArticleKind::Article,
        audience: ArticleAudience::Staff,
        locale: Locale::English,
        title: Line::parse(&format!("What the {about} does, part {n}")).expect("a title"),
        summary: None,
        body: ArticleBody::parse(&body).expect("a body"),
        video_url: None,
        slug: None,
        tags: Vec::new(),
        context_keys: Vec::new(),
    }
}
