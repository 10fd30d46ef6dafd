//! First and last name, judged by their words.

use super::tokens::{Class, Token, is_blank, tokens};
use super::words::{Borne, Kind, Word, words};
use super::{Judgement, NameReason, NameVerdict};
use crate::policy::lexicon::{given_name_rank, surname_rank};

/// Surnames of one letter that are known; any other single letter is short for something.
const SINGLE_LETTER_SURNAMES: [&str; 5] = ["o", "e", "u", "y", "i"];

/// A name's words.
#[derive(Debug, Clone)]
pub(super) struct Name {
    /// Of the first name, titles in front left out.
    pub(super) first: Vec<Token>,
    /// Of the last name, what only follows a name left out.
    pub(super) last: Vec<Token>,
    /// Of both, all that was written but what stands in brackets.
    all: Vec<Token>,
    /// How many of [`Self::all`] are the first name's.
    firsts: usize,
    /// What stands in brackets.
    asides: Vec<Token>,
    /// Whether nothing was written that shows.
    is_blank: bool,
}

impl Name {
    /// Takes a name apart.
    pub(super) fn read(first: &str, last: &str) -> Self {
        let (mut first_name, mut asides) = tokens(first);
        let (mut last_name, more_asides) = tokens(last);
        asides.extend(more_asides);
        let all = [first_name.as_slice(), last_name.as_slice()].concat();
        let firsts = first_name.len();
        for part in [&mut first_name, &mut last_name] {
            while part.last().is_some_and(|token| words().is_suffix(&token.text)) {
                part.pop();
            }
        }
        let titles = first_name.iter().take_while(|token| is_title(token)).count();
        // A title alone is the first name if it is a name as well.
        let is_name = titles == first_name.len()
            && first_name.last().is_some_and(|token| token.class == Class::Title(true));
        first_name.drain(..titles - usize::from(is_name));
        let is_blank = is_blank(first) && is_blank(last);
        Self { first: first_name, last: last_name, all, firsts, asides, is_blank }
    }

    /// What the name alone is.
    pub(super) fn judge(&self) -> Judgement {
        let generic = |reasons: Vec<_>| Judgement::new(NameVerdict::Generic, reasons);
        let review = |reasons: Vec<_>| Judgement::new(NameVerdict::NeedsReview, reasons);
        if self.all.is_empty() {
            let missing = vec![NameReason::MissingFirstName, NameReason::MissingLastName];
            return generic(if self.is_blank { missing } else { vec![NameReason::Placeholder] });
        }
        let phrase = phrase(&self.all);
        if words().is_nobody(&phrase) {
            return generic(vec![NameReason::Placeholder]);
        }
        if words().is_unclear(&phrase) {
            return review(vec![NameReason::MayBeNobody]);
        }
        if self.all.iter().all(|token| token.class == Class::Number) {
            return generic(vec![NameReason::Digits]);
        }
        if is_all_generic(&self.all) || is_all_generic(&spelled_out(&self.all, self.firsts)) {
            return self.judge_all_generic();
        }
        let mut words = self.first.iter().chain(&self.last);
        if words.any(|token| token.noun().is_some()) {
            return self.judge_with_nouns();
        }
        self.judge_doubts()
    }

