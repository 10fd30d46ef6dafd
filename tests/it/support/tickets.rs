//! Tickets, made behind the product's back.

use std::sync::atomic::{AtomicI64, Ordering};

use caredesk::store::columns::{AnyId, Json};
use caredesk::store::schema::{
    attachments, internal_ticket_links, jobs, tenants, ticket_actions, ticket_claims, ticket_codes,
    ticket_details, ticket_entries, ticket_export_parts, ticket_links, ticket_objections,
    ticket_originals, ticket_passes, ticket_tags, ticket_targets, ticket_terms, ticket_watchers,
    tickets,
};
use caredesk::store::tickets::{TicketOrder, TicketQuery, TicketView};
use caredesk::vault::{Opaque, Place, Purpose};
use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::ids::TenantId;
use caredesk_core::domain::job::JobKind;
use caredesk_core::domain::notification::Method;
use caredesk_core::domain::proof::CALLER_CODE_LASTS;
use caredesk_core::domain::tenant::TenantSettings;
use caredesk_core::domain::ticket::{
    EntryKind, MaskedSubject, MaskedText, ObjectionState, Priority, Resolution, TicketKind,
    TicketPass, TicketState, Tier, TierTwoAction,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::verification::Verification;
use caredesk_core::policy::desk::{Channel, Outcome, RequestType, RequesterKind};
use caredesk_core::policy::pii::Case;
use data_encoding::BASE64URL_NOPAD;
use diesel::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::app::App;
use super::scene::{SENT, behind, fresh_slug};

/// Numbers the tickets of this process, above those that the product draws on PostgreSQL.
static NEXT: AtomicI64 = AtomicI64::new(900_000);

/// How a ticket stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stand {
    pub(crate) kind: TicketKind,
    pub(crate) state: TicketState,
    pub(crate) tier: Tier,
    pub(crate) requester: Uuid,
    pub(crate) assignee: Option<Uuid>,
    pub(crate) organization_takes_part: bool,
    pub(crate) channel: Channel,
}

impl Stand {
    /// Open at the first tier, and nobody's.
    pub(crate) fn open(requester: Uuid) -> Self {
        Self {
            kind: TicketKind::Ordinary,
            state: TicketState::Open,
            tier: Tier::One,
            requester,
            assignee: None,
            organization_takes_part: false,
            channel: Channel::Portal,
        }
    }
}

