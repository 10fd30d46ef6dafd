//! The text as it is searched: what hides a word is taken away, and every byte knows where it came from.
//!
//! Compatibility forms are composed (NFKC), HTML entities read, invisible characters dropped, letters of
//! another script that look Latin and stand among Latin letters replaced, quotes and hyphens made plain.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::broken::SEAM;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_security::confusable_detection::skeleton;

static ENTITIES: LazyLock<HashMap<&'static str, char>> = LazyLock::new(|| {
    let lines = include_str!("../../../data/pii/entities.txt").lines();
    let pairs = lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    pairs.filter_map(|(name, c)| Some((name, c.chars().next()?))).collect()
});

/// Longest entity that is read, with `&` and `;`.
const LONGEST_ENTITY: usize = 12;

/// A text made plain, with the way back to the original.
#[derive(Debug)]
pub(super) struct Normal {
    /// The plain text.
    pub(super) text: String,
    /// Of every byte of the plain text: where the original characters begin that it was made of; empty if
    /// nothing was changed.
    starts: Vec<usize>,
    /// And where they end.
    ends: Vec<usize>,
}

impl Normal {
    /// Makes a text plain, in time linear in its length.
    pub(super) fn of(original: &str) -> Self {
        if original.bytes().all(|byte| {
            byte.is_ascii() && !matches!(byte, b'&' | b'`' | b'\r' | 0x0b | 0x0c | 0x1f)
        }) {
            return Self { text: original.to_owned(), starts: Vec::new(), ends: Vec::new() };
        }
        let mut normal = Self {
            text: String::with_capacity(original.len()),
            starts: Vec::with_capacity(original.len()),
            ends: Vec::with_capacity(original.len()),
        };
        let mut cluster = Cluster::default();
        let mut at = 0;
        while let Some((c, length)) = original.get(at..).and_then(next) {
            if !is_combining_mark(c) {
                cluster.flush(&mut normal);
                cluster.start = at;
            }
            if !is_invisible(c) {
                cluster.text.push(plain(c));
            }
            at += length;
            cluster.end = at;
        }
        cluster.flush(&mut normal);
        if !normal.text.is_ascii() {
            normal.unmask_letters();
        }
        normal
    }

    /// Where a piece of the plain text stands in the original.
    pub(super) fn original(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        if self.starts.is_empty() {
            return self.text.get(start..end).map(|_| (start, end));
        }
        let last = end.checked_sub(1)?;
        Some((*self.starts.get(start)?, *self.ends.get(last)?))
    }

    fn push(&mut self, c: char, start: usize, end: usize) {
        self.text.push(c);
        self.starts.resize(self.text.len(), start);
        self.ends.resize(self.text.len(), end);
    }

    /// Replaces letters that look Latin, in words that mix them with Latin ones or consist of them.
    fn unmask_letters(&mut self) {
        let mut out = Self { text: String::new(), starts: Vec::new(), ends: Vec::new() };
        let mut at = 0;
        for word in self.text.split_inclusive(|c: char| !c.is_alphabetic()) {
            let disguised = word.chars().any(is_other_letter).then(|| latin(word)).flatten();
            let mut offset = at;
            for (i, c) in word.chars().enumerate() {
                let shown = disguised.as_ref().and_then(|word| word.get(i)).copied().unwrap_or(c);
                if let Some((start, end)) = self.original(offset, offset + 1) {
                    out.push(shown, start, end);
                }
                offset += c.len_utf8();
            }
            at = offset;
        }
        *self = out;
    }
}

/// A character with the marks that follow it.
#[derive(Default)]
struct Cluster {
    text: String,
    start: usize,
    end: usize,
}

impl Cluster {
    fn flush(&mut self, into: &mut Normal) {
        if self.text.len() == 1 {
            into.text.push_str(&self.text);
            into.starts.push(self.start);
            into.ends.push(self.end);
        } else {
            for c in self.text.nfkc() {
                into.push(plain(c), self.start, self.end);
            }
        }
        self.text.clear();
    }
}

/// The character that a text begins with, and how many bytes stand for it; an entity is one character.
fn next(text: &str) -> Option<(char, usize)> {
    let c = text.chars().next()?;
    let entity = (c == '&').then(|| entity(text)).flatten();
    Some(entity.unwrap_or((c, c.len_utf8())))
}

/// The entity that a text begins with.
fn entity(text: &str) -> Option<(char, usize)> {
    let semicolon = text.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')?;
    let name = text.get(1..semicolon)?;
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace())?
        }
        None => *ENTITIES.get(name)?,
    };
    Some((c, semicolon + 1))
}

/// Characters that are not seen: they hide nothing but a word from a search.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        SEAM | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Quotes, hyphens and blanks as they are on a keyboard.
fn plain(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' | '\u{b4}' | '\u{2bc}'
        | '\u{2b9}' | '`' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2033}' => '"',
        '\u{2010}'..='\u{2013}' | '\u{2212}' => '-',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => '\n',
        '\t' => '\t',
        _ => digit(c),
    }
}

/// Where the decimal digits of other scripts begin; each has ten, in their order (Unicode, general category Nd).
const ZEROS: [char; 22] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}',
    '\u{be6}', '\u{c66}', '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}',
    '\u{1040}', '\u{17e0}', '\u{1810}', '\u{a620}', '\u{a8d0}', '\u{abf0}',
];

/// A decimal digit of another script as the one that it stands for.
fn digit(c: char) -> char {
    if c < '\u{660}' {
        return c;
    }
    let value = ZEROS.iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(u32::from(*zero))?;
        char::from_digit(value, 10)
    });
    value.unwrap_or(c)
}

/// A letter of the scripts that Latin letters are forged from.
const fn is_other_letter(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}' | '\u{a4d0}'..='\u{a4ff}' | '\u{250}'..='\u{2af}' | '\u{1d00}'..='\u{1d7f}' | '\u{2c80}'..='\u{2cff}')
}

/// A word in Latin letters, if all of its letters are Latin or look it.
fn latin(word: &str) -> Option<Vec<char>> {
    word.chars()
        .map(|c| {
            if !is_other_letter(c) {
                return Some(c);
            }
            let mut looks = skeleton(c.encode_utf8(&mut [0; 4]))
                .filter(char::is_ascii_alphabetic)
                .collect::<Vec<_>>();
            let letter = looks.pop().filter(|_| looks.is_empty())?;
            Some(if c.is_uppercase() {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            })
        })
        .collect()
}
