//! The walls of the house: which room may import which, and which words a room may not say.
//!
//! Sources are read as text, without comments, texts and tests. [`ROOMS`] is the one import rule of
//! `docs/architecture.md`; an exception stands in a list here with its reason, and is struck off when
//! nothing needs it any more.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms from left to right; a room imports from rooms to its left. The two of the core, left of
/// all, are held apart by [`core_is_pure`].
const ROOMS: [(&str, u8); 10] = [
    ("vault", 1),
    ("blobs", 2),
    ("store", 3),
    ("guard", 4),
    ("service", 5),
    ("deliver", 6),
    ("jobs", 7),
    ("api", 8),
    ("startup", 9),
    ("demo", 10),
];
/// Stand beside the rooms: whoever is at least as far right as the jobs may ask them.
const BESIDE: [&str; 2] = ["config", "telemetry"];
/// See [`BESIDE`].
const FROM_JOBS: u8 = 7;

/// Files with the reason why a rule does not hold for them.
type Exceptions = &'static [(&'static str, &'static str)];

/// Words that one room alone may say, with the files elsewhere that may too, and why.
const WORDS: [(&[&str], &str, Exceptions); 3] = [
    (&["diesel", "diesel_migrations", "r2d2", "libsqlite3_sys"], "store", &[]),
    (&["object_store"], "blobs", &[]),
    (
        &[
            "actix_web",
            "actix_cors",
            "utoipa",
            "utoipa_actix_web",
            "utoipa_swagger_ui",
            "tracing_actix_web",
        ],
        "api",
        &[],
    ),
];

/// Files of `store`, `service` and `api` that are no resources and may be used by all of their room.
const SHARED: [(&str, &[&str]); 3] = [
    ("store", &["columns", "db", "error", "schema", "tx"]),
    ("service", &["house", "perform", "steps", "keys", "watching"]),
    (
        "api",
        &[
            "answer",
            "codes",
            "cursor",
            "document",
            "edge",
            "extract",
            "ndjson",
            "pages",
            "problem",
            "server",
            "span",
            "tenant_path",
            "views",
        ],
    ),
];
/// Resources that use another resource of their room, and why.
const TIES: [(&str, &str, &str); 5] = [
    ("src/service/roster/row.rs", "roles", "a row's change is the one that everybody's change is"),
    ("src/service/roster/row.rs", "users", "a row's change is the one that everybody's change is"),
    ("src/store/seals.rs", "audit", "a seal is computed over an entry's own code"),
    (
        "src/store/tickets/entries.rs",
        "directory",
        "an entry keeps the people whom it sends somebody to",
    ),
    ("src/api/tickets/view/entries.rs", "directory", "and shows them as the directory does"),
];

/// What a pure crate does not name: the clock, the machine, the web, a database.
const IMPURE: [&str; 14] = [
    "Timestamp::now",
    "Zoned::now",
    "SystemTime",
    "std::time::Instant",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::std",
    "tokio",
    "actix",
    "getrandom",
    "reqwest",
];
/// What the pure crate is built from when its optional features are off.
const CORE_NEEDS: [&str; 12] = [
    "aho-corasick",
    "jiff",
    "phonenumber",
    "regex",
    "rust-stemmers",
    "serde",
    "sha2",
    "thiserror",
    "toml",
    "unicode-normalization",
    "unicode-security",
    "uuid",
];

/// A source file: where it is, and what the compiler makes of it outside tests.
struct Source {
    path: String,
    code: String,
}

/// A path that a file names, in parts, as seen from the crate's root.
type Named = Vec<String>;