/// Makes a ticket anew, at its first version, with one entry that its requester objects to the masking of, and a code
/// on its way; at the second tier with what was done there.
#[expect(clippy::too_many_lines, reason = "a row of every table")]
pub(crate) async fn keep(app: &App, (tenant, decision): (TenantId, Uuid), id: Uuid, stand: Stand) {
    let (ticket, now) = (AnyId(id), app.house.clock.now());
    let number = NEXT.fetch_sub(1, Ordering::Relaxed);
    let place = Place { tenant: Some(tenant), table: "ticket_originals", row: id, column: "names" };
    let names = serde_json::to_vec(&Case::default()).unwrap();
    let names = app.house.keys.seal(&app.house.entropy, &place, &names);
    let sealed = |table, row, column, text: &str| {
        let place = Place { tenant: Some(tenant), table, row, column };
        app.house.keys.seal(&app.house.entropy, &place, text.as_bytes())
    };
    let entry = Uuid::now_v7();
    let subject = sealed("ticket_originals", id, "subject", "The page of Nora stays white");
    let written = "Since this morning the page of Nora stays white.";
    let original = sealed("ticket_entries", entry, "original", written);
    let code = format!("code|{id}|{SENT}");
    let code = app.house.keys.keyed_hash(Purpose::Tokens, code.as_bytes()).to_vec();
    let until = now.plus(CALLER_CODE_LASTS);
    let closed = (stand.state == TicketState::Closed).then_some(now);
    behind(app, move |conn| {
        let of = ticket_codes::ticket_id.eq(ticket);
        diesel::delete(ticket_codes::table.filter(of)).execute(conn)?;
        diesel::delete(ticket_claims::table.find(ticket)).execute(conn)?;
        let of = ticket_objections::ticket_id.eq(ticket);
        diesel::delete(ticket_objections::table.filter(of)).execute(conn)?;
        let of = internal_ticket_links::ticket_id.eq(ticket);
        diesel::delete(internal_ticket_links::table.filter(of)).execute(conn)?;
        let of = ticket_entries::ticket_id.eq(ticket);
        diesel::delete(ticket_entries::table.filter(of)).execute(conn)?;
        let of = attachments::ticket_id.eq(ticket);
        diesel::delete(attachments::table.filter(of)).execute(conn)?;
        let of = ticket_actions::ticket_id.eq(ticket);
        diesel::delete(ticket_actions::table.filter(of)).execute(conn)?;
        let of = ticket_watchers::ticket_id.eq(ticket);
        diesel::delete(ticket_watchers::table.filter(of)).execute(conn)?;
        let of = ticket_links::ticket_id.eq(ticket).or(ticket_links::other_id.eq(ticket));
        diesel::delete(ticket_links::table.filter(of)).execute(conn)?;
        let of = ticket_tags::ticket_id.eq(ticket);
        diesel::delete(ticket_tags::table.filter(of)).execute(conn)?;
        let of = ticket_passes::ticket_id.eq(ticket);
        diesel::delete(ticket_passes::table.filter(of)).execute(conn)?;
        diesel::delete(ticket_details::table.find(ticket)).execute(conn)?;
        diesel::delete(ticket_originals::table.find(ticket)).execute(conn)?;
        let of = ticket_terms::ticket_id.eq(ticket);
        diesel::delete(ticket_terms::table.filter(of)).execute(conn)?;
        diesel::delete(ticket_targets::table.find(ticket)).execute(conn)?;
        diesel::delete(tickets::table.find(ticket)).execute(conn)?;
        let row = (
            (tickets::id.eq(ticket), tickets::number.eq(number), tickets::tenant_id.eq(tenant)),
            (tickets::kind.eq(stand.kind), tickets::state.eq(stand.state)),
            (tickets::tier.eq(stand.tier), tickets::priority.eq(Priority::Normal)),
            tickets::resolution.eq(closed.map(|_| Resolution::Solved)),
            tickets::assignee_id.eq(stand.assignee.map(AnyId)),
            tickets::request_type.eq(RequestType::parse("technical.error.report").unwrap()),
            (tickets::outcome.eq(Outcome::Assist), tickets::decision_id.eq(AnyId(decision))),
            tickets::requester.eq(RequesterKind::SupportUser),
            tickets::requester_id.eq(Some(AnyId(stand.requester))),
            (tickets::channel.eq(stand.channel), tickets::locale.eq(Locale::English)),
            tickets::verification.eq(Verification::SignedIn),
            (tickets::is_confirmed.eq(false), tickets::is_for_team.eq(true)),
            tickets::organization_takes_part.eq(stand.organization_takes_part),
            tickets::subject.eq(MaskedSubject::parse("The page stays white").unwrap()),
            tickets::waiting_since.eq(None::<Moment>),
            tickets::closed_at.eq(closed),
            (tickets::created_at.eq(now), tickets::updated_at.eq(now), tickets::version.eq(1_i64)),
        );
        diesel::insert_into(tickets::table).values(row).execute(conn)?;
        let row = (
            ticket_originals::ticket_id.eq(ticket),
            ticket_originals::subject.eq(Some(subject)),
            ticket_originals::names.eq(names),
        );
        diesel::insert_into(ticket_originals::table).values(row).execute(conn)?;
        let text = MaskedText::parse("Since this morning the page stays white.").unwrap();
        let row = (
            (ticket_entries::id.eq(AnyId(entry)), ticket_entries::ticket_id.eq(ticket)),
            ticket_entries::original.eq(Some(original)),
            (ticket_entries::at.eq(now), ticket_entries::kind.eq(EntryKind::Reply)),
            ticket_entries::author.eq("support_user"),
            ticket_entries::author_id.eq(Some(AnyId(stand.requester))),
            (ticket_entries::is_internal.eq(false), ticket_entries::text.eq(text)),
            (ticket_entries::hints.eq(Json(json!([]))), ticket_entries::detail.eq(Json(json!({})))),
        );
        diesel::insert_into(ticket_entries::table).values(row).execute(conn)?;
        // An objection to that entry, which has the id of the ticket.
        let row = (
            (ticket_objections::id.eq(ticket), ticket_objections::ticket_id.eq(ticket)),
            ticket_objections::entry_id.eq(Some(AnyId(entry))),
            ticket_objections::reason_id.eq(AnyId(entry)),
            ticket_objections::author_id.eq(AnyId(stand.requester)),
            ticket_objections::state.eq(ObjectionState::Open),
            ticket_objections::created_at.eq(now),
        );
        diesel::insert_into(ticket_objections::table).values(row).execute(conn)?;
        let row = (
            (ticket_codes::id.eq(ticket), ticket_codes::ticket_id.eq(ticket)),
            (ticket_codes::method.eq(Method::Email), ticket_codes::hash.eq(code)),
            ticket_codes::attempts.eq(0_i64),
            ticket_codes::created_by.eq(AnyId(stand.requester)),
            (ticket_codes::created_at.eq(now), ticket_codes::expires_at.eq(until)),
        );
        diesel::insert_into(ticket_codes::table).values(row).execute(conn)?;
        if let (Tier::Two, Some(agent)) = (stand.tier, stand.assignee) {
            let row = (
                ticket_actions::id.eq(AnyId(Uuid::now_v7())),
                ticket_actions::ticket_id.eq(ticket),
                ticket_actions::kind.eq(TierTwoAction::ContactedRequester),
                ticket_actions::recorded_by.eq(AnyId(agent)),
                ticket_actions::recorded_at.eq(now),
            );
            diesel::insert_into(ticket_actions::table).values(row).execute(conn)?;
        }
        Ok(1)
    })
    .await;
}

