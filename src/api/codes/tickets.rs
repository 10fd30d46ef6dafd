//! What the codes about tickets mean to a client.

use caredesk_core::domain::code::Code;

use super::{CodeRow, row};

/// Codes about tickets, or about none.
pub(super) const fn of_tickets(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::TicketNotYoursToOpen => row(
            403,
            "Others of the organisation log tickets",
            "Turn to one of its Site Admins or Support Users: `GET /v1/support-contacts` names them. In an emergency report it yourself.",
        ),
        C::HelpSearchRequired => row(
            422,
            "The help centre comes first",
            "Search it, and send the id of a search of yours of the last 24 hours.",
        ),
        C::TicketCallerRequired => row(
            422,
            "Agents open tickets for callers",
            "Say for whom it is, and by which way they came: email, phone, chat or mail.",
        ),
        C::TicketNotInState => row(
            409,
            "The ticket is in another state",
            "Read it again: `allowed_actions` says what can be done now.",
        ),
        C::TicketTier => row(
            409,
            "The ticket is at the other tier",
            "Leave it to the agents of its tier, or have it escalated or returned.",
        ),
        C::TicketNotYours => row(
            403,
            "Others do this with the ticket",
            "`allowed_actions` says what you can do with it, and `requester` whose it is. Users turn to whoever asked, or to those that `GET /v1/support-contacts` names.",
        ),
        C::TicketNotAssigned => row(
            409,
            "The ticket is not in your hands",
            "Assign it first; what was masked is shown only to whoever has the ticket.",
        ),
        _ => of_their_steps(code),
    }
}

/// Codes about the steps of tickets.
const fn of_their_steps(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::TicketAlreadyAssigned => {
            row(409, "Somebody has the ticket", "Reassign it, with a reason.")
        }
        C::TicketAssigneeUnfit => row(
            422,
            "This account cannot have the ticket",
            "Name an agent in use, of the tier that the ticket is at.",
        ),
        C::TicketNotEmergency => row(
            409,
            "No emergency waits to be judged here",
            "The ticket is no emergency, or was confirmed to be one before.",
        ),
        C::TicketActionRequired => row(
            409,
            "What the second tier did is not recorded",
            "Record one action at least, then resolve the ticket.",
        ),
        C::TicketInternalTicketRequired => row(
            409,
            "No internal ticket is linked",
            "Link the internal ticket that development works on.",
        ),
        C::TicketFinal => {
            row(409, "The ticket ended for good", "Open a ticket that follows up on it.")
        }
        C::TicketTooOld => row(
            409,
            "The ticket was closed too long ago",
            "Within 14 days it can be opened again; afterwards open one that follows up on it.",
        ),
        C::TicketMergeTarget => row(
            409,
            "The ticket cannot be merged into that one",
            "Name another open ticket of the same organisation: of colleagues, of the same family, or of a caller without an account as this one.",
        ),
        _ => of_their_people(code),
    }
}

/// Codes about callers, what was masked, and who is in copy, or about none of tickets.
const fn of_their_people(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::TicketNoContact => row(
            409,
            "No such contact of the requester is on file",
            "Have the organisation put one on its record, or refer the requester to it; a contact that a caller names proves nothing.",
        ),
        C::TicketContactUnreachable => row(
            409,
            "The requester's contact on file cannot be reached",
            "Messages to it came back, or its owner wants none, so no code was sent. Call the number on file back and record that (`record_call_back`), or send the code the other way.",
        ),
        C::TicketCallerKnown => row(
            409,
            "Whose ticket it is is known already",
            "Name an account only for a caller who has none on the ticket, and before there is a proof.",
        ),
        C::TicketNothingMasked => {
            row(409, "Nothing of it is masked", "Read the ticket: it shows all that was written.")
        }
        C::TicketObjected => row(
            409,
            "There was an objection to this before",
            "The second tier decides it; what it decided stands in the timeline.",
        ),
        C::TicketObjectionDecided => {
            row(409, "The objection was decided", "Read the ticket: it shows how.")
        }
        C::TicketMaskingStands => row(
            409,
            "What was masked is personal for certain",
            "Dismiss the objection: addresses, numbers of persons and of cards stay masked.",
        ),
        C::TicketWatchersFull => row(
            409,
            "The ticket has as many people in copy as it may",
            "Take somebody out of copy first.",
        ),
        C::TicketWatcherUnfit => row(
            422,
            "This account cannot be in copy of the ticket",
            "Name somebody of the ticket's organisation who is in use. What a family asks for has nobody in copy.",
        ),
        _ => super::attachments::of_attachments(code),
    }
}
