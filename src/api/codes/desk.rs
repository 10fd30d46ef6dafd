//! What the codes about the desk's own things mean to a client.

use caredesk_core::domain::code::Code;

use super::{CodeRow, row};

/// Codes about internal tickets and canned replies.
pub(super) const fn of_the_desk(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::PersonalData => row(
            422,
            "The text holds personal data",
            "Developers see no personal data: name people by the ids of their records. `errors` says where something was found, and what.",
        ),
        C::CannedPersonalData => row(
            422,
            "The text holds personal data",
            "What differs from case to case is filled in: `{requester_name}`. `errors` says where something was found, and what.",
        ),
        _ => row(
            409,
            "The internal ticket has no such step now",
            "`state` says how far it is, and `allowed_actions` what can be done with it.",
        ),
    }
}
