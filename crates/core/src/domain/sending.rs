//! When text messages are sent, and what people answer to stop them.

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::fold::caseless;
use super::notification::{MessageState, SuppressionReason};
use super::time::Moment;

/// The hours of every day in which text messages go out, on the clock of whoever they are sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendingHours {
    from: Time,
    until: Time,
}

impl SendingHours {
    /// Reads hours such as `08:00-21:00`.
    ///
    /// # Errors
    /// The text has another form, or the hours end before they begin.
    pub fn parse(text: &str) -> Result<Self, NotHours> {
        let time = |text: &str| {
            let is_short = text.len() == 5 && text.as_bytes().get(2) == Some(&b':');
            text.parse::<Time>().ok().filter(|_| is_short).ok_or(NotHours)
        };
        let (from, until) = text.split_once('-').ok_or(NotHours)?;
        let (from, until) = (time(from)?, time(until)?);
        if from < until { Ok(Self { from, until }) } else { Err(NotHours) }
    }

    /// When the hours begin next; none if they have begun and are not over.
    pub fn opens_after(&self, now: Moment, zone: &TimeZone) -> Option<Moment> {
        let here = now.timestamp().to_zoned(zone.clone());
        let time = here.time();
        if self.from <= time && time < self.until {
            return None;
        }
        let today = here.date();
        let day = if time < self.from { Ok(today) } else { today.tomorrow() };
        // At the end of time there is no tomorrow, and nothing waits for it.
        let opens = day.ok()?.to_datetime(self.from).to_zoned(zone.clone()).ok()?;
        Some(Moment::of(opens.timestamp()))
    }
}

/// A text is not of the form of [`SendingHours`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be two times of day, the earlier first, such as 08:00-21:00")]
pub struct NotHours;

/// What somebody answers to text messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// They want no more of them.
    Stop,
    /// They want them again.
    Start,
}

/// Words that stop messages: those of the carriers, and what people write in Spanish.
const STOPS: [&str; 19] = [
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "opt out",
    "alto",
    "parar",
    "pare",
    "para",
    "detener",
    "cancelar",
    "baja",
    "terminar",
    "salir",
];
/// Words that begin them again.
const STARTS: [&str; 10] = [
    "start", "unstop", "yes", "si", "s\u{ed}", "iniciar", "comenzar", "empezar", "alta", "reanudar",
];

impl Reply {
    /// What an answer asks for. Only a text that is nothing but one of the words counts: whoever writes
    /// that they cannot stop laughing wants no less.
    pub fn of(text: &str) -> Option<Self> {
        let is_about = |c: char| c.is_alphanumeric();
        let said = caseless(text.trim_matches(|c: char| !is_about(c)));
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        if STOPS.contains(&said.as_str()) {
            Some(Self::Stop)
        } else {
            STARTS.contains(&said.as_str()).then_some(Self::Start)
        }
    }
}

/// Why nothing is sent any more to the number that a gateway's error code is about; none for codes that
/// are about anything else. The codes are Twilio's.
pub const fn suppressed_by(code: u32) -> Option<SuppressionReason> {
    match code {
        // Its owner said STOP, to the gateway itself.
        21610 => Some(SuppressionReason::Stopped),
        // No number, no mobile one, none that there is, or a landline.
        21211 | 21217 | 21614 | 30005 | 30006 => Some(SuppressionReason::Invalid),
        _ => None,
    }
}

/// Whether a gateway's error code is about whoever sends, and not about the message or the number: what it
/// is sent from does not exist, is not the account's, or cannot send there. The operator can put it right.
pub const fn is_about_sender(code: u32) -> bool {
    matches!(code, 21212 | 21603 | 21606 | 21611 | 21659 | 21660 | 21661 | 21910)
}

/// A gateway's words for a message that is on its way, in the order in which they come.
const UNDER_WAY: [&str; 5] = ["accepted", "scheduled", "queued", "sending", "sent"];

/// Whether a gateway's word for a message that is on its way says more than the one of before.
pub fn says_more(word: &str, before: Option<&str>) -> bool {
    let step = |word: &str| UNDER_WAY.iter().position(|step| *step == word);
    step(word) > before.and_then(step)
}

/// What a gateway's word for the state of a message means; none for a word that is not known.
pub fn state_of(word: &str) -> Option<MessageState> {
    match word {
        word if UNDER_WAY.contains(&word) => Some(MessageState::Sent),
        "delivered" | "read" => Some(MessageState::Delivered),
        "undelivered" | "failed" | "canceled" => Some(MessageState::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(now: &str, zone: &str) -> Option<String> {
        let hours = SendingHours::parse("08:00-21:00").unwrap();
        let zone = TimeZone::get(zone).unwrap();
        hours.opens_after(now.parse().unwrap(), &zone).map(|at| at.to_string())
    }

    #[test]
    fn within_the_hours_nothing_waits() {
        assert_eq!(opens("2026-11-21T08:00:00Z", "UTC"), None);
        assert_eq!(opens("2026-11-21T20:59:59Z", "UTC"), None);
        assert_eq!(opens("2026-11-21T13:00:00Z", "America/New_York"), None);
    }

    #[test]
    fn outside_them_the_next_morning_there_is_waited_for() {
        let morning = Some("2026-11-21T13:00:00Z".to_owned());
        assert_eq!(opens("2026-11-21T12:59:59Z", "America/New_York"), morning);
        assert_eq!(opens("2026-11-21T02:00:00Z", "America/New_York"), morning);
        let next = Some("2026-11-22T08:00:00Z".to_owned());
        assert_eq!(opens("2026-11-21T21:00:00Z", "UTC"), next);
    }

    #[test]
    fn the_morning_after_the_clocks_change_is_at_the_same_hour_there() {
        let monday = Some("2026-03-08T12:00:00Z".to_owned());
        assert_eq!(opens("2026-03-08T02:30:00Z", "America/New_York"), monday);
    }

    #[test]
    fn a_word_says_more_than_those_that_come_before_it() {
        assert!(says_more("queued", None) && says_more("sent", Some("queued")));
        assert!(!says_more("queued", Some("sent")) && !says_more("sent", Some("sent")));
        assert!(!says_more("nonsense", None) && !says_more("nonsense", Some("queued")));
    }

    #[test]
    fn hours_have_one_form() {
        for text in [
            "",
            "08:00",
            "8:00-21:00",
            "21:00-08:00",
            "08:00-08:00",
            "08:00-24:00",
            "08:00:00-21:00",
        ] {
            assert_eq!(SendingHours::parse(text), Err(NotHours), "{text}");
        }
    }

    #[test]
    fn a_word_alone_stops_and_begins_in_both_languages() {
        for text in ["STOP", " stop. ", "Stop all", "UNSUBSCRIBE!", "Alto", "PARAR", "baja", "quit"]
        {
            assert_eq!(Reply::of(text), Some(Reply::Stop), "{text}");
        }
        for text in ["START", "unstop", "Yes", "s\u{ed}", "S\u{cd}", "\u{a1}Si!", "alta"] {
            assert_eq!(Reply::of(text), Some(Reply::Start), "{text}");
        }
        for text in ["", "...", "please do not stop", "thanks", "stopp", "end of term?"] {
            assert_eq!(Reply::of(text), None, "{text}");
        }
    }
}
