//! What each code means to a client: its status, its title, and the page behind its `type`.

mod articles;
mod attachments;
mod desk;
mod families;
mod people;
mod sending;
mod tickets;

use caredesk_core::domain::code::Code;

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct CodeRow {
    /// The HTTP status.
    pub status: u16,
    /// One short sentence, the same for every occurrence.
    pub title: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

const fn row(status: u16, title: &'static str, remedy: &'static str) -> CodeRow {
    CodeRow { status, title, remedy }
}

/// The table. A code without a row does not compile.
pub const fn describe(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::MalformedJson
        | C::DuplicateKey
        | C::TooDeep
        | C::MissingBody
        | C::InvalidHeader
        | C::Invalid
        | C::UnsupportedMediaType
        | C::BodyTooLarge
        | C::TooSlow
        | C::HeadersTooLarge
        | C::UnknownPath
        | C::MethodNotAllowed
        | C::CursorInvalid => of_a_request(code),
        C::Unauthenticated
        | C::InvalidToken
        | C::WrongCredentials
        | C::SecondFactorRequired
        | C::StepUpRequired
        | C::SecondFactorWrongCode
        | C::SecondFactorMissing
        | C::SecondFactorByApp
        | C::SecondFactorCompulsory
        | C::NotPermitted => of_an_identity(code),
        C::RecoveryCodeWrong
        | C::CodeWrong
        | C::CodeNotUsable
        | C::PasswordWrong
        | C::PasswordTooWeak
        | C::LinkNotUsable
        | C::ContactUnchanged
        | C::ContactMissing => of_a_proof(code),
        C::MailSignatureWrong | C::MailForged | C::MailUnreadable | C::MailOfNoTicket => {
            sending::of_callbacks(code)
        }
        C::PersonalData | C::CannedPersonalData | C::InternalTicketState => desk::of_the_desk(code),
        _ => tickets::of_tickets(code),
    }
}

/// Codes about the form of a request.
const fn of_a_request(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::MalformedJson => row(400, "The body is not JSON", "Send one JSON object in UTF-8."),
        C::DuplicateKey => row(400, "An object has the same key twice", "Send every key once."),
        C::TooDeep => row(400, "The body is nested too deeply", "Nest at most 16 levels."),
        C::MissingBody => {
            row(400, "A body is missing", "Send the body that the operation describes.")
        }
        C::InvalidHeader => {
            row(400, "A header is not of its form", "`errors` names the header and its form.")
        }
        C::UnsupportedMediaType => {
            row(415, "The body has another media type", "Send `Content-Type: application/json`.")
        }
        C::BodyTooLarge => row(
            413,
            "The body is too long",
            "Bodies have at most 64 KiB, those of articles 640 KiB, those of sign-in operations 4 KiB.",
        ),
        C::TooSlow => row(408, "The body did not arrive in time", "Send it again, faster."),
        C::HeadersTooLarge => {
            row(431, "The headers are too long", "All headers together have at most 8 KiB.")
        }
        C::UnknownPath => row(
            404,
            "No operation has this path",
            "The document at /openapi.json lists every path.",
        ),
        C::MethodNotAllowed => {
            row(405, "The path exists, with other methods", "`Allow` lists them.")
        }
        C::CursorInvalid => row(
            400,
            "The cursor cannot be used here",
            "A cursor goes with the filters and the order of the list that gave it; begin again without one.",
        ),
        _ => row(422, "What was sent is not valid", "`errors` names every fault and where it is."),
    }
}