impl Source {
    /// The room that the file belongs to: a folder or a file of `src`.
    fn room(&self) -> &str {
        let inside = self.path.split("src/").nth(1).unwrap();
        inside.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The file's place among the modules, as its parts.
    fn module(&self) -> Vec<String> {
        let inside = self.path.split("src/").nth(1).unwrap().trim_end_matches(".rs");
        let parts = inside.split('/').filter(|part| !matches!(*part, "mod" | "lib" | "main"));
        parts.map(str::to_owned).collect()
    }

    /// Every path of the crate that the file names: after `crate::`, `super::` and, in `main.rs`,
    /// `caredesk::`.
    fn names(&self) -> BTreeSet<Named> {
        let mut names = BTreeSet::new();
        for (at, _) in self.code.match_indices("::") {
            let head = ident_before(&self.code, at);
            let base = match head {
                "crate" | "caredesk" => Vec::new(),
                "super" if ident_before(&self.code, at - 5) != "super" => {
                    let mut module = self.module();
                    let chain = self.code[at - 5..].split("::").take_while(|part| *part == "super");
                    chain.for_each(|_| drop(module.pop()));
                    module
                }
                _ => continue,
            };
            let rest = self.code[at + 2..].trim_start_matches("super::");
            for tail in tree(rest) {
                names.insert(base.iter().cloned().chain(tail).collect());
            }
        }
        names
    }
}

/// Where a room stands; none for what stands beside the rooms.
fn place(room: &str) -> Option<u8> {
    ROOMS.iter().find(|(name, _)| *name == room).map(|(_, place)| *place)
}

/// What is wrong with an arrow from one room to another, if something is.
fn wrong_arrow(from: &str, to: &str) -> Option<String> {
    if from == to || matches!(from, "lib" | "main") {
        return None;
    }
    let known = place(to).is_some() || BESIDE.contains(&to);
    if !known {
        return None; // no room: a type of the crate's root
    }
    let allowed = match (place(from), place(to)) {
        (Some(from), Some(to)) => to < from,
        (Some(from), None) => from >= FROM_JOBS,
        (None, Some(to)) => to <= 3, // beside the rooms: settings name what the first three are opened with
        (None, None) => BESIDE.contains(&from),
    };
    (!allowed).then(|| format!("{from} imports {to}"))
}

/// Every wrong arrow of a file.
fn wrong_arrows(source: &Source) -> Vec<String> {
    let rooms: BTreeSet<String> =
        source.names().into_iter().filter_map(|name| name.into_iter().next()).collect();
    rooms
        .iter()
        .filter_map(|to| wrong_arrow(source.room(), to))
        .map(|what| format!("{}: {what}", source.path))
        .collect()
}

/// Every resource of its own room that a resource names.
fn ties(source: &Source) -> Vec<String> {
    let room = source.room();
    let Some((_, shared)) = SHARED.iter().find(|(name, _)| *name == room) else {
        return Vec::new();
    };
    let module = source.module();
    let Some(own) = module.get(1).filter(|own| !shared.contains(&own.as_str())) else {
        return Vec::new();
    };
    let resources: Vec<String> = resources_of(room, shared);
    let names =
        source.names().into_iter().filter(|name| name.first().is_some_and(|first| first == room));
    let others: BTreeSet<String> = names.filter_map(|name| name.get(1).cloned()).collect();
    others.into_iter().filter(|name| name != own && resources.contains(name)).collect()
}

/// The resources of a room: its files and folders that are not shared.
fn resources_of(room: &str, shared: &[&str]) -> Vec<String> {
    let entries = std::fs::read_dir(root().join("src").join(room)).unwrap();
    let names = entries
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    names.filter(|name| name != "mod" && !shared.contains(&name.as_str())).collect()
}

#[test]
fn a_room_imports_only_rooms_to_its_left() {
    let wrong: Vec<String> = sources("src").iter().flat_map(wrong_arrows).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_stands_in_a_room_that_the_rule_knows() {
    for source in sources("src") {
        let room = source.room();
        let known =
            place(room).is_some() || BESIDE.contains(&room) || matches!(room, "lib" | "main");
        assert!(known, "{}: give {room} its place in ROOMS", source.path);
    }
}

#[test]
fn a_wrong_import_is_found() {
    let wrong = [
        ("src/store/bad.rs", "use crate::guard::Refusal;"),
        ("src/vault/bad.rs", "use crate::{vault::Clock, store::{Tx, db::Db}};"),
        ("src/guard/bad.rs", "fn f() { let _ = crate::api::codes::describe; }"),
        ("src/service/steps/bad.rs", "use super::super::super::jobs::seal;"),
        ("src/service/bad.rs", "use crate::telemetry;"),
        ("src/deliver/bad.rs", "use crate::jobs::outbox;"),
    ];
    for (path, code) in wrong {
        let source = Source { path: path.to_owned(), code: plain(code) };
        assert_eq!(wrong_arrows(&source).len(), 1, "{path}: {code}");
    }
    let right = [
        (
            "src/store/good.rs",
            "//! See crate::api.\nuse super::db::Conn; const A: &str = \"crate::api::x\";",
        ),
        ("src/vault/good.rs", "#[cfg(test)] mod tests { use crate::store::Tx; }"),
        (
            "src/api/extract/good.rs",
            "use super::super::problem::Problem; use crate::config::Network;",
        ),
    ];
    for (path, code) in right {
        let source = Source { path: path.to_owned(), code: plain(code) };
        assert_eq!(wrong_arrows(&source), Vec::<String>::new(), "{path}: {code}");
    }
    let tied = Source {
        path: "src/store/owners.rs".to_owned(),
        code: "use super::{tenants, tx::Tx};".to_owned(),
    };
    assert_eq!(ties(&tied), ["tenants"]);
}

#[test]
fn resources_of_a_room_do_not_import_each_other() {
    let found = sources("src").into_iter().flat_map(|source| {
        let ties = ties(&source);
        ties.into_iter().map(move |to| (source.path.clone(), to))
    });
    let found: BTreeSet<(String, String)> = found.collect();
    let known = TIES.iter().map(|(from, to, _)| ((*from).to_owned(), (*to).to_owned())).collect();
    assert_eq!(found, known, "left is what stands in the sources, right is the list of exceptions");
}

#[test]
fn the_databases_words_stay_in_the_store_and_the_webs_in_the_api() {
    for (words, room, exceptions) in WORDS {
        let says = |source: &Source| words.iter().any(|word| says(&source.code, word));
        let outside =
            sources("src").into_iter().filter(|source| source.room() != room && says(source));
        let outside: BTreeSet<String> = outside.map(|source| source.path).collect();
        let known: BTreeSet<String> =
            exceptions.iter().map(|(path, _)| (*path).to_owned()).collect();
        let unknown: Vec<&String> = outside.difference(&known).collect();
        assert!(unknown.is_empty(), "only {room} says {words:?}: {unknown:?}");
        let idle: Vec<&String> = known.difference(&outside).collect();
        assert!(idle.is_empty(), "exceptions that nothing needs: {idle:?}");
    }
}

#[test]
fn core_is_pure() {
    // A test may write the guide that it holds.
    for source in
        sources("crates/core/src").into_iter().filter(|source| !source.path.ends_with("/tests.rs"))
    {
        for word in IMPURE {
            assert!(!source.code.contains(word), "{} names {word}", source.path);
        }
        let names_policy =
            source.names().iter().any(|name| name.first().is_some_and(|first| first == "policy"));
        assert!(
            source.room() != "domain" || !names_policy,
            "{}: domain imports policy",
            source.path
        );
        let says_diesel =
            source.code.lines().any(|line| says(line, "diesel") && !line.contains("feature ="));
        let is_columns = source.path.ends_with("src/columns.rs");
        assert!(!says_diesel || is_columns, "{} says diesel outside its feature", source.path);
    }
}

#[test]
fn core_needs_no_web_and_no_database() {
    let manifest = std::fs::read_to_string(root().join("crates/core/Cargo.toml")).unwrap();
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let always =
        section.lines().filter(|line| !line.trim().is_empty() && !line.contains("optional = true"));
    let names: Vec<&str> = always.map(|line| line.split(['.', ' ', '=']).next().unwrap()).collect();
    assert_eq!(names, CORE_NEEDS);
    assert!(!manifest.contains("default = ["), "the core's features are asked for, never given");
}

#[test]
fn permits_and_scopes_are_made_in_one_place() {
    for source in sources("src") {
        let asks = ["policy::decide", "policy::sight", "decide::<", "sight("];
        for word in asks.iter().filter(|word| source.code.contains(**word)) {
            // `scope.sight()` reads a scope; only a call with arguments makes one.
            let is_reading = *word == "sight("
                && source.code.matches("sight(").count() == source.code.matches(".sight()").count();
            assert!(
                source.room() == "guard" || is_reading,
                "{} asks policy itself: {word}",
                source.path
            );
        }
        for word in ["Permit {", "Permit::", "Scope(", "Scope::"] {
            assert!(
                !source.code.contains(word),
                "{} makes a permit or a scope: {word}",
                source.path
            );
        }
    }
    for source in sources("crates/core/src") {
        let file = source.path.rsplit('/').next().unwrap();
        assert!(
            file == "permit.rs" || !source.code.contains("Permit {"),
            "{} makes a permit",
            source.path
        );
        assert!(
            file == "permit.rs" || !source.code.contains("Scope::of"),
            "{} makes a scope",
            source.path
        );
    }
}

/// Whether code says a word, as a whole word.
fn says(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        !code[..at].ends_with(is_part) && !code[at + word.len()..].starts_with(is_part)
    })
}

