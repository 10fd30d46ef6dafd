//! An address, judged by what stands before the `@`: a person's, a function's, or a household's.

use unicode_normalization::UnicodeNormalization;

use super::name::Name;
use super::tokens::{Class, Token, tokens};
use super::words::{Borne, Kind, Word, words};
use super::{Judgement, NameReason, NameVerdict};

/// Fewest letters of a name or of a function's word that are found inside a longer word.
const INSIDE: usize = 5;

/// What an address says of a person of this name; none if nothing speaks against them, or if it is no
/// address.
pub(super) fn judge(email: &str, name: &Name) -> Option<Judgement> {
    let (local, domain) = email.trim().rsplit_once('@')?;
    if local.is_empty() || domain.is_empty() || email.trim().contains(char::is_whitespace) {
        return None;
    }
    // A tag is the reader's own business.
    let mailbox = local.split_once('+').map_or(local, |(mailbox, _)| mailbox);
    let parts = parts(mailbox);
    let owner = Owner::of(name);
    if owner.is_spelled_by(&parts.iter().map(|part| part.text.as_str()).collect::<String>()) {
        return None;
    }
    let review = |reason| Judgement::new(NameVerdict::NeedsReview, [reason]);
    match Contents::of(&parts, &owner).purpose() {
        Purpose::Person => None,
        Purpose::Role => Some(Judgement::new(NameVerdict::Generic, [NameReason::RoleAddress])),
        Purpose::RoleAndPerson => Some(review(NameReason::RoleBesideNameInAddress)),
        Purpose::Household => Some(review(NameReason::SharedAddressWords)),
    }
}

/// The words before the `@`, digits left out.
fn parts(mailbox: &str) -> Vec<Token> {
    let spaced = mailbox.nfkd().map(|c| if c.is_numeric() { ' ' } else { c }).collect::<String>();
    tokens(&spaced)
}

/// Whom an address should belong to.
struct Owner<'n> {
    first: Vec<&'n str>,
    last: Vec<&'n str>,
    whole: [String; 2],
}

impl<'n> Owner<'n> {
    fn of(name: &'n Name) -> Self {
        let text = |token: &'n Token| token.text.as_str();
        let whole = [&name.first, &name.last].map(|part| part.iter().map(text).collect());
        let [first, last] = [&name.first, &name.last].map(|part| {
            part.iter().filter(|token| token.class != Class::Particle).map(text).collect()
        });
        Self { first, last, whole }
    }

    /// Whether a mailbox is the name in one of the usual ways: both names, or one and the other's initial.
    fn is_spelled_by(&self, mailbox: &str) -> bool {
        let initial = |name: &str| name.chars().next().map(String::from).unwrap_or_default();
        let firsts = self.first.iter().copied().chain([self.whole[0].as_str()]);
        firsts.filter(|name| !name.is_empty()).any(|first| {
            let lasts = self.last.iter().copied().chain([self.whole[1].as_str()]);
            lasts.filter(|name| name.chars().count() > 1).any(|last| {
                let (f, l) = (initial(first), initial(last));
                [
                    [first, last],
                    [last, first],
                    [f.as_str(), last],
                    [last, f.as_str()],
                    [first, l.as_str()],
                ]
                .iter()
                .any(|pair| pair.concat() == mailbox)
            })
        })
    }

    fn has_first(&self, word: &str) -> bool {
        is_among(word, &self.first, &self.whole[0])
    }

    fn has_last(&self, word: &str) -> bool {
        is_among(word, &self.last, &self.whole[1])
    }

    /// What is left of a word before or after one of the names.
    fn rest_beside_name<'w>(&self, word: &'w str) -> Option<&'w str> {
        let names = self.first.iter().chain(&self.last).filter(|name| name.len() > 2);
        names.into_iter().find_map(|name| word.strip_prefix(name).or(word.strip_suffix(name)))
    }
}

/// Whether a word is one of a name's, or all of them.
fn is_among(word: &str, names: &[&str], whole: &str) -> bool {
    word.chars().count() > 1 && (names.contains(&word) || word == whole)
}

/// What an address is for.
enum Purpose {
    Person,
    Role,
    RoleAndPerson,
    Household,
}

/// What the words of an address are.
#[derive(Default)]
struct Contents {
    roles: Vec<Word>,
    has_first: bool,
    has_last: bool,
    has_other_name: bool,
    has_others: bool,
    has_household: bool,
    /// A name of the owner's is a function's word.
    is_name_a_role: bool,
    /// Of one word that has a role's in it.
    has_role_inside: bool,
}

impl Contents {
    fn of(parts: &[Token], owner: &Owner<'_>) -> Self {
        let mut contents = Self::default();
        for part in parts {
            contents.add(part, owner);
        }
        contents
    }

    fn add(&mut self, part: &Token, owner: &Owner<'_>) {
        let text = part.text.as_str();
        let compound = || {
            words().compound(text).and_then(|parts| parts.into_iter().find(|word| word.is_noun()))
        };
        let (is_first, is_last) = (owner.has_first(text), owner.has_last(text));
        let role = part.noun().or_else(|| if is_first || is_last { None } else { compound() });
        self.has_first |= is_first;
        self.has_last |= is_last;
        self.is_name_a_role |= role.is_some() && (is_first || is_last);
        if part.class == Class::Couple || words().is_household(text) {
            self.has_household = true;
            return;
        }
        self.roles.extend(role);
        if role.is_some() || is_first || is_last || part.is_neutral() {
            return;
        }
        if owner
            .rest_beside_name(text)
            .is_some_and(|rest| rest.len() >= INSIDE - 1 && is_role(rest))
        {
            self.has_role_inside = true;
        }
        self.has_role_inside |= has_role_at_an_end(part);
        self.has_other_name |= part.is_given_like() && part.text.is_ascii();
        self.has_others = true;
    }

    fn purpose(&self) -> Purpose {
        let has_name = self.has_first || self.has_last;
        let is_occupation = |word: &Word| word.kind == Kind::Occupation;
        let is_vague =
            |word: &Word| word.kind == Kind::Organisation || word.surname == Borne::Often;
        match self.roles.as_slice() {
            [] if self.has_household => Purpose::Household,
            [] if self.has_role_inside => Purpose::RoleAndPerson,
            [] => Purpose::Person,
            _ if self.has_first && self.has_last => Purpose::Person,
            // `nurse.jones` is what a nurse called Jones has.
            [role] if self.has_last && !self.is_name_a_role && is_occupation(role) => {
                Purpose::Person
            }
            _ if has_name || self.has_other_name => Purpose::RoleAndPerson,
            roles if self.has_others && roles.iter().all(is_vague) => Purpose::RoleAndPerson,
            _ => Purpose::Role,
        }
    }
}

/// Whether a word is a function's, alone or made of such words.
fn is_role(word: &str) -> bool {
    words().generic(word).is_some_and(Word::is_noun) || words().compound(word).is_some()
}

/// Whether a word that is no name begins or ends with a function's.
fn has_role_at_an_end(part: &Token) -> bool {
    let text = part.text.as_str();
    if part.is_known_name() || !text.is_ascii() {
        return false;
    }
    let is_plain_role = |piece: Option<&str>| {
        let word =
            piece.filter(|piece| piece.len() > INSIDE).and_then(|piece| words().generic(piece));
        word.is_some_and(|word| word.is_noun() && word.surname == Borne::Never)
    };
    let cuts = INSIDE + 1..text.len().saturating_sub(2);
    cuts.into_iter()
        .any(|cut| is_plain_role(text.get(..cut)) || is_plain_role(text.get(text.len() - cut..)))
}
