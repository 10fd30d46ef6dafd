//! The stable names of refusals. Never renamed, never reused; `api::codes` gives each its status and
//! its words.

words! {
    /// Why a request was refused.
    Code {
        /// The body is not JSON.
        MalformedJson = "request.malformed_json",
        /// An object has the same key twice.
        DuplicateKey = "request.duplicate_key",
        /// The body is nested too deeply.
        TooDeep = "request.too_deep",
        /// The operation wants a body.
        MissingBody = "request.missing_body",
        /// A header is not of its form.
        InvalidHeader = "request.invalid_header",
        /// Body or parameters break the published schema, or what a schema cannot say.
        Invalid = "request.invalid",
        /// The body has another media type.
        UnsupportedMediaType = "request.unsupported_media_type",
        /// The body is longer than the operation takes.
        BodyTooLarge = "request.body_too_large",
        /// The body did not arrive in time.
        TooSlow = "request.too_slow",
        /// The headers are longer than the server takes.
        HeadersTooLarge = "request.headers_too_large",
        /// No operation has this path.
        UnknownPath = "request.unknown_path",
        /// The path exists, with other methods.
        MethodNotAllowed = "request.method_not_allowed",
        /// The cursor is damaged, or was made for another list.
        CursorInvalid = "cursor.invalid",
        /// There is no such thing, or it is not the caller's to see.
        NotFound = "resource.not_found",
        /// No token was sent.
        Unauthenticated = "auth.required",
        /// The token is expired, forged, damaged, or its session is over.
        InvalidToken = "auth.invalid_token",
        /// Name and password do not belong together.
        WrongCredentials = "auth.wrong_credentials",
        /// The session has not proved its second factor.
        SecondFactorRequired = "second_factor.required",
        /// The second factor was proved too long ago for this operation.
        StepUpRequired = "second_factor.step_up_required",
        /// The code does not match, or was used before.
        SecondFactorWrongCode = "second_factor.wrong_code",
        /// No second factor is enrolled, or none is being enrolled.
        SecondFactorMissing = "second_factor.not_enrolled",
        /// The account has an authenticator app, whose codes are asked for.
        SecondFactorByApp = "second_factor.by_app",
        /// The account must have a second factor.
        SecondFactorCompulsory = "second_factor.compulsory",
        /// The recovery code is not one of the account's, or was used before.
        RecoveryCodeWrong = "second_factor.wrong_recovery_code",
        /// A code that was sent does not match.
        CodeWrong = "code.wrong",
        /// A code that was sent has expired, was used, or was tried too often.
        CodeNotUsable = "code.not_usable",
        /// The present password was not typed right.
        PasswordWrong = "password.wrong",
        /// The contact is the one that the account has.
        ContactUnchanged = "contact.unchanged",
        /// The account has nothing that a code could be sent to.
        ContactMissing = "contact.missing",
        /// The role may not do this.
        NotPermitted = "action.not_permitted",
        /// The account was switched off.
        AccountInactive = "account.inactive",
        /// The account is switched off already.
        AccountAlreadyInactive = "account.already_inactive",
        /// The account is not switched off.
        AccountNotInactive = "account.not_inactive",
        /// A role that the caller may not give, take or change.
        RoleOutOfReach = "desk_account.role_out_of_reach",
        /// The caller's own account, which others look after.
        OwnAccount = "desk_account.own_account",
        /// The last platform admin in use.
        LastPlatformAdmin = "desk_account.last_platform_admin",
        /// Somebody in the realm signs in with this address already.
        AccountExists = "account.address_in_use",
        /// Only an access change makes, modifies and ends Site Admins.
        SiteAdminByAccessChange = "site_admin.access_change_required",
        /// Only an access change makes and ends Support Users.
        SupportUserByAccessChange = "support_user.access_change_required",
        /// The user is a Site Admin.
        SiteAdminAlready = "site_admin.already",
        /// The user is a Support User.
        SupportUserAlready = "support_user.already",
        /// A criterion of Support Users is not met.
        NotEligible = "support_user.not_eligible",
        /// A Support User would get a name or an address that is no person's.
        SupportUserGeneric = "support_user.generic_name",
        /// The last Site Admin in use.
        LastSiteAdmin = "site_admin.last",
        /// The caller may not look after this user, who is more than they are.
        UserOutOfReach = "user.out_of_reach",
        /// The caller's own contact, which is changed with a confirmation.
        OwnContact = "user.own_contact",
        /// Another user of the organisation has this user name.
        UserNameTaken = "user.name_taken",
        /// The address is a Support User's, who shares it with nobody.
        AddressReserved = "user.address_reserved",
        /// A Support User may not have an address that somebody else uses.
        AddressShared = "support_user.address_shared",
        /// The user has set a password already.
        InvitationAccepted = "invitation.already_accepted",
        /// There is no link to take back.
        InvitationMissing = "invitation.none",
        /// The application was not submitted yet.
        ApplicationNotSubmitted = "application.not_submitted",
        /// The application was submitted before.
        ApplicationSubmitted = "application.already_submitted",
        /// The application was withdrawn.
        ApplicationWithdrawn = "application.withdrawn",
        /// Another application of the organisation has this number.
        ApplicationNumberTaken = "application.number_taken",
        /// A family's account is linked.
        ApplicationLinked = "application.linked",
        /// No family's account is linked.
        ApplicationNotLinked = "application.not_linked",
        /// The family was invited before.
        ApplicationInvited = "application.already_invited",
        /// The family was never invited.
        ApplicationNotInvited = "application.not_invited",
        /// The application lacks what the invitation would be sent to.
        ApplicationNoContact = "application.no_contact",
        /// After an unlink whoever invites says by what.
        InvitationMethodNeeded = "invitation.method_needed",
        /// The invitation's 14 days are over.
        InvitationExpired = "invitation.code_expired",
        /// A newer invitation took this one's place.
        InvitationReplaced = "invitation.code_replaced",
        /// The organisation took the invitation back.
        InvitationRevoked = "invitation.code_revoked",
        /// A family came by this invitation before.
        InvitationUsed = "invitation.code_used",
        /// The invitation was accepted, replaced, taken back, or its time is over.
        InvitationOver = "invitation.over",
        /// No invitation has this link or code.
        InvitationUnknown = "invitation.code_unknown",
        /// The rows are none, or of a filter that matches nothing.
        BatchEmpty = "batch.empty",
        /// A filter of somebody who may not read what it looks for.
        BatchReadingNeeded = "batch.reading_needed",
        /// Roles that permit what the caller does not hold.
        PermissionsOutOfReach = "role.permissions_out_of_reach",
        /// A built-in role, which nobody changes.
        RoleBuiltIn = "role.built_in",
        /// A name that would be taken for a built-in role's.
        RoleNameReserved = "role.name_reserved",
        /// Another role of the organisation has this name.
        RoleNameTaken = "role.name_taken",
        /// Users have the role.
        RoleInUse = "role.in_use",
        /// The organisation has as many roles as it may.
        RolesFull = "role.too_many",
        /// The user has as many training records as it may.
        TrainingFull = "training.too_many",
        /// The record was withdrawn before.
        TrainingWithdrawn = "training.already_withdrawn",
        /// The file is no table, or of an encoding that is not read.
        RosterUnreadable = "roster.unreadable",
        /// The file has no rows.
        RosterEmpty = "roster.empty",
        /// The file lacks columns that every row needs.
        RosterColumnsMissing = "roster.columns_missing",
        /// Two columns of the file mean the same.
        RosterColumnTwice = "roster.column_twice",
        /// The file has more columns than is sensible.
        RosterTooManyColumns = "roster.too_many_columns",
        /// The file has more rows than one import takes.
        RosterTooManyRows = "roster.too_many_rows",
        /// Rows cannot be imported, and all or nothing was asked for.
        RosterRowsInvalid = "roster.rows_invalid",
        /// The tenant has a Site Admin in use, or none that waits for a link.
        NoFirstSiteAdmin = "site_admin.none_invited",
        /// The one-time link is used, expired or unknown.
        LinkNotUsable = "link.not_usable",
        /// The password is too easy to guess.
        PasswordTooWeak = "password.too_weak",
        /// Somebody else changed the resource meanwhile.
        VersionStale = "version.stale",
        /// The operation wants to know which version is changed.
        VersionRequired = "version.required",
        /// The idempotency key was used for another request.
        IdempotencyReused = "idempotency.key_reused",
        /// The first request with this key is still running.
        IdempotencyInProgress = "idempotency.in_progress",
        /// The answer held a secret and was not kept.
        IdempotencyNotKept = "idempotency.answer_not_kept",
        /// Another tenant has this short name.
        SlugTaken = "tenant.slug_taken",
        /// The tenant is suspended already.
        TenantAlreadySuspended = "tenant.already_suspended",
        /// The tenant is not suspended.
        TenantNotSuspended = "tenant.not_suspended",
        /// The tenant of the caller is suspended.
        TenantSuspended = "tenant.suspended",
        /// The tenant has as many owners on file as it may.
        OwnersFull = "owner.too_many",
        /// Another owner of the tenant has this address.
        OwnerAddressTaken = "owner.address_in_use",
        /// The key was revoked or has expired.
        ApiKeyOver = "api_key.over",
        /// The key's secret of before still works.
        ApiKeyRotating = "api_key.rotation_running",
        /// The organisation has as many keys as it may.
        ApiKeysFull = "api_key.too_many",
        /// The job is over.
        JobOver = "job.over",
        /// The tenant has as many uploads as it may.
        UploadsFull = "upload.too_many",
        /// The upload has its content already.
        UploadComplete = "upload.already_complete",
        /// The upload has no content yet.
        UploadPending = "upload.not_complete",
        /// A later sending of the content took the place of this one.
        UploadSuperseded = "upload.superseded",
        /// The file has no bytes.
        UploadEmpty = "upload.empty",
        /// A job uses the upload.
        UploadInUse = "upload.in_use",
        /// Somebody who logs no tickets.
        TicketNotYoursToOpen = "ticket.not_yours_to_open",
        /// The help centre was not searched in the last 24 hours.
        HelpSearchRequired = "ticket.help_search_required",
        /// An agent opens tickets for callers only, and says for whom.
        TicketCallerRequired = "ticket.caller_required",
        /// The ticket is not in a state in which this is done.
        TicketNotInState = "ticket.not_in_state",
        /// The ticket is at the other tier.
        TicketTier = "ticket.tier",
        /// Others do this with the ticket.
        TicketNotYours = "ticket.not_yours",
        /// Nobody has the ticket, or another agent.
        TicketNotAssigned = "ticket.not_assigned",
        /// Somebody has the ticket.
        TicketAlreadyAssigned = "ticket.already_assigned",
        /// Whoever should have the ticket is no agent of its tier.
        TicketAssigneeUnfit = "ticket.assignee_unfit",
        /// The ticket is no emergency that waits to be judged.
        TicketNotEmergency = "ticket.not_emergency",
        /// The second tier has not recorded what it did.
        TicketActionRequired = "ticket.action_required",
        /// No internal ticket is linked.
        TicketInternalTicketRequired = "ticket.internal_ticket_required",
        /// The ticket ended in a way that is final.
        TicketFinal = "ticket.final",
        /// The ticket was closed too long ago.
        TicketTooOld = "ticket.too_old",
        /// The ticket cannot be merged into that one.
        TicketMergeTarget = "ticket.merge_target",
        /// The ticket has as many people in copy as it may.
        TicketWatchersFull = "ticket.too_many_watchers",
        /// The ticket has as many attachments as it may.
        AttachmentsFull = "attachment.too_many",
        /// The desk sends no attachments to families.
        AttachmentNotToFamilies = "attachment.not_to_families",
        /// Somebody else announced the attachment.
        AttachmentNotYours = "attachment.not_yours",
        /// The attachment has its content already.
        AttachmentComplete = "attachment.already_complete",
        /// The attachment has no content yet.
        AttachmentPending = "attachment.not_complete",
        /// A later sending of the content took the place of this one.
        AttachmentSuperseded = "attachment.superseded",
        /// The content is of another length than was said.
        AttachmentSizeWrong = "attachment.size_wrong",
        /// The content is of another type than was said, or of one that is not taken.
        AttachmentTypeWrong = "attachment.type_wrong",
        /// The second tier has not looked at the attachment yet.
        AttachmentQuarantined = "attachment.quarantined",
        /// The attachment waits for nobody to look at it.
        AttachmentNotQuarantined = "attachment.not_quarantined",
        /// The attachment was thrown away.
        AttachmentDiscarded = "attachment.discarded",
        /// What keeps the files cannot be reached.
        FilesUnavailable = "service.files_unavailable",
        /// No contact of whoever a ticket is for is on file.
        TicketNoContact = "ticket.no_contact_on_file",
        /// Nothing is sent to the contact of whoever a ticket is for that is on file.
        TicketContactUnreachable = "ticket.contact_unreachable",
        /// Whose ticket it is is known, and not to be said by an agent.
        TicketCallerKnown = "ticket.caller_known",
        /// Nothing of it was masked.
        TicketNothingMasked = "ticket.nothing_masked",
        /// There was an objection to it before.
        TicketObjected = "ticket.already_objected",
        /// The objection was decided.
        TicketObjectionDecided = "ticket.objection_decided",
        /// What was masked is personal for certain.
        TicketMaskingStands = "ticket.masking_stands",
        /// Whoever should be in copy of the ticket cannot be.
        TicketWatcherUnfit = "ticket.watcher_unfit",
        /// The message waits for its turn still.
        NotificationWaits = "notification.waits",
        /// A code, which is asked for where it is needed.
        NotificationNotResent = "notification.not_resent",
        /// What the message says is no longer so: the account or its contact has changed.
        NotificationOutdated = "notification.outdated",
        /// A server does not know the address.
        ContactBounced = "contact.bounced",
        /// The owner of the contact asked for nothing more to be sent.
        ContactStopped = "contact.stopped",
        /// Messages cannot be sent to the number.
        ContactInvalid = "contact.invalid",
        /// Only the owner of the contact takes back that nothing be sent.
        SuppressionStopped = "suppression.stopped",
        /// The message has no text of this form.
        PreviewMissing = "notification.no_such_form",
        /// What was written for the developers holds personal data.
        PersonalData = "internal_ticket.personal_data",
        /// The internal ticket is in a state that has no such step.
        InternalTicketState = "internal_ticket.wrong_state",
        /// A canned reply holds personal data.
        CannedPersonalData = "canned_reply.personal_data",
        /// An article of another side: the desk's, or an organisation's.
        ArticleOutOfReach = "article.out_of_reach",
        /// The article is published already.
        ArticlePublished = "article.already_published",
        /// The article is not published.
        ArticleNotPublished = "article.not_published",
        /// The article is archived.
        ArticleArchived = "article.archived",
        /// The article is not archived.
        ArticleNotArchived = "article.not_archived",
        /// The version has the words that the article says now.
        ArticleVersionCurrent = "article.version_current",
        /// The gateway's signature is missing or wrong.
        SignatureWrong = "hook.wrong_signature",
        /// The signature of an email that was handed over is missing, wrong or old.
        MailSignatureWrong = "hook.wrong_mail_signature",
        /// The operator's own mail server says that an email is not from whom it says.
        MailForged = "hook.mail_forged",
        /// An email is of no form that is read, or says nothing, or too much.
        MailUnreadable = "hook.mail_unreadable",
        /// An email answers no message that was sent to its sender about a ticket.
        MailOfNoTicket = "hook.mail_of_no_ticket",
        /// Too many requests from one address, account or contact.
        Throttled = "throttle.too_many_requests",
        /// More is asked for than can be served now.
        Busy = "service.busy",
        /// Something failed on our side.
        Internal = "service.internal_error",
    }
}
