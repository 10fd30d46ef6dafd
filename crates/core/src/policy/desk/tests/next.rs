//! What is missing, and what a requester can do next.

use super::*;
use RequesterAction as N;
use RequesterKind as K;

/// Facts as they are written.
type Written = &'static [(&'static str, &'static str)];

/// Request type, requester, channel and facts; what is missing; what to do.
type Row =
    (&'static str, RequesterKind, Channel, Written, &'static str, &'static [RequesterAction]);
const NEXT: &[Row] = &[
    (
        "profiles.email.remove.own",
        K::EmailOwner,
        Channel::Phone,
        &[],
        "controls_mailbox = true",
        &[N::ConfirmMailbox],
    ),
    (
        "notifications.resend",
        K::Family,
        Channel::Phone,
        &[],
        "identity_verified = true",
        &[N::VerifyIdentity],
    ),
    (
        "users.reactivate",
        K::Family,
        Channel::Email,
        &[],
        "identity_verified = true",
        &[N::VerifyIdentity],
    ),
    (
        "users.reactivate.site_admin",
        K::SiteAdmin,
        Channel::Phone,
        &[("active_site_admins", "0")],
        "authorized_by = business_owner",
        &[N::GetAuthorization],
    ),
    (
        "users.reactivate.site_admin",
        K::BusinessOwner,
        Channel::Phone,
        &[],
        "from_owner_address_on_file = true",
        &[N::WriteFromOwnerAddress],
    ),
    (
        "profiles.email.remove.incorrect",
        K::OrgStaff,
        Channel::Phone,
        &[("org_confirms_incorrect", "true"), ("identity_verified", "false")],
        "identity_verified = true",
        &[N::VerifyIdentity],
    ),
    (
        "access.change.by_site_admin",
        K::SiteAdmin,
        Channel::Phone,
        &[],
        "by portal",
        &[N::AskOnPortal],
    ),
    (
        "access.change.by_site_admin",
        K::SiteAdmin,
        Channel::Portal,
        &[("two_factor", "false")],
        "two_factor = true",
        &[],
    ),
    (
        "access.change.by_owner_email",
        K::BusinessOwner,
        Channel::Phone,
        &[],
        "by email",
        &[N::AskByEmail],
    ),
    (
        "case.close.email",
        K::AgentTier1,
        Channel::Portal,
        &[("closure_email", "none")],
        "closure_email = sent",
        &[],
    ),
    ("pii.tier2.reveal", K::AgentTier2, Channel::Portal, &[], "escalated = true", &[]),
    ("health.record.change", K::Family, Channel::Phone, &[], "", &[N::ContactOrganization]),
    (
        "profiles.demographics.change",
        K::Family,
        Channel::Phone,
        &[],
        "",
        &[N::ContactOrganization, N::ProposeChange],
    ),
    ("tickets.submit", K::OrgStaff, Channel::Portal, &[], "", &[N::ContactSiteAdmin]),
    ("technical.error.report", K::Family, Channel::Phone, &[], "", &[N::SendDetails]),
    ("case.escalate.tier2", K::AgentTier1, Channel::Portal, &[], "", &[N::WaitForTier2]),
    ("invitations.linked.password_reset", K::Family, Channel::Phone, &[], "", &[N::ResetPassword]),
];

#[test]
fn what_is_missing_and_what_to_do_next_is_told() {
    for (request_type, requester, channel, written, missing, next) in NEXT {
        let decision = ask(request_type, *requester, *channel, facts(written));
        let told: Vec<String> = decision.missing.iter().map(ToString::to_string).collect();
        assert_eq!(
            (told.join(", ").as_str(), &*decision.next_actions),
            (*missing, *next),
            "{request_type}"
        );
    }
}

#[test]
fn nothing_is_missing_where_nothing_would_help() {
    for (request_type, requester, channel) in [
        ("pii.tier2.reveal", K::Family, Channel::Portal),
        ("pii.tier2.reveal", K::AgentTier1, Channel::Portal),
        ("access.change.by_owner_email", K::OrgStaff, Channel::Phone),
        ("access.site_admin.two_factor", K::SiteAdmin, Channel::Portal),
    ] {
        let decision = ask(request_type, requester, channel, Facts::new());
        assert_eq!(
            (decision.outcome, decision.missing),
            (Outcome::Refuse, Vec::new()),
            "{request_type}"
        );
    }
}
