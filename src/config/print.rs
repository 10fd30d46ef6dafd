//! The table of settings as the operator reads it.

use super::table::{Fallback, Kind, Row, TABLE};

/// A commented file with every setting at its default.
pub fn example() -> String {
    let mut text = String::from(
        "# Every setting of caredesk, at its default. Put what you change into a file of your own and\n\
         # name it with --config FILE or CAREDESK_CONFIG. Variables win over the file.\n",
    );
    for row in TABLE {
        let bare = row.bare_variable().map(|name| format!(" or {name}")).unwrap_or_default();
        text += &format!(
            "\n# {}\n# Type: {}. Variable: {}{bare}.\n",
            row.says,
            kind(row.kind),
            row.variable()
        );
        text += &match row.fallback {
            Fallback::Is(value) => format!("#{} = {}\n", row.name, toml(row.kind, value)),
            Fallback::Follows(words) => {
                format!("# Default: {words}.\n#{} = {}\n", row.name, sample(row))
            }
        };
    }
    text
}

/// The table for the operator's guide.
pub fn markdown() -> String {
    let mut text = String::from(
        "| Setting | Variable | Type | Default | What it does |\n|---|---|---|---|---|\n",
    );
    for row in TABLE {
        let bare = row.bare_variable().map(|name| format!(", `{name}`")).unwrap_or_default();
        let fallback = match row.fallback {
            Fallback::Is("") => "empty".to_owned(),
            Fallback::Is(value) => format!("`{value}`"),
            Fallback::Follows(words) => words.to_owned(),
        };
        text += &format!(
            "| `{}` | `{}`{bare} | {} | {fallback} | {} |\n",
            row.name,
            row.variable(),
            kind(row.kind),
            row.says
        );
    }
    text
}

/// A kind in words.
fn kind(kind: Kind) -> String {
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
