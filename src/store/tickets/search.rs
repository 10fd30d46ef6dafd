//! Finding tickets by words, and by their number.
//!
//! A word that is rare is looked up, and the tickets that have it are what the page is made of. Words that are all
//! common are looked for on the tickets themselves, newest first, until the page is full: nobody gathers half of
//! all tickets to sort them.

use std::collections::BTreeSet;

use caredesk_core::domain::ids::{TenantId, TicketId};
use caredesk_core::domain::search::{SoughtTerms, TermRange};
use caredesk_core::domain::ticket::{CaseNumber, TicketSearch};
use caredesk_core::policy::{SeenTickets, SeenTogether, TextSight, TicketSight};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use super::Boxed;
use super::list::{TicketQuery, TicketView};
use crate::store::columns::Uid;
use crate::store::db::query::nothing;
use crate::store::db::{Conn, MultiBackend};
use crate::store::error::StoreResult;
use crate::store::schema::{ticket_terms, tickets};

/// A word that stands on more tickets is common.
const RARE: usize = 2_000;

/// A ticket on which a word of the query stands.
#[derive(diesel::QueryableByName)]
struct Standing {
    #[diesel(sql_type = Integer)]
    word: i32,
    #[diesel(sql_type = Uid)]
    ticket_id: TicketId,
}

/// Whose terms are read.
#[derive(Clone, Copy)]
struct Reader {
    tenant: Option<TenantId>,
    with_internal: bool,
}

/// Of the tickets of a query those that are found. Nobody finds by what they may not read: who sees no texts finds
/// by number, and the desk's notes are found by who reads them.
pub(super) fn found<'q>(
    conn: &mut Conn,
    (sight, ask, search): (TicketSight, &TicketQuery, &TicketSearch),
    all: Boxed<'q>,
) -> StoreResult<Boxed<'q>> {
    let text = search.as_str();
    let number = CaseNumber::parse(text);
    let is_number = number.is_some() && text.starts_with(['C', 'c']);
    let reads = sight.text() != TextSight::Hidden && !is_number;
    let words = if reads { SoughtTerms::of(text) } else { Vec::new() };
    if words.is_empty() {
        return Ok(match number {
            Some(number) => all.filter(tickets::number.eq(number.get())),
            None => all.filter(nothing()),
        });
    }
    let reader =
        Reader { tenant: tenant_of(ask), with_internal: sight.text() == TextSight::Masked };
    // Digits alone may be a number, and may be said.
    let numbered = match number {
        Some(number) => {
            let one = tickets::table.filter(tickets::number.eq(number.get()));
            one.select(tickets::id).first::<TicketId>(conn).optional()?
        }
        None => None,
    };
    if is_narrow(sight, ask) {
        return Ok(having_all(all, &words, (reader, numbered)));
    }
    let sets = standing(conn, reader, &words)?;
    let pairs = words.iter().zip(sets);
    let (rare, common): (Vec<_>, Vec<_>) = pairs.partition(|(_, set)| set.is_some());
    let common: Vec<SoughtTerms> = common.into_iter().map(|(word, _)| word.clone()).collect();
    let in_all = rare.into_iter().filter_map(|(_, set)| set).reduce(|one, other| &one & &other);
    let Some(mut few) = in_all else { return Ok(having_all(all, &words, (reader, numbered))) };
    few.extend(numbered);
    let few: Vec<TicketId> = few.into_iter().collect();
    Ok(having_all(all.filter(tickets::id.eq_any(few)), &common, (reader, None)))
}

/// The organisation that a query is about, if it is about one.
const fn tenant_of(ask: &TicketQuery) -> Option<TenantId> {
    match ask.view {
        TicketView::Team(Some(tenant)) => Some(tenant),
        _ => ask.tenant,
    }
}

/// Whether the tickets of a query are few whatever is looked for.
fn is_narrow(sight: TicketSight, ask: &TicketQuery) -> bool {
    let is_own = matches!(
        ask.view,
        TicketView::My(_)
            | TicketView::Cc(_)
            | TicketView::Mine(_)
            | TicketView::Unassigned
            | TicketView::Objections
    );
    let sees_own = matches!(
        sight.seen(),
        SeenTickets::Nothing
            | SeenTickets::Some { together: None | Some((_, SeenTogether::Nothing)), .. }
    );
    is_own || sees_own || ask.assignee.is_some()
}