/// Codes about who asks and how that was proved.
const fn of_an_identity(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::Unauthenticated => {
            row(401, "Sign in first", "Send an access token: `Authorization: Bearer ...`.")
        }
        C::InvalidToken => {
            row(401, "The token is not valid any more", "Refresh the session, or sign in again.")
        }
        C::WrongCredentials => row(
            401,
            "Name and password do not belong together",
            "Check both; nothing more is said on purpose.",
        ),
        C::SecondFactorRequired => row(
            403,
            "Prove your second factor first",
            "Call `verify_second_factor`, or enrol a second factor if there is none yet.",
        ),
        C::StepUpRequired => row(
            401,
            "Prove your second factor again",
            "This operation wants a proof no older than five minutes: call `verify_second_factor` and repeat it.",
        ),
        C::SecondFactorWrongCode => {
            row(422, "The code is not right", "Codes change every 30 seconds and work once.")
        }
        C::SecondFactorMissing => {
            row(409, "No second factor is enrolled", "Begin with `begin_second_factor`.")
        }
        C::SecondFactorByApp => row(
            409,
            "Your authenticator app has the code",
            "Call `verify_second_factor` with it; none is sent to who has an app.",
        ),
        C::SecondFactorCompulsory => row(
            403,
            "This account must have a second factor",
            "Replace it with `begin_second_factor`; it cannot be removed.",
        ),
        _ => row(403, "Your role may not do this", "`rule` names the rule."),
    }
}

/// Codes about links, codes, passwords and contacts.
const fn of_a_proof(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::RecoveryCodeWrong => {
            row(422, "The recovery code is not right", "Each of the ten codes works once.")
        }
        C::CodeWrong => {
            row(422, "The code is not right", "Codes that were sent allow five attempts.")
        }
        C::CodeNotUsable => row(
            410,
            "The code does not count any more",
            "Codes count once, for as long as their message says and five attempts; have a new one sent.",
        ),
        C::PasswordWrong => row(422, "The present password is not right", "Type it once more."),
        C::PasswordTooWeak => row(
            422,
            "The password is too easy to guess",
            "Take a longer one: 12 to 128 characters.",
        ),
        C::LinkNotUsable => row(
            410,
            "The link cannot be used",
            "Enrolment links work once and for three days, reset links once and for an hour; ask for a new one.",
        ),
        C::ContactUnchanged => {
            row(409, "The account has this contact already", "Name another one.")
        }
        _ => row(
            409,
            "There is nothing a code could be sent to",
            "Whoever administers the account can add a contact.",
        ),
    }
}

/// Codes about the things themselves, and about the service.
const fn of_a_resource(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::NotFound => {
            row(404, "There is no such thing", "It does not exist, or it is not yours to see.")
        }
        C::VersionStale => row(
            412,
            "Somebody else changed it meanwhile",
            "Read it again and repeat the change with the new ETag.",
        ),
        C::VersionRequired => {
            row(428, "Say which version you change", "Send the ETag you read as `If-Match`.")
        }
        C::IdempotencyReused => row(
            422,
            "The key was used for another request",
            "Take a new `Idempotency-Key` for a new request.",
        ),
        C::IdempotencyInProgress => {
            row(409, "The first request with this key is still running", "Repeat it in a moment.")
        }
        C::IdempotencyNotKept => row(
            409,
            "The answer was not kept",
            "It held a secret. The effect is there; read the resource.",
        ),
        C::SlugTaken => row(409, "Another tenant has this short name", "Take another one."),
        C::TenantAlreadySuspended => {
            row(409, "The tenant is suspended already", "Nothing needs to be done.")
        }
        C::TenantNotSuspended => {
            row(409, "The tenant is not suspended", "Nothing needs to be done.")
        }
        C::TenantSuspended => {
            row(403, "The organisation is suspended", "The vendor's desk knows why.")
        }
        C::OwnersFull => {
            row(409, "The tenant has ten owners on file", "Take one off the file first.")
        }
        C::OwnerAddressTaken => {
            row(409, "Another owner has this address", "Owners of a tenant have an address each.")
        }
        C::Throttled => row(429, "Too many requests", "Wait as long as `Retry-After` says."),
        C::Busy => row(503, "Too much to do right now", "Try again after `Retry-After`."),
        _ => row(500, "Something failed on our side", "Quote the request id when you report it."),
    }
}
