//! What the codes about attachments mean to a client.

use caredesk_core::domain::code::Code;

use super::{CodeRow, row};

/// Codes about attachments, or about none.
pub(super) const fn of_attachments(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::AttachmentsFull => row(
            409,
            "The ticket has as many attachments as it may",
            "Twenty are kept. Say the rest in words, or open a ticket that follows up on it.",
        ),
        C::AttachmentNotToFamilies => row(
            403,
            "The desk sends no attachments to families",
            "Say it in words, or have the organisation send it.",
        ),
        C::AttachmentNotYours => row(
            403,
            "Somebody else announced the attachment",
            "Announce one of your own: `create_attachment`.",
        ),
        C::AttachmentComplete => row(
            409,
            "The attachment has its content",
            "Announce another attachment for another content.",
        ),
        C::AttachmentPending => row(
            409,
            "The attachment has no content yet",
            "Its author sends it: `write_attachment_content`.",
        ),
        C::AttachmentSuperseded => row(
            409,
            "The content is being sent anew",
            "The sending that began last counts; read the attachment to see what became of it.",
        ),
        _ => of_their_content(code),
    }
}

/// Codes about the content of attachments, or about none.
const fn of_their_content(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::AttachmentSizeWrong => row(
            422,
            "The file is not as long as was said",
            "Send all of it, or announce it with the length that it has.",
        ),
        C::AttachmentTypeWrong => row(
            422,
            "The file is not what it was said to be",
            "Announce it as what it is. Pictures, PDF, text, CSV, and documents without macros are taken.",
        ),
        C::AttachmentQuarantined => row(
            403,
            "Nobody has looked at the attachment yet",
            "Hand the ticket to the second tier, which clears it or throws it away.",
        ),
        C::AttachmentNotQuarantined => {
            row(409, "The attachment is cleared", "Nothing needs to be done.")
        }
        C::AttachmentDiscarded => row(
            409,
            "The attachment was thrown away",
            "Its content is deleted, and does not come back.",
        ),
        C::FilesUnavailable => row(
            503,
            "The files cannot be reached right now",
            "Try again after `Retry-After`; nothing of what was sent is kept.",
        ),
        _ => super::families::of_families(code),
    }
}