/// Makes a job that is over an export by somebody of a role, with its file.
pub(crate) async fn keep_export(app: &App, (tenant, role): (Option<TenantId>, Role), job: Uuid) {
    let filter = TicketQuery {
        view: TicketView::Everything,
        search: None,
        state: None,
        priority: None,
        request_type: None,
        tag: None,
        tenant: None,
        assignee: None,
        since: None,
        until: None,
        order: TicketOrder::Newest,
        after: None,
        limit: 0,
    };
    let asked = serde_json::to_vec(&json!({"role": role, "filter": filter})).unwrap();
    let place = Place { tenant, table: "jobs", row: job, column: "params" };
    let sealed = app.house.keys.seal(&app.house.entropy, &place, &asked);
    let params = json!({"id": job, "sealed": BASE64URL_NOPAD.encode(&sealed)});
    let place = Place { tenant, table: "ticket_export_parts", row: job, column: "bytes" };
    let part = app.house.keys.seal(&app.house.entropy, &place, b"number\r\nC-000123\r\n");
    behind(app, move |conn| {
        let row = jobs::table.filter(jobs::id.eq(AnyId(job)));
        let kind = jobs::kind.eq(JobKind::TicketExport);
        diesel::update(row).set((kind, jobs::params.eq(Json(params.clone())))).execute(conn)?;
        let row = (
            ticket_export_parts::job_id.eq(AnyId(job)),
            ticket_export_parts::seq.eq(0),
            ticket_export_parts::bytes.eq(part.clone()),
        );
        diesel::insert_into(ticket_export_parts::table).values(row).execute(conn)
    })
    .await;
}

/// Makes a ticket a caller's of whom nothing is known.
pub(crate) async fn forget_the_requester(app: &App, ticket: Uuid) {
    let row = tickets::table.find(AnyId(ticket));
    let nobody = (
        tickets::requester_id.eq(None::<AnyId>),
        tickets::verification.eq(Verification::None),
        tickets::channel.eq(Channel::Phone),
    );
    behind(app, move |conn| diesel::update(row).set(nobody).execute(conn)).await;
}

/// Puts somebody in copy of a ticket.
pub(crate) async fn watch(app: &App, ticket: Uuid, account: Uuid) {
    let now = app.house.clock.now();
    behind(app, move |conn| {
        let row = (
            ticket_watchers::account_id.eq(AnyId(account)),
            (ticket_watchers::opened_at.eq(now), ticket_watchers::added_at.eq(now)),
            ticket_watchers::ticket_id.eq(AnyId(ticket)),
            ticket_watchers::added_by.eq(AnyId(account)),
        );
        diesel::insert_into(ticket_watchers::table).values(row).execute(conn)
    })
    .await;
}

/// Lets whoever has a secret see a ticket.
pub(crate) async fn let_view(app: &App, ticket: Uuid, (pass, secret): (TicketPass, &Opaque)) {
    let (hash, now) = (secret.hash(&app.house.keys).to_vec(), app.house.clock.now());
    behind(app, move |conn| {
        diesel::delete(ticket_passes::table.find(hash.clone())).execute(conn)?;
        let row = (
            (ticket_passes::hash.eq(hash), ticket_passes::purpose.eq(pass)),
            ticket_passes::ticket_id.eq(AnyId(ticket)),
            ticket_passes::created_at.eq(now),
            ticket_passes::expires_at.eq(now.plus(pass.lasts())),
        );
        diesel::insert_into(ticket_passes::table).values(row).execute(conn)
    })
    .await;
}

/// Lets tickets be opened in an organisation without a search of the help centre.
pub(crate) async fn ask_no_search(app: &App, tenant: TenantId) {
    let settings = TenantSettings { help_search_required: false, ..TenantSettings::default() };
    let row = tenants::table.filter(tenants::id.eq(tenant));
    let set = tenants::settings.eq(Json(settings));
    behind(app, move |conn| diesel::update(row).set(set.clone()).execute(conn)).await;
}

/// A new tenant that asks for no search of the help centre.
pub(crate) async fn tenant(app: &App) -> TenantId {
    let tenant = app.tenant_id(&fresh_slug()).await;
    ask_no_search(app, tenant).await;
    tenant
}

/// Why a ticket goes to the second tier, and what was tried.
pub(crate) fn escalation() -> Value {
    json!({"reason": "It stays so for this child only.", "tried": "Tried another browser."})
}

/// A ticket that the desk does something about.
pub(crate) fn error_report() -> Value {
    json!({
        "request_type": "technical.error.report", "subject": "The health history page does not load",
        "text": "Since this morning the page stays white for child K-20431, in Firefox 160."})
}

/// Has a ticket name a search of the help centre.
pub(crate) async fn name_search(app: &App, ticket: Uuid, search: Uuid) {
    let row = tickets::table.filter(tickets::id.eq(AnyId(ticket)));
    let set = tickets::help_search_id.eq(Some(AnyId(search)));
    behind(app, move |conn| diesel::update(row).set(set).execute(conn)).await;
}
