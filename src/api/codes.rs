//! What each code means to a client: its status, its title, and the page behind its `type`.

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
        _ => of_people(code),
    }
}

/// Codes about people, their roles and accounts, or about none of them.
const fn of_people(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::SiteAdminByAccessChange
        | C::SupportUserByAccessChange
        | C::LastSiteAdmin
        | C::NoFirstSiteAdmin
        | C::UserOutOfReach
        | C::OwnContact
        | C::UserNameTaken
        | C::AddressReserved
        | C::AddressShared
        | C::InvitationAccepted
        | C::InvitationMissing
        | C::TrainingFull
        | C::TrainingWithdrawn => of_a_user(code),
        C::JobOver
        | C::UploadsFull
        | C::UploadComplete
        | C::UploadPending
        | C::UploadSuperseded
        | C::UploadEmpty
        | C::UploadInUse => of_a_job(code),
        C::PermissionsOutOfReach
        | C::RoleBuiltIn
        | C::RoleNameReserved
        | C::RoleNameTaken
        | C::RoleInUse
        | C::RolesFull => of_a_role(code),
        C::AccountInactive
        | C::AccountAlreadyInactive
        | C::AccountNotInactive
        | C::AccountExists
        | C::RoleOutOfReach
        | C::OwnAccount
        | C::LastPlatformAdmin => of_an_account(code),
        _ => of_a_resource(code),
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
            "Bodies have at most 64 KiB, those of sign-in operations 4 KiB.",
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
            "Codes count once, for ten minutes and five attempts; have a new one sent.",
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

/// Codes about accounts and who looks after them.
const fn of_an_account(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::AccountInactive => {
            row(403, "The account is switched off", "An administrator can switch it on.")
        }
        C::AccountAlreadyInactive => {
            row(409, "The account is switched off", "Reactivate it first, if it is to be used.")
        }
        C::AccountNotInactive => {
            row(409, "The account is not switched off", "Nothing needs to be done.")
        }
        C::RoleOutOfReach => row(
            403,
            "You may not give or change this role",
            "Desk managers look after agents and developers, platform admins after everybody.",
        ),
        C::OwnAccount => row(
            403,
            "Nobody changes their own account here",
            "Ask somebody else who looks after the staff; `/v1/account` has what is one's own.",
        ),
        C::LastPlatformAdmin => row(
            409,
            "This is the last platform admin in use",
            "Make another one first: `create_desk_account`.",
        ),
        _ => row(409, "The address is in use", "Take another address."),
    }
}

/// Codes about jobs and the files that they use.
const fn of_a_job(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::JobOver => row(409, "The job is over", "Nothing more will happen; read its results."),
        C::UploadsFull => row(
            409,
            "Your organisation has twenty uploads",
            "Use or delete one of them; what is not used is wiped after a day.",
        ),
        C::UploadComplete => {
            row(409, "The upload has its content", "Announce another upload for another content.")
        }
        C::UploadPending => {
            row(409, "The upload has no content yet", "Send it: `write_upload_content`.")
        }
        C::UploadSuperseded => row(
            409,
            "The content is being sent anew",
            "The sending that began last counts; read the upload to see what became of it.",
        ),
        C::UploadEmpty => row(422, "The file is empty", "Send a file with at least one byte."),
        _ => row(
            409,
            "A job uses the upload",
            "It is wiped when the job is over; `cancel_job` stops the job.",
        ),
    }
}

/// Codes about users of an organisation.
const fn of_a_user(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::SiteAdminByAccessChange => row(
            403,
            "Only an access change makes, modifies or ends a Site Admin",
            "An active Site Admin of the organisation files it with the vendor's desk; where there is none, an owner on file authorises it. An agent of Tier II executes it.",
        ),
        C::SupportUserByAccessChange => row(
            403,
            "Only an access change makes or ends a Support User",
            "An active Site Admin of the organisation files it with the vendor's desk.",
        ),
        C::LastSiteAdmin => row(
            409,
            "This is the last Site Admin in use",
            "Another Site Admin has to be there first: file an access change with the vendor's desk.",
        ),
        C::NoFirstSiteAdmin => row(
            409,
            "No Site Admin waits for a first link",
            "Only while no Site Admin is in use, and one was invited, can the link be sent again here.",
        ),
        C::UserOutOfReach => row(
            403,
            "This user may do more than you",
            "A Site Admin of your organisation looks after them.",
        ),
        C::OwnContact => row(
            403,
            "One's own address and number are changed with a confirmation",
            "Change them under `/v1/account`: codes to the old and the new contact confirm it.",
        ),
        C::UserNameTaken => row(
            409,
            "Another user has this user name",
            "Take another one; case does not tell apart.",
        ),
        C::AddressReserved => row(
            409,
            "This address cannot be used here",
            "It is kept for one person. Take another address.",
        ),
        C::AddressShared => row(
            409,
            "A Support User's address is nobody else's",
            "Take an address that no other person uses.",
        ),
        C::InvitationAccepted => row(
            409,
            "The user has set a password already",
            "Somebody who forgot it asks for a new one themselves.",
        ),
        C::InvitationMissing => row(
            409,
            "There is no link to take back",
            "It was used, has expired, or was taken back.",
        ),
        _ => of_training(code),
    }
}

/// Codes about records of training.
const fn of_training(code: Code) -> CodeRow {
    match code {
        Code::TrainingFull => {
            row(409, "The user has 100 training records", "Withdrawn ones count, too.")
        }
        _ => row(409, "The record was withdrawn before", "Nothing needs to be done."),
    }
}

/// Codes about roles that organisations make.
const fn of_a_role(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::PermissionsOutOfReach => row(
            403,
            "Nobody passes on what they do not hold",
            "A Site Admin holds everything; `/v1/account/permissions` says what you hold.",
        ),
        C::RoleBuiltIn => row(
            403,
            "Built-in roles are as they are",
            "Make a role of your own out of the catalogue of permissions.",
        ),
        C::RoleNameReserved => row(
            403,
            "This name would be taken for a built-in role's",
            "Take another name. Site Admins and Support Users are made by an access change alone.",
        ),
        C::RoleNameTaken => {
            row(409, "Another role has this name", "Take another one; case does not tell apart.")
        }
        C::RoleInUse => row(
            409,
            "Users have this role",
            "Take it from them first: `list_users` with `role_id` shows who they are.",
        ),
        _ => row(409, "The organisation has 100 roles", "Delete one that nobody needs."),
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
