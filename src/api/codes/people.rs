//! What the codes about people, their roles, accounts and files mean to a client.

use caredesk_core::domain::code::Code;

use super::{CodeRow, row};

/// Codes about people, their roles, accounts and files, or about none of them.
pub(super) const fn of_people(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::SiteAdminByAccessChange
        | C::SupportUserByAccessChange
        | C::SiteAdminAlready
        | C::SupportUserAlready
        | C::NotEligible
        | C::SupportUserGeneric
        | C::LastSiteAdmin
        | C::NoFirstSiteAdmin => of_an_appointment(code),
        C::UserOutOfReach
        | C::OwnContact
        | C::UserNameTaken
        | C::AddressReserved
        | C::AddressShared
        | C::InvitationAccepted
        | C::InvitationMissing
        | C::TrainingFull
        | C::TrainingWithdrawn => of_a_user(code),
        C::ApiKeyOver | C::ApiKeyRotating | C::ApiKeysFull => of_an_api_key(code),
        C::JobOver
        | C::UploadsFull
        | C::UploadComplete
        | C::UploadPending
        | C::UploadSuperseded
        | C::UploadEmpty
        | C::UploadInUse => of_a_job(code),
        C::RosterUnreadable
        | C::RosterEmpty
        | C::RosterColumnsMissing
        | C::RosterColumnTwice
        | C::RosterTooManyColumns
        | C::RosterTooManyRows
        | C::RosterRowsInvalid => of_a_roster(code),
        C::NotificationWaits
        | C::NotificationNotResent
        | C::NotificationOutdated
        | C::ContactBounced
        | C::ContactStopped
        | C::ContactInvalid
        | C::SuppressionStopped
        | C::PreviewMissing
        | C::SignatureWrong => super::sending::of_sending(code),
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
        _ => super::of_a_resource(code),
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

/// Codes about Site Admins and Support Users.
const fn of_an_appointment(code: Code) -> CodeRow {
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
        C::SiteAdminAlready => {
            row(409, "The user is a Site Admin already", "Nothing needs to be done.")
        }
        C::SupportUserAlready => {
            row(409, "The user is a Support User already", "Nothing needs to be done.")
        }
        C::SupportUserGeneric => row(
            409,
            "A Support User is a named person",
            "Give a first and a last name and an address that are the person's own, not those of a desk or a function.",
        ),
        C::NotEligible => row(
            409,
            "Not everything that is asked of a Support User is met",
            "Six months since first use, full training, an address of one's own, and an active account that is no Site Admin's.",
        ),
        C::LastSiteAdmin => row(
            409,
            "This is the last Site Admin in use",
            "Another Site Admin has to be there first: file an access change with the vendor's desk.",
        ),
        _ => row(
            409,
            "No Site Admin waits for a first link",
            "Only while no Site Admin is in use, and one was invited, can the link be sent again here.",
        ),
    }
}

/// Codes about users of an organisation.
const fn of_a_user(code: Code) -> CodeRow {
    use Code as C;
    match code {
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
        C::TrainingFull => {
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

/// Codes about keys of programs.
const fn of_an_api_key(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::ApiKeyOver => row(
            409,
            "The key was revoked or has expired",
            "It does not come back. Make another one: `create_api_key`.",
        ),
        C::ApiKeyRotating => row(
            409,
            "The secret of before still works",
            "Wait until `previous_secret_until`, or rotate with `overlap_hours` 0, which ends both at once.",
        ),
        _ => row(409, "The organisation has 50 keys", "Revoke one that nothing needs."),
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

/// Codes about files of users, or of applications.
const fn of_a_roster(code: Code) -> CodeRow {
    use Code as C;
    match code {
        C::RosterUnreadable => row(
            422,
            "The file cannot be read as a table",
            "Send comma-, semicolon- or tab-separated values in UTF-8, UTF-16 or Windows-1252.",
        ),
        C::RosterEmpty => row(
            422,
            "The file has no rows",
            "The first line names the columns, each further one is a user or an application.",
        ),
        C::RosterColumnsMissing => row(
            422,
            "The file lacks columns that every row needs",
            "A user has user_name, first_name, last_name and email, an application family_name; map them from other names, if need be.",
        ),
        C::RosterColumnTwice => row(
            422,
            "Two columns of the file are the same",
            "Leave one of them out, or map it to nothing.",
        ),
        C::RosterTooManyColumns => row(
            422,
            "The file has more than 64 columns",
            "Leave out those that nothing is made of.",
        ),
        C::RosterTooManyRows => row(
            422,
            "The file has more rows than one import takes",
            "Users: 20 000. Applications: 100 000, or 20 000 where all or nothing is asked for. Send it in parts.",
        ),
        _ => row(
            422,
            "Rows of the file cannot be imported, so none was",
            "The job's results say which, and why. Mend them, or import valid rows only.",
        ),
    }
}
