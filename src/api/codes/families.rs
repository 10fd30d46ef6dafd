//! What the codes about applications and the invitations of families mean to a client.

use caredesk_core::domain::code::Code;

use super::{CodeRow, row};

/// Codes about applications and invitations, or about neither.
pub(super) const fn of_families(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::ApplicationNotSubmitted
        | C::ApplicationSubmitted
        | C::ApplicationWithdrawn
        | C::ApplicationNumberTaken
        | C::ApplicationLinked
        | C::ApplicationNotLinked
        | C::ApplicationInvited
        | C::ApplicationNotInvited
        | C::ApplicationNoContact => of_an_application(code),
        C::InvitationMethodNeeded
        | C::InvitationExpired
        | C::InvitationReplaced
        | C::InvitationRevoked
        | C::InvitationUsed
        | C::InvitationUnknown
        | C::InvitationOver
        | C::BatchEmpty
        | C::BatchReadingNeeded => of_an_invitation(code),
        C::ArticleOutOfReach
        | C::ArticlePublished
        | C::ArticleNotPublished
        | C::ArticleArchived
        | C::ArticleNotArchived
        | C::ArticleVersionCurrent => super::articles::of_articles(code),
        _ => super::people::of_people(code),
    }
}

/// Codes about applications.
const fn of_an_application(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::ApplicationNotSubmitted => {
            row(409, "The application was not submitted yet", "Submit it: that invites the family.")
        }
        C::ApplicationSubmitted => {
            row(409, "The application was submitted before", "Nothing needs to be done.")
        }
        C::ApplicationWithdrawn => row(
            409,
            "The application was withdrawn",
            "Make a new one, if the family applies again.",
        ),
        C::ApplicationNumberTaken => row(
            409,
            "Another application has this number",
            "Take another one, or none and let it be drawn; case does not tell apart.",
        ),
        C::ApplicationLinked => row(
            409,
            "A family's account is linked to this application",
            "Unlink it first, if another invitation is to go out.",
        ),
        C::ApplicationNotLinked => row(
            409,
            "No family's account is linked to this application",
            "There is no access to take away; revoke the invitation, if one is under way.",
        ),
        C::ApplicationInvited => row(
            409,
            "The family was invited before",
            "Reinvite it: a new code replaces the old one.",
        ),
        C::ApplicationNotInvited => {
            row(409, "The family was never invited", "Invite it for the first time.")
        }
        _ => row(
            409,
            "The application lacks the contact that the invitation would go to",
            "Enter the address or the number, or send the invitation by the other way.",
        ),
    }
}

/// Codes about invitations.
const fn of_an_invitation(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::InvitationMethodNeeded => row(
            422,
            "After an unlink you say by what to invite",
            "Send `method`: `email` or `sms`; the preferred way is not taken by itself.",
        ),
        C::InvitationExpired => row(
            410,
            "This code lasted 14 days",
            "Ask the organisation for a new invitation; one call tells it.",
        ),
        C::InvitationReplaced => row(
            410,
            "A newer invitation has taken this one's place",
            "Use the newest message, or ask the organisation for a new invitation.",
        ),
        C::InvitationRevoked => {
            row(410, "The organisation took this invitation back", "Turn to the organisation.")
        }
        C::InvitationUsed => row(
            410,
            "This code was used",
            "Sign in; the user name is the email address or number that it was used with.",
        ),
        C::InvitationOver => row(
            409,
            "This invitation counts no more",
            "Look at the application: it says what can be done now.",
        ),
        C::BatchEmpty => row(
            422,
            "No application is meant",
            "Name applications by their ids, or give a filter that finds some.",
        ),
        C::BatchReadingNeeded => row(
            403,
            "A filter is for whoever may read applications",
            "Name applications by their ids, or ask for the permission applications.read.",
        ),
        _ => row(
            410,
            "No invitation has this link or code",
            "Copy it from the message as a whole; after too many wrong tries only the link counts.",
        ),
    }
}
