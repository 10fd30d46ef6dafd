//! Lines of JSON in, lines of JSON out: a line each, in constant memory.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Failure;

/// The input of a command: a file, or standard input.
///
/// # Errors
/// The file cannot be opened.
pub fn input(file: Option<&Path>) -> Result<Box<dyn BufRead>, Failure> {
    Ok(match file {
        None => Box::new(std::io::stdin().lock()),
        Some(path) => {
            let file = File::open(path).map_err(|error| Failure::of(path.display(), error))?;
            Box::new(BufReader::new(file))
        }
    })
}

/// Answers every line with what `answer` adds to it. A line that cannot be read is answered with its number
/// and what is wrong with it, and the next one is read. Says whether all could be.
///
/// # Errors
/// The input cannot be read, or the output not be written.
pub(super) fn each<T, A>(
    input: impl BufRead,
    out: &mut impl Write,
    answer: A,
) -> Result<bool, Failure>
where
    T: DeserializeOwned,
    A: Fn(T) -> Result<Map<String, Value>, String>,
{
    let mut all_read = true;
    for (place, line) in input.lines().enumerate() {
        let line = line.map_err(|error| Failure::of("the input", error))?;
        if line.trim().is_empty() {
            continue;
        }
        let answered = answer_line(&line, &answer).unwrap_or_else(|why| {
            all_read = false;
            json!({"line": place.saturating_add(1), "error": why})
        });
        writeln!(out, "{answered}").map_err(|error| Failure::of("standard output", error))?;
    }
    Ok(all_read)
}

fn answer_line<T, A>(line: &str, answer: &A) -> Result<Value, String>
where
    T: DeserializeOwned,
    A: Fn(T) -> Result<Map<String, Value>, String>,
{
    let asked: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let id = asked.get("id").cloned();
    let read: T = serde_json::from_value(asked).map_err(|error| error.to_string())?;
    let mut said = Map::new();
    if let Some(id) = id {
        said.insert("id".to_owned(), id);
    }
    said.extend(answer(read)?);
    Ok(Value::Object(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of the test's.
    #[derive(serde::Deserialize)]
    struct Asked {
        name: String,
    }

    #[test]
    fn a_line_that_cannot_be_read_stops_no_other() {
        let input =
            "{\"id\": 1, \"name\": \"Ana\"}\n\n{\"id\": 2}\nnonsense\n{\"name\": \"Mia\"}\n";
        let mut out = Vec::new();
        let greet =
            |asked: Asked| Ok(Map::from_iter([("hello".to_owned(), Value::String(asked.name))]));
        assert!(!each(input.as_bytes(), &mut out, greet).unwrap());
        let out = String::from_utf8(out).unwrap();
        let lines: Vec<Value> =
            out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0], json!({"id": 1, "hello": "Ana"}));
        assert_eq!((&lines[1]["line"], &lines[2]["line"]), (&json!(3), &json!(4)));
        assert_eq!(lines[3], json!({"hello": "Mia"}));
    }
}