/// The identifier that ends before a place.
fn ident_before(code: &str, at: usize) -> &str {
    let head = &code[..at];
    let head = head.strip_suffix("::").unwrap_or(head);
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let start = head.rfind(|c: char| !is_part(c)).map_or(0, |end| end + 1);
    &head[start..]
}

/// The paths, of two parts at most, that a `use` tree or a path begins with.
fn tree(rest: &str) -> Vec<Named> {
    let rest = rest.trim_start();
    let Some(group) = rest.strip_prefix('{') else {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let first = rest[..end].to_owned();
        let Some(after) = rest[end..].strip_prefix("::") else { return vec![vec![first]] };
        let seconds = tree_of_names(after);
        return seconds.into_iter().map(|second| vec![first.clone(), second]).collect();
    };
    split_group(group).iter().flat_map(|item| tree(item)).collect()
}

/// The first names of a tree.
fn tree_of_names(rest: &str) -> Vec<String> {
    match rest.trim_start().strip_prefix('{') {
        Some(group) => split_group(group).iter().flat_map(|item| tree_of_names(item)).collect(),
        None => vec![rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()],
    }
}

/// The items of a group up to its closing brace.
fn split_group(group: &str) -> Vec<String> {
    let (mut depth, mut items) = (0_i32, vec![String::new()]);
    for c in group.chars() {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        match c {
            '}' if depth < 0 => break,
            ',' if depth == 0 => items.push(String::new()),
            c => items.last_mut().unwrap().push(c),
        }
    }
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// Code without comments, texts and tests.
fn plain(code: &str) -> String {
    without_tests(&without_texts(code))
}

/// Code with comments and texts taken out.
fn without_texts(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_text(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let begin = rest.find('"').unwrap() + 1;
            rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len())
        } else if c == '"' {
            text_length(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'{'") || rest.starts_with("'}'") {
            3
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        // What only a feature brings in is told by the name of the feature.
        out.push_str(if rest[..skipped].starts_with('"') { "\"\"" } else { "" });
        rest = &rest[skipped..];
    }
    out
}

/// The number of hashes of a raw text that begins here.
fn raw_text(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// Bytes of the text that begins here.
fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Code without the items that are compiled for tests only.
fn without_tests(code: &str) -> String {
    let Some(at) = code.find("#[cfg(test)]") else { return code.to_owned() };
    let (before, item) = code.split_at(at);
    let Some(open) = item.find(['{', ';']) else { return before.to_owned() };
    let mut depth = 0_usize;
    for (at, c) in item.char_indices().skip(open) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return format!("{before}{}", without_tests(&item[at + 1..]));
        }
    }
    before.to_owned()
}

/// The package's folder.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file of a folder.
fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn collect(folder: &Path, into: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let code = plain(&std::fs::read_to_string(&path).unwrap());
            let path = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            into.push(Source { path, code });
        }
    }
}