/// For each word the tickets on which it stands; none of a word that is common. One statement for all of them.
fn standing(
    conn: &mut Conn,
    reader: Reader,
    words: &[SoughtTerms],
) -> StoreResult<Vec<Option<BTreeSet<TicketId>>>> {
    let ranges = || {
        words
            .iter()
            .zip(0_i32..)
            .flat_map(|(word, n)| word.ranges().iter().map(move |range| (n, range)))
    };
    let mut text = String::new();
    let mut binds = 0_usize;
    for (n, _) in ranges() {
        if !text.is_empty() {
            text.push_str(" UNION ALL ");
        }
        text.push_str(&part(n, &mut binds, reader));
    }
    let mut query = diesel::sql_query(text).into_boxed::<MultiBackend>();
    for (_, TermRange { from, before }) in ranges() {
        query = query.bind::<Text, _>(from.clone()).bind::<Text, _>(before.clone());
        if let Some(tenant) = reader.tenant {
            query = query.bind::<Uid, _>(tenant);
        }
    }
    let rows: Vec<Standing> = query.load(conn)?;
    let set = |(_, n): (&SoughtTerms, i32)| {
        let of = rows.iter().filter(|row| row.word == n).map(|row| row.ticket_id);
        let rows = of.clone().count();
        (rows <= RARE).then(|| of.collect())
    };
    Ok(words.iter().zip(0_i32..).map(set).collect())
}

/// The tickets of one range of terms, as many as show whether it is common.
fn part(word: i32, binds: &mut usize, reader: Reader) -> String {
    let mut next = || {
        *binds = binds.saturating_add(1);
        *binds
    };
    let (from, before) = (next(), next());
    let tenant = if reader.tenant.is_some() {
        format!(" AND tenant_id = ${}", next())
    } else {
        String::new()
    };
    let aloud = if reader.with_internal { "" } else { " AND NOT is_internal" };
    let most = RARE.saturating_add(1);
    format!(
        "SELECT {word} AS word, ticket_id FROM (SELECT ticket_id FROM ticket_terms \
         WHERE term >= ${from} AND term < ${before}{tenant}{aloud} LIMIT {most}) AS p{from}"
    )
}

/// Those on which every word stands, or that have the number.
fn having_all<'q>(
    all: Boxed<'q>,
    words: &[SoughtTerms],
    (reader, numbered): (Reader, Option<TicketId>),
) -> Boxed<'q> {
    let with = |found: Boxed<'q>, word: &SoughtTerms| match word.ranges() {
        [] => found,
        [one] => having_one(found, one.clone(), (reader, numbered)),
        [one, other, ..] => having(found, (one.clone(), other.clone()), (reader, numbered)),
    };
    words.iter().fold(all, with)
}

/// The terms of the ticket of the row, by a condition. The offset keeps PostgreSQL from reading the terms of all
/// tickets first: each ticket is looked at when its turn has come.
macro_rules! stands {
    ($found:expr, ($reader:expr, $numbered:expr), $condition:expr) => {{
        let terms =
            ticket_terms::table.filter(ticket_terms::ticket_id.eq(tickets::id)).filter($condition);
        match ($reader.with_internal, $numbered) {
            (true, None) => $found.filter(exists(terms.limit(1).offset(0))),
            (true, Some(id)) => {
                $found.filter(exists(terms.limit(1).offset(0)).or(tickets::id.eq(id)))
            }
            (false, None) => {
                let aloud = terms.filter(ticket_terms::is_internal.eq(false));
                $found.filter(exists(aloud.limit(1).offset(0)))
            }
            (false, Some(id)) => {
                let aloud = terms.filter(ticket_terms::is_internal.eq(false));
                $found.filter(exists(aloud.limit(1).offset(0)).or(tickets::id.eq(id)))
            }
        }
    }};
}

/// Those on which a term of a range stands.
fn having_one(
    found: Boxed<'_>,
    range: TermRange,
    (reader, numbered): (Reader, Option<TicketId>),
) -> Boxed<'_> {
    let inside = ticket_terms::term.ge(range.from).and(ticket_terms::term.lt(range.before));
    stands!(found, (reader, numbered), inside)
}

/// Those on which a term of either range stands.
fn having(
    found: Boxed<'_>,
    (one, other): (TermRange, TermRange),
    (reader, numbered): (Reader, Option<TicketId>),
) -> Boxed<'_> {
    let first = ticket_terms::term.ge(one.from).and(ticket_terms::term.lt(one.before));
    let second = ticket_terms::term.ge(other.from).and(ticket_terms::term.lt(other.before));
    stands!(found, (reader, numbered), first.or(second))
}