    /// Why the generic words make it generic.
    fn noun_reasons(&self) -> Vec<NameReason> {
        let mut reasons = Vec::new();
        for token in &self.all {
            let reason = match token.class {
                Class::KeyboardRow => NameReason::KeyboardRow,
                Class::Repeated => NameReason::Repeated,
                Class::Number => NameReason::Digits,
                _ => match token.noun() {
                    Some(word) => word.kind.reason(),
                    None => continue,
                },
            };
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        if reasons.is_empty() {
            reasons.push(NameReason::GenericWord);
        }
        reasons
    }

    /// No word is a name only: generic, unless people bear the first as a given name, or the last as a
    /// surname with nothing but an initial or nothing at all before it.
    fn judge_all_generic(&self) -> Judgement {
        let surname = match self.last.as_slice() {
            [token] => token.noun().map(|word| word.surname),
            _ => None,
        };
        let is_open = match self.first.as_slice() {
            [] => self.all.len() == 1 && surname == Some(Borne::Often),
            [token] => match (token.class, token.generic()) {
                (Class::Initial, _) => surname.is_some_and(|surname| surname > Borne::Never),
                (Class::Title(_) | Class::Particle, _) => {
                    token.is_given_like() && !self.last.is_empty()
                }
                (_, Some(word)) if !self.last.is_empty() => match word.given {
                    Borne::Never => false,
                    Borne::Rarely => surname.is_some_and(|surname| surname > Borne::Never),
                    Borne::Often => true,
                },
                _ => false,
            },
            _ => false,
        };
        if is_open {
            return Judgement::new(NameVerdict::NeedsReview, [NameReason::MayBeNobody]);
        }
        self.generic()
    }

    /// Generic words and others: which it is turns on whether the others are names, and where they stand.
    fn judge_with_nouns(&self) -> Judgement {
        let is_owned = self.first.iter().any(|token| token.is_possessive) && !self.last.is_empty();
        let end = self.last.last().or(self.first.last()).and_then(Token::noun);
        if is_owned || end.is_some_and(|word| word.kind == Kind::Company) {
            return self.generic();
        }
        let is_given = |word: Word| word.given > Borne::Never;
        if self.first.is_empty()
            || self.last.is_empty()
            || !self.first.iter().filter_map(Token::noun).all(is_given)
        {
            return self.judge_noun_first();
        }
        let surname = self.last.iter().filter_map(Token::noun).map(|word| word.surname).min();
        match (self.has_given_name(), surname.unwrap_or(Borne::Often)) {
            (true, Borne::Often) => self.judge_doubts(),
            (true, _) | (false, Borne::Often) => self.unclear(),
            // Known as a surname only, or not at all: the name of a house or a place, unless what
            // follows is a surname itself.
            (false, _) => {
                let names_a_house =
                    |word: Word| word.kind == Kind::Organisation || word.surname == Borne::Never;
                let is_house = self.last.iter().filter_map(Token::noun).any(names_a_house);
                let has_name = self.last.iter().any(Token::is_known_name);
                if is_house && !has_name { self.generic() } else { self.unclear() }
            }
        }
    }

    /// The first name is a function's, or one of the two is missing: a function and whoever has it, a name
    /// the wrong way round, or the name of a house.
    fn judge_noun_first(&self) -> Judgement {
        let may_be_name = |word: Word| match word.kind {
            Kind::Organisation => false,
            Kind::Occupation => true,
            _ => word.surname > Borne::Never,
        };
        let mut nouns = self.first.iter().filter_map(Token::noun).peekable();
        let has_name = self.first.iter().chain(&self.last).any(Token::is_known_name);
        let is_open = nouns.peek().is_some() && nouns.all(may_be_name);
        if has_name || is_open { self.unclear() } else { self.generic() }
    }

    /// Whether the first name may be one.
    fn has_given_name(&self) -> bool {
        self.first.iter().all(|token| token.class == Class::Initial)
            || self.first.iter().any(|token| token.is_given_like() || token.noun().is_some())
    }

    /// What remains where no generic word stands in the way.
    fn judge_doubts(&self) -> Judgement {
        match self.doubts() {
            doubts if doubts.is_empty() => Judgement::named(),
            doubts => Judgement::new(NameVerdict::NeedsReview, doubts),
        }
    }

    /// Generic, for the words that make it so.
    fn generic(&self) -> Judgement {
        Judgement::new(NameVerdict::Generic, self.noun_reasons())
    }

    /// A generic word beside what may be a name.
    fn unclear(&self) -> Judgement {
        let beside = std::iter::once(NameReason::GenericWordBesideName);
        Judgement::new(NameVerdict::NeedsReview, beside.chain(self.noun_reasons()))
    }

    /// What makes a name that has no generic word doubtful.
    fn doubts(&self) -> Vec<NameReason> {
        let is = |part: &[Token], class| part.iter().all(|token: &Token| token.class == class);
        let [first, last] = [&self.first, &self.last];
        let same = phrase(first) == phrase(last) && !first.is_empty();
        let is_known = |token: &Token| {
            !token.text.is_ascii()
                || given_name_rank(&token.text).or(surname_rank(&token.text)).is_some()
        };
        let is_short = match last.as_slice() {
            [token] => {
                token.class == Class::Initial
                    && !SINGLE_LETTER_SURNAMES.contains(&token.text.as_str())
            }
            _ => is(last, Class::Initial),
        };
        let has_aside = self.asides.iter().any(|token| token.noun().is_some());
        let has_digits =
            self.all.iter().any(|token| token.has_digits || token.class == Class::Number);
        let is_given = |token: &Token| {
            token.is_given_like() || token.generic().is_some_and(|word| word.given > Borne::Never)
        };
        let is_everyday = self.all.iter().any(Token::is_everyday)
            && self.all.iter().all(|token| token.is_neutral() && !is_given(token));
        let is_couple = self.all.iter().any(|token| token.class == Class::Couple);
        [
            (first.is_empty(), NameReason::MissingFirstName),
            (last.is_empty(), NameReason::MissingLastName),
            (!last.is_empty() && is_short, NameReason::SingleLetter),
            (same && !first.iter().all(is_known), NameReason::SameFirstAndLast),
            (has_aside, NameReason::GenericWordBesideName),
            (has_digits, NameReason::Digits),
            (is_everyday, NameReason::EverydayWords),
            (is_couple, NameReason::TwoPeople),
            (self.all.iter().any(|token| token.is_mixed), NameReason::MixedScripts),
        ]
        .into_iter()
        .filter_map(|(holds, reason)| holds.then_some(reason))
        .collect()
    }
}

/// Whether a word may stand before a name as a title.
fn is_title(token: &Token) -> bool {
    matches!(token.class, Class::Title(_)) || words().title(&token.text).is_some()
}

/// Words joined by spaces.
fn phrase(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Whether no word is a name only, and one says what somebody or something is or counts it.
fn is_all_generic(tokens: &[Token]) -> bool {
    let counts = |token: &Token| token.class == Class::Number;
    let qualifies = |token: &Token| token.generic().is_some();
    tokens.iter().all(Token::is_neutral)
        && (tokens.iter().any(|token| token.noun().is_some())
            || tokens.iter().any(counts) && tokens.iter().any(qualifies))
}

/// The words with a first or a last name that is spelled letter by letter read as one word.
fn spelled_out(all: &[Token], firsts: usize) -> Vec<Token> {
    let (first, last) = all.split_at_checked(firsts).unwrap_or((all, &[]));
    let read = |part: &[Token]| {
        let is_spelled = part.len() > 1 && part.iter().all(|token| token.class == Class::Initial);
        if is_spelled { tokens(&phrase(part).replace(' ', "")).0 } else { part.to_vec() }
    };
    [read(first), read(last)].concat()
}
