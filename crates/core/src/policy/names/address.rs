//! An address, judged by what stands before the `@`: a person's, a function's, or a household's.

use unicode_normalization::UnicodeNormalization;

use super::name::Name;
use super::tokens::{Class, Token, tokens};
use super::words::{Borne, Kind, Word, words};
use super::{Judgement, NameReason, NameVerdict};

/// Fewest letters of a function's word that is found inside a longer one.
const INSIDE: usize = 4;
/// As [`INSIDE`], beside what is no name of the owner's.
const AT_AN_END: usize = 6;

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
    let joined: String = parts.iter().map(|part| part.text.as_str()).collect();
    if owner.is_spelled_by(&joined) {
        return None;
    }
    let role = || Judgement::new(NameVerdict::Generic, [NameReason::RoleAddress]);
    if words().is_mailbox(&joined) && !owner.has_first(&joined) && !owner.has_last(&joined) {
        return Some(role());
    }
    let review = |reason| Judgement::new(NameVerdict::NeedsReview, [reason]);
    let parts: Vec<_> = parts.iter().map(|token| Part::of(token, &owner)).collect();
    match purpose(&parts) {
        Purpose::Person => None,
        Purpose::Role => Some(role()),
        Purpose::RoleAndPerson => Some(review(NameReason::RoleBesideNameInAddress)),
        Purpose::Household => Some(review(NameReason::SharedAddressWords)),
    }
}

/// The words before the `@`, digits left out.
fn parts(mailbox: &str) -> Vec<Token> {
    let spaced = mailbox.nfkd().map(|c| if c.is_numeric() { ' ' } else { c }).collect::<String>();
    tokens(&spaced).0
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

    /// Whether a mailbox is the name in one of the usual ways: both names, one and the other's initial, or
    /// both initials.
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
                    [f.as_str(), l.as_str()],
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

/// What a word of an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Role(Word),
    /// A function's word, and a name of the owner's.
    RoleOrOwner(Word),
    First,
    Last,
    /// Both of the owner's names in one word.
    Owner,
    Household,
    /// A word with a function's in it.
    RoleInside,
    /// Somebody else's name.
    OtherName,
    /// Anything else.
    Other,
    /// A title, a single letter, a qualifier.
    Nothing,
}

impl Part {
    fn of(token: &Token, owner: &Owner<'_>) -> Self {
        let text = token.text.as_str();
        let is_owner = owner.has_first(text) || owner.has_last(text);
        if token.class == Class::Couple || words().is_household(text) {
            return Self::Household;
        }
        match token.noun() {
            Some(word) if is_owner => return Self::RoleOrOwner(word),
            Some(word) => return Self::Role(word),
            None if owner.is_spelled_by(text) => return Self::Owner,
            None if owner.has_last(text) => return Self::Last,
            None if is_owner => return Self::First,
            None if token.is_neutral() => return Self::Nothing,
            None => {}
        }
        let of_roles = words().compound(text).into_iter().flatten().find(|word| word.is_noun());
        let beside = owner.rest_beside_name(text).filter(|rest| rest.len() >= INSIDE);
        match of_roles {
            Some(word) => Self::Role(word),
            None if beside.is_some_and(is_role) || has_role_at_an_end(token) => Self::RoleInside,
            None if token.is_given_like() && text.is_ascii() => Self::OtherName,
            None => Self::Other,
        }
    }
}

/// What the words of an address say together.
fn purpose(parts: &[Part]) -> Purpose {
    let has = |part| parts.contains(&part);
    let is_vague = |word: &Word| word.kind == Kind::Organisation || word.surname == Borne::Often;
    let roles: Vec<_> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Role(word) | Part::RoleOrOwner(word) => Some(*word),
            _ => None,
        })
        .collect();
    let is_owner_a_role = parts.iter().any(|part| matches!(part, Part::RoleOrOwner(_)));
    if has(Part::Household) {
        return Purpose::Household;
    }
    match roles.as_slice() {
        [] if has(Part::RoleInside) => Purpose::RoleAndPerson,
        [] => Purpose::Person,
        _ if has(Part::Owner) || has(Part::First) && has(Part::Last) => Purpose::Person,
        // `nurse.jones` is what a nurse called Jones has.
        [role] if has(Part::Last) && role.kind == Kind::Occupation => Purpose::Person,
        _ if is_owner_a_role || has(Part::First) || has(Part::Last) || has(Part::OtherName) => {
            Purpose::RoleAndPerson
        }
        roles if has(Part::Other) && roles.iter().all(is_vague) => Purpose::RoleAndPerson,
        _ => Purpose::Role,
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
    let is_role = |piece: &str| {
        let word = words().generic(piece);
        word.is_some_and(|word| word.is_noun() && word.surname == Borne::Never)
    };
    let mut cuts = AT_AN_END..text.len().saturating_sub(2);
    cuts.any(|cut| text.get(..cut).is_some_and(is_role))
        || (3..text.len().saturating_sub(AT_AN_END - 1))
            .any(|cut| text.get(cut..).is_some_and(is_role))
}
