//! What an outcome brings with it, beside the answer itself.

use super::words::{Outcome, RequesterKind};

words! {
    /// Something that happens with a decision. Whoever carries a decision out does all of them.
    Effect {
        /// An entry in the audit. Every decision has it.
        AuditLog = "audit_log",
        /// The organisation's contact details are in the answer.
        ProvideOrgContact = "provide_org_contact",
        /// The organisation is notified at once.
        NotifyOrg = "notify_org",
        /// The organisation gets a copy of everything that is said in the case, its follow-ups and merges.
        CopyOrgOnThread = "copy_org_on_thread",
        /// The organisation's Site Admins and Support Users are named; never to a stranger, who gets the
        /// organisation's contact details instead.
        ListSiteAdminsAndSupportUsers = "list_site_admins_and_support_users",
        /// The answer says which condition is not met.
        StateUnmetCondition = "state_unmet_condition",
        /// Who asks has to be verified, or was.
        IdentityVerificationRequired = "identity_verification_required",
        /// The owner or another Site Admin has to authorise it, or has.
        OwnerOrOtherAdminAuthorization = "owner_or_other_admin_authorization",
        /// A case is opened.
        OpenCase = "open_case",
        /// The second tier sees it.
        GrantTier2View = "grant_tier2_view",
        /// The number of the case is sent to the requester.
        EmailCaseNumber = "email_case_number",
        /// The organisation is told, once, of what was changed.
        NotifyOrgByEmail = "notify_org_by_email",
        /// The organisation is asked to correct the address that it has on file.
        AskOrgUpdateEmailOnFile = "ask_org_update_email_on_file",
        /// The address is removed.
        ManualDeleteEmail = "manual_delete_email",
        /// Sent to an address that is on file already, and nowhere else.
        SendToAddressOnFileOnly = "send_to_address_on_file_only",
        /// What was attached is not kept.
        DiscardAttachment = "discard_attachment",
        /// The answer points to the alerts, where such a change is proposed and accepted.
        AlertsTabPointer = "alerts_tab_pointer",
        /// An entry among the organisation's alerts.
        AlertsTabEntry = "alerts_tab_entry",
        /// The organisation is reminded to make the change in its other databases.
        RemindUpdateExternalDatabases = "remind_update_external_databases",
        /// Help articles are suggested.
        SuggestHelpArticles = "suggest_help_articles",
        /// The case is marked as an emergency.
        FlagEmergency = "flag_emergency",
        /// All Site Admins of the organisation are told.
        NotifySiteAdmins = "notify_site_admins",
        /// The case gets a higher priority.
        RaisePriority = "raise_priority",
        /// Every criterion of a Support User is checked before anything is granted.
        EligibilityCheck = "eligibility_check",
        /// The audit shows what it was before and is after.
        AuditBeforeAfter = "audit_before_after",
        /// Whoever asked is called back at the number on file.
        CallbackOnFile = "callback_on_file",
        /// It is recorded why no Site Admin is available.
        RecordWhyAdminUnavailable = "record_why_admin_unavailable",
        /// One Site Admin is reactivated, and not another one.
        ReactivateExactlyOne = "reactivate_exactly_one",
        /// A second factor is set up before anything else.
        RequireTwoFactor = "require_two_factor",
        /// The answer says who reactivates whom: the desk one Site Admin, and they the others.
        ChainPointer = "chain_pointer",
        /// An invitation is sent.
        SendInvitation = "send_invitation",
        /// A new link goes out by the method that was chosen, or the preferred one.
        SendNewLinkViaPreferredMethod = "send_new_link_via_preferred_method",
        /// The code's 14 days begin.
        Start14DayClock = "start_14_day_clock",
        /// The code before is worth nothing any more.
        InvalidateOldCode = "invalidate_old_code",
        /// The family's access ends at once.
        RevokeAccess = "revoke_access",
        /// Every row gets its own result.
        PerRowResult = "per_row_result",
        /// The answer shows how a password is reset.
        PasswordResetPointer = "password_reset_pointer",
        /// The user name is said: masked to a verified person, in full to the organisation's staff, to nobody
        /// else at all.
        StateUsernameMasked = "state_username_masked",
        /// What is missing for help is asked for.
        AskMissingDetails = "ask_missing_details",
        /// What the second tier did is recorded.
        LogTier2Action = "log_tier2_action",
        /// An internal ticket is linked to the case.
        LinkInternalTicket = "link_internal_ticket",
        /// No personal data goes into the internal ticket.
        NoPiiInTicket = "no_pii_in_ticket",
        /// The closing message goes out.
        ClosureEmail = "closure_email",
        /// No personal data goes into that message.
        NoPiiInEmail = "no_pii_in_email",
        /// Personal data is masked for the first tier.
        MaskFromTier1 = "mask_from_tier1",
        /// The text as it was written is kept encrypted.
        EncryptOriginal = "encrypt_original",
        /// The author is told what was masked, and how to name people instead.
        HintAuthor = "hint_author",
        /// An identifier is asked for instead of a name.
        AskForIdInstead = "ask_for_id_instead",
        /// The reason for revealing is recorded.
        RecordRevealReason = "record_reveal_reason",
        /// The revealing is in the audit.
        AuditReveal = "audit_reveal",
    }
}

/// Effects that no rule may have, whoever writes it: telling whose account it is, showing the first tier what
/// was masked for it, and reactivating users past their Site Admins.
pub const FORBIDDEN: [&str; 3] =
    ["disclose_account_holder", "reveal_original_to_tier1", "reactivate_user"];

/// What an outcome brings by itself, whatever the rule.
pub(super) const fn usual(outcome: Outcome) -> &'static [Effect] {
    match outcome {
        Outcome::Perform | Outcome::Assist => &[Effect::AuditLog],
        Outcome::ReferToOrganization | Outcome::ProvideContact => {
            &[Effect::AuditLog, Effect::ProvideOrgContact]
        }
        Outcome::ReferToSiteAdmin => &[Effect::AuditLog, Effect::ListSiteAdminsAndSupportUsers],
        Outcome::Refuse => &[Effect::AuditLog, Effect::StateUnmetCondition],
        Outcome::VerifyFirst => &[Effect::AuditLog, Effect::IdentityVerificationRequired],
        Outcome::AuthorizeFirst => &[Effect::AuditLog, Effect::OwnerOrOtherAdminAuthorization],
        Outcome::Escalate => &[Effect::AuditLog, Effect::OpenCase, Effect::GrantTier2View],
    }
}

/// Everything that a decision brings: what the outcome brings, what the rule adds to it, and, where somebody
/// outside the organisation is referred to it, that it is notified and copied. In the order of the
/// vocabulary, none twice.
pub(super) fn effects(
    outcome: Outcome,
    own: &[Effect],
    requester: RequesterKind,
    is_copied: bool,
) -> Vec<Effect> {
    let mut all = [usual(outcome), own].concat();
    let is_referred = outcome == Outcome::ReferToOrganization && !requester.is_of_organization();
    if is_referred && is_copied {
        all.extend([Effect::NotifyOrg, Effect::CopyOrgOnThread]);
    }
    all.sort_unstable();
    all.dedup();
    all
}
