//! The table of settings as the operator reads it.

use super::table::{Fallback, Kind, Row, TABLE};

/// A commented file with every setting at its default.
pub fn example() -> String {
    let head = "# Every setting of caredesk, at its default. Put what you change into a file of your own\n\
                # and name it with --config FILE or CAREDESK_CONFIG. Variables win over the file.\n";
    std::iter::once(head.to_owned()).chain(TABLE.iter().map(paragraph)).collect()
}

/// A setting in the file.
fn paragraph(row: &Row) -> String {
    let bare = row.bare_variable().map(|name| format!(" or {name}")).unwrap_or_default();
    let (name, says, variable, kind) = (row.name, row.says, row.variable(), words(row.kind));
    let setting = match row.fallback {
        Fallback::Is(value) => format!("#{name} = {}\n", toml(row.kind, value)),
        Fallback::Follows(words) => format!("# Default: {words}.\n#{name} = {}\n", sample(row)),
    };
    format!("\n# {says}\n# Type: {kind}. Variable: {variable}{bare}.\n{setting}")
}

/// The table for the operator's guide.
pub fn markdown() -> String {
    let head = "| Setting | Variable | Type | Default | What it does |\n|---|---|---|---|---|\n";
    std::iter::once(head.to_owned()).chain(TABLE.iter().map(line)).collect()
}

/// A setting in the table.
fn line(row: &Row) -> String {
    let bare = row.bare_variable().map(|name| format!(", `{name}`")).unwrap_or_default();
    let fallback = match row.fallback {
        Fallback::Is("") => "empty".to_owned(),
        Fallback::Is(value) => format!("`{value}`"),
        Fallback::Follows(words) => words.to_owned(),
    };
    let (name, says, variable, kind) = (row.name, row.says, row.variable(), words(row.kind));
    format!("| `{name}` | `{variable}`{bare} | {kind} | {fallback} | {says} |\n")
}

/// A kind in words.
fn words(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Secret => "secret".to_owned(),
        Kind::Secrets => "list of secrets".to_owned(),
        Kind::Number(least, most) => format!("number, {least} to {most}"),
        Kind::Switch => "`true` or `false`".to_owned(),
        Kind::List => "list of text".to_owned(),
    }
}

/// A default as TOML.
fn toml(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Text | Kind::Secret => format!("\"{value}\""),
        Kind::Number(..) | Kind::Switch => value.to_owned(),
        Kind::List | Kind::Secrets => "[]".to_owned(),
    }
}

/// Something to write where there is no fixed default.
fn sample(row: &Row) -> String {
    match row.kind {
        Kind::Number(least, _) => least.to_string(),
        kind => toml(kind, ""),
    }
}
