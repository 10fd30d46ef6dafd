//! The table as the guide shows it: rows to read, and a diagram of the states.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Need, Row, TABLE, To};
use crate::domain::ticket::{TicketState, Tier};

/// The line of `docs/tickets.md` behind which the generated part begins.
pub(super) const DIAGRAM_BEGINS: &str = "<!-- flow: generated from the table of transitions -->";
/// The line before which it ends.
pub(super) const DIAGRAM_ENDS: &str = "<!-- flow: end -->";

/// The table and its diagram, in Markdown.
pub(super) fn markdown() -> String {
    format!("```mermaid\n{}```\n\n{}", diagram(), rows())
}

/// The states and what leads from one to another; what leads nowhere else is left to the table.
fn diagram() -> String {
    let mut edges: BTreeMap<(Option<TicketState>, TicketState), Vec<&str>> = BTreeMap::new();
    for row in TABLE {
        let To::State(to) = row.to else { continue };
        let from = row.from.iter().copied().map(Some);
        let from = from.chain(row.from.is_empty().then_some(None)).filter(|from| *from != Some(to));
        for from in from {
            edges.entry((from, to)).or_default().push(row.transition.as_str());
        }
    }
    let mut drawn = "stateDiagram-v2\n".to_owned();
    for ((from, to), steps) in edges {
        let from = from.map_or("[*]", TicketState::as_str);
        // Writing to a string succeeds.
        let _ = writeln!(drawn, "    {from} --> {to}: {}", steps.join(", "));
    }
    drawn
}

/// The table, a row a line.
fn rows() -> String {
    let mut written = "| Step | From | To | Taken by | Needs |\n|---|---|---|---|---|\n".to_owned();
    for row in TABLE {
        let who: Vec<&str> = row.who.iter().map(|party| party.as_str()).collect();
        let needs: Vec<&str> = row.needs.iter().copied().map(Need::as_str).collect();
        let _ = writeln!(
            written,
            "| `{}` | {} | {} | {} | {} |",
            row.transition,
            from(row),
            to(row),
            who.join(", "),
            if needs.is_empty() { "-".to_owned() } else { needs.join("; ") },
        );
    }
    written
}

/// From where a row leads.
fn from(row: &Row) -> String {
    let is_all = row.from.len() + 1 == TicketState::ALL.len();
    let states = match row.from {
        [] => "-".to_owned(),
        _ if is_all => "any but `closed`".to_owned(),
        states => states.iter().map(|state| format!("`{state}`")).collect::<Vec<_>>().join(", "),
    };
    match row.at {
        [tier] => format!("{states}, tier {tier}"),
        _ => states,
    }
}

/// To where.
fn to(row: &Row) -> String {
    let state = match row.to {
        To::State(state) => format!("`{state}`"),
        To::AsItWas => "as it was".to_owned(),
    };
    let ends: Vec<String> = row.closes_as.iter().map(|ended| format!("`{ended}`")).collect();
    let tier = row.tier.map(|tier: Tier| format!(", tier {tier}")).unwrap_or_default();
    let ends = if ends.is_empty() { String::new() } else { format!(" ({})", ends.join(", ")) };
    format!("{state}{ends}{tier}")
}
