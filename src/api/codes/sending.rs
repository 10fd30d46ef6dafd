//! What the codes about messages and contacts mean to a client.

use caredesk_core::domain::code::Code;

use super::{CodeRow, row};

/// Codes about messages that leave, and about whom they go to.
pub(super) const fn of_sending(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::NotificationWaits => row(
            409,
            "The message waits for its turn",
            "`state` and `waits_for` say when it is sent; it can be sent again afterwards.",
        ),
        C::NotificationNotResent => row(
            409,
            "Codes are not sent again",
            "Ask for a new one where it is needed: `begin_contact_change`, `send_second_factor_code`, or \
             `resend_invitation` for a family's invitation.",
        ),
        C::NotificationOutdated => row(
            409,
            "What the message says is no longer so",
            "The account has another contact or another state by now; begin anew what the message was about.",
        ),
        C::ContactBounced => row(
            409,
            "The mail server of the address does not know it",
            "Correct the address, or lift the suppression if it is right: `lift_suppression`.",
        ),
        C::ContactStopped => row(
            409,
            "The owner of the number wants no messages",
            "Only they can take that back: text START to the number that our messages come from.",
        ),
        C::ContactInvalid => row(
            409,
            "Messages cannot be sent to the number",
            "Correct the number, or lift the suppression if it is right: `lift_suppression`.",
        ),
        C::SuppressionStopped => row(
            409,
            "The owner of the number wants no messages",
            "Only they can take that back, by answering START.",
        ),
        C::PreviewMissing => row(
            422,
            "The message is not sent this way",
            "`list_notification_templates` says which kinds are sent how.",
        ),
        _ => of_callbacks(code),
    }
}

/// Codes about what other machines hand over.
pub(super) const fn of_callbacks(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::MailSignatureWrong => row(
            401,
            "The signature of the email is not right",
            "Sign the time and the bytes of the body with `inbound_mail_secret`, and send them within five minutes.",
        ),
        C::MailForged => row(
            422,
            "The email is not from whom it says",
            "`Authentication-Results` of your own mail server says so; leave the email in the mailbox.",
        ),
        C::MailUnreadable => row(
            422,
            "The email cannot be read",
            "It has one sender and a new text of at most 20 000 characters; leave it in the mailbox.",
        ),
        C::MailOfNoTicket => row(
            422,
            "The email belongs to no ticket",
            "It answers no message of ours to its sender; leave it in the mailbox.",
        ),
        _ => row(
            403,
            "The signature is not right",
            "Callbacks are signed with the token of the account that messages are sent from.",
        ),
    }
}
