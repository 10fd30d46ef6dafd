//! Applications and invitations, made behind the product's back.

use caredesk::store::columns::AnyId;
use caredesk::store::schema::{
    acceptances, application_children, application_terms, applications, invitations,
};
use caredesk::vault::{FamilyCode, Opaque, OpaqueKind, Purpose};
use caredesk_core::domain::account::Locale;
use caredesk_core::domain::application::{ApplicationStatus, OnlineAccount};
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::invitation::{InvitationState, LIFETIME};
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{ApplicationNumber, EmailAddress, PersonName, PhoneNumber};
use diesel::prelude::*;
use jiff::SignedDuration;
use uuid::Uuid;

use super::app::App;
use super::scene::{behind, fresh_slug};

/// How an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// A draft.
    Draft,
    /// Submitted, and nobody was invited.
    Submitted,
    /// Submitted, and its family invited.
    Invited,
    /// Linked to an account.
    Linked(Uuid),
}

/// The ids of an application, of its invitation, and of an acceptance of that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) application: Uuid,
    pub(crate) invitation: Uuid,
    pub(crate) acceptance: Uuid,
}

impl Ids {
    /// Ids that nothing has yet.
    pub(crate) fn fresh() -> Self {
        Self { application: Uuid::now_v7(), invitation: Uuid::now_v7(), acceptance: Uuid::now_v7() }
    }
}

/// Makes an application anew, at its first version.
pub(crate) async fn keep(app: &App, tenant: TenantId, ids: Ids, stands: Stands) {
    let (application, now) = (AnyId(ids.application), app.house.clock.now());
    let number = format!("S-{}", ids.application.simple());
    let online = match stands {
        Stands::Draft | Stands::Submitted => OnlineAccount::None,
        Stands::Invited => OnlineAccount::Invited,
        Stands::Linked(_) => OnlineAccount::Linked,
    };
    let status = match stands {
        Stands::Draft => ApplicationStatus::Draft,
        _ => ApplicationStatus::Submitted,
    };
    let until = (stands == Stands::Invited).then(|| now.plus(LIFETIME));
    let linked = match stands {
        Stands::Linked(account) => Some(AnyId(account)),
        _ => None,
    };
    behind(app, move |conn| {
        let theirs = invitations::table.filter(invitations::application_id.eq(application));
        let sent: Vec<AnyId> = theirs.select(invitations::id).load(conn)?;
        let begun = acceptances::table.filter(acceptances::invitation_id.eq_any(sent));
        diesel::delete(begun).execute(conn)?;
        diesel::delete(theirs).execute(conn)?;
        let children = application_children::application_id.eq(application);
        diesel::delete(application_children::table.filter(children)).execute(conn)?;
        let terms = application_terms::application_id.eq(application);
        diesel::delete(application_terms::table.filter(terms)).execute(conn)?;
        diesel::delete(applications::table.find(application)).execute(conn)?;
        let row = (
            (applications::id.eq(application), applications::tenant_id.eq(tenant)),
            applications::number.eq(ApplicationNumber::parse(&number).unwrap()),
            applications::number_key.eq(number.to_lowercase()),
            applications::family_name.eq(PersonName::parse("Ruiz Ortega").unwrap()),
            applications::family_key.eq("ruiz ortega"),
            applications::email.eq(EmailAddress::parse("familia@mail.example").unwrap()),
            applications::phone.eq(PhoneNumber::parse("+15550100231").unwrap()),
            (
                applications::preferred_method.eq(Method::Email),
                applications::locale.eq(Locale::English),
            ),
            (applications::status.eq(status), applications::online_account.eq(online)),
            applications::invited_until.eq(until),
            applications::account_id.eq(linked),
            applications::linked_at.eq(linked.map(|_| now)),
            (applications::created_at.eq(now), applications::updated_at.eq(now)),
            applications::version.eq(1_i64),
        );
        diesel::insert_into(applications::table).values(row).execute(conn)
    })
    .await;
}

/// Makes an application anew whose family was invited, with a code of the test's choice.
pub(crate) async fn invite(app: &App, tenant: TenantId, ids: Ids, code: &str) {
    keep(app, tenant, ids, Stands::Invited).await;
    let code = FamilyCode::parse(code).unwrap();
    let link = Opaque::make(&app.house.entropy, OpaqueKind::Invitation);
    let (handle, keys) = (code.handle().to_owned(), &app.house.keys);
    let (link_hash, code_hash) = (link.hash(keys).to_vec(), code.hash(keys).to_vec());
    let now = app.house.clock.now();
    behind(app, move |conn| {
        // The same code, of another scene.
        let others = invitations::table.filter(invitations::handle.eq(handle.clone()));
        let renamed = invitations::handle.eq("000000");
        diesel::update(others).set(renamed).execute(conn)?;
        let row = (
            (invitations::id.eq(AnyId(ids.invitation)), invitations::tenant_id.eq(tenant)),
            invitations::application_id.eq(AnyId(ids.application)),
            (
                invitations::method.eq(Method::Email),
                invitations::recipient.eq("familia@mail.example"),
            ),
            invitations::state.eq(InvitationState::Pending),
            (invitations::link_hash.eq(link_hash), invitations::handle.eq(handle)),
            (invitations::code_hash.eq(code_hash), invitations::attempts.eq(0_i64)),
            (invitations::created_at.eq(now), invitations::expires_at.eq(now.plus(LIFETIME))),
            invitations::ended_at.eq(None::<Moment>),
            invitations::version.eq(1_i64),
        );
        diesel::insert_into(invitations::table).values(row).execute(conn)
    })
    .await;
}

/// Takes the invitation back.
pub(crate) async fn revoke(app: &App, ids: Ids) {
    let row = invitations::table.find(AnyId(ids.invitation));
    let revoked = invitations::state.eq(InvitationState::Revoked);
    behind(app, move |conn| diesel::update(row).set(revoked).execute(conn)).await;
}

/// Begins an account by the invitation, with six digits of the test's choice and a contact that nobody has.
pub(crate) async fn begin(app: &App, ids: Ids, digits: &str) {
    let bound = format!("code|{}|{digits}", ids.acceptance);
    let hash = app.house.keys.keyed_hash(Purpose::Tokens, bound.as_bytes()).to_vec();
    let now = app.house.clock.now();
    behind(app, move |conn| {
        let row = (
            acceptances::id.eq(AnyId(ids.acceptance)),
            acceptances::invitation_id.eq(AnyId(ids.invitation)),
            acceptances::method.eq(Method::Email),
            acceptances::contact.eq(format!("{}@families.example", fresh_slug())),
            acceptances::hash.eq(hash),
            acceptances::attempts.eq(0_i64),
            acceptances::created_at.eq(now),
            acceptances::expires_at.eq(now.plus(SignedDuration::from_mins(10))),
        );
        diesel::insert_into(acceptances::table).values(row).execute(conn)
    })
    .await;
}
