//! Tickets: rows and pages, for whoever may see which.

mod changes;
mod details;
mod development;
mod entries;
mod export;
mod list;
mod masking;
mod objections;
mod party;
mod passes;
mod people;
mod proofs;
mod related;
mod search;
mod targets;
mod terms;

use caredesk_core::domain::account::{Locale, Role};
use caredesk_core::domain::ids::{AccountId, ApplicationId, DecisionId, TenantId, TicketId};
use caredesk_core::domain::ticket::flow::Facts;
use caredesk_core::domain::ticket::{
    CaseNumber, MaskedSubject, Priority, Resolution, TicketKind, TicketState, TicketTarget, Tier,
};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::verification::Verification;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber};
use caredesk_core::policy::desk::{Channel, Outcome, RequestType, RequesterKind};
use caredesk_core::policy::{
    self, SeenTickets, SeenTogether, TargetFacts, TicketFacts, TicketSight,
};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Nullable};
use uuid::Uuid;

use super::columns::{AnyId, Doc, Json, Word};
use super::db::query::{Locked, SqlLiteral, nothing, sql};
use super::db::{Conn, MultiBackend};
use super::error::StoreResult;
use super::schema::{accounts, ticket_watchers, tickets};

pub use changes::{
    NewOriginals, give_all, has_action, insert, keep_names, link, mask_subject, move_on,
    record_action, watch, watcher_at, watchers,
};
pub use details::{DetailsRow, details, keep_details, mask_details, tag, tags};
pub use development::{Agent, LinkedInternalTicket, agents, internal_tickets_of, linked_to};
pub use entries::{
    Detail, Entry, EntryKey, EntryQuery, Hint, NewEntry, PublicText, Said, add, add_first, entries,
    last_said, public_texts, said,
};
pub use export::{export_part, forget_export, forget_exports, keep_part};
pub use list::{TicketKey, TicketQuery, TicketView, list};
pub use masking::{MaskedAnew, mask_entries};
pub use objections::{
    Masked, Objection, author_of_subject, decide_objection, masked, object, objection, objections,
    unmask_entry, unmask_subject, upheld,
};
pub use party::{
    Met, Party, Standing, application, facts_of, names, names_of_all, party, tenant_of_family,
    tenant_of_slug,
};
pub use passes::{end_links, forget_passes, keep_pass, redeem_link, viewed};
pub use people::{Watcher, numbered, unwatch, watchers_shown};
pub use proofs::{
    CallerCode, OnFile, count_code_attempt, end_codes, forget_expired_codes, guardian_contact,
    keep_code, open_code,
};
pub use related::{Related, number, related};
pub use targets::{claim, keep_targets, sleep_until, targets, timed};
pub use terms::index_anew;

/// A ticket as its row has it, but for its number.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tickets, treat_none_as_default_value = false)]
pub struct TicketRow {
    /// Its id.
    pub id: TicketId,
    /// The organisation that it is about.
    pub tenant_id: TenantId,
    /// Whether it is an emergency.
    pub kind: TicketKind,
    /// How far it has come.
    pub state: TicketState,
    /// Where it is worked on.
    pub tier: Tier,
    /// How soon it wants an answer.
    pub priority: Priority,
    /// How it ended.
    pub resolution: Option<Resolution>,
    /// Whose it is at the desk.
    pub assignee_id: Option<AccountId>,
    /// What is asked for.
    pub request_type: RequestType,
    /// What the policy said to that.
    pub outcome: Outcome,
    /// That decision.
    pub decision_id: DecisionId,
    /// As what the requester was judged.
    pub requester: RequesterKind,
    /// The requester's account; none of a caller who has none.
    pub requester_id: Option<AccountId>,
    /// By which way it came.
    pub channel: Channel,
    /// How it is known who asks.
    pub verification: Verification,
    /// The language the requester is written to in.
    pub locale: Locale,
    /// The application that it is about.
    pub application_id: Option<ApplicationId>,
    /// The search of the help centre that went before.
    pub help_search_id: Option<AnyId>,
    /// Whether an emergency was confirmed to be one.
    pub is_confirmed: bool,
    /// Whether the organisation sees it.
    pub is_for_team: bool,
    /// Whether it was handed to the organisation, or the organisation gets a copy of what is said.
    pub organization_takes_part: bool,
    /// What it is about, masked.
    pub subject: MaskedSubject,
    /// When the desk should have answered first.
    pub first_answer_due_at: Option<Moment>,
    /// When it did.
    pub first_answered_at: Option<Moment>,
    /// When it should be resolved.
    pub resolution_due_at: Option<Moment>,
    /// Since when somebody else than the desk is waited for.
    pub waiting_since: Option<Moment>,
    /// When it was closed.
    pub closed_at: Option<Moment>,
    /// When it was opened.
    pub created_at: Moment,
    /// When it last changed.
    pub updated_at: Moment,
    /// Counts the changes.
    pub version: i64,
    /// When the desk has to do something next; none while it has nothing to do.
    pub next_due_at: Option<Moment>,
}

impl TicketRow {
    /// What its targets follow from.
    pub const fn target_facts(&self) -> TargetFacts {
        TargetFacts {
            state: self.state,
            kind: self.kind,
            priority: self.priority,
            opened_at: self.created_at,
            waiting_since: self.waiting_since,
            first_answered_at: self.first_answered_at,
            closed_at: self.closed_at,
        }
    }

    /// The targets that are missed by a moment.
    pub fn missed(&self, now: Moment) -> Vec<TicketTarget> {
        let facts = self.target_facts();
        let is_missed = |target: &TicketTarget| {
            let due_at = match target {
                TicketTarget::FirstAnswer => self.first_answer_due_at,
                TicketTarget::Resolution => self.resolution_due_at,
            };
            due_at.is_some_and(|due_at| policy::is_missed(due_at, facts.ended_at(*target), now))
        };
        TicketTarget::ALL.iter().copied().filter(is_missed).collect()
    }
}

/// Somebody with an account, as far as a ticket shows them.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct Somebody {
    /// What they are.
    pub role: Role,
    /// Their running number in their organisation.
    pub number: Option<i64>,
    /// Their name.
    pub name: PersonName,
    /// Where they are written to.
    pub email: Option<EmailAddress>,
    /// Where they are called.
    pub phone: Option<PhoneNumber>,
}

/// A ticket with who is on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What people call it by.
    pub number: CaseNumber,
    /// The ticket.
    pub row: TicketRow,
    /// Its requester, if they have an account.
    pub requester: Option<Somebody>,
    /// The name of whoever has it at the desk.
    pub assignee: Option<PersonName>,
}

/// What stands in a row with what is joined to it.
type Found = (i64, TicketRow, Option<Somebody>, Option<PersonName>);

impl From<Found> for Ticket {
    fn from((number, row, requester, assignee): Found) -> Self {
        Self { number: CaseNumber::of(number), row, requester, assignee }
    }
}

/// As [`Found`], with what is read of one ticket alone.
type One = (
    i64,
    TicketRow,
    Option<Somebody>,
    Option<PersonName>,
    Option<AccountId>,
    bool,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    (i64, i64),
    (bool, Option<Json<Vec<String>>>),
    (bool, bool, bool),
);

/// Tickets with their requesters.
type Joined = diesel::dsl::LeftJoin<tickets::table, accounts::table>;
/// A query that conditions can still be added to.
type Boxed<'q> = diesel::dsl::IntoBoxed<'q, Joined, MultiBackend>;

/// What is read of each.
macro_rules! columns {
    () => {
        (tickets::number, TicketRow::as_select(), Option::<Somebody>::as_select(), assignee())
    };
}
use columns;

/// The tickets that somebody is in copy of.
macro_rules! watched_by {
    ($account:expr) => {
        ticket_watchers::table
            .filter(ticket_watchers::account_id.eq($account))
            .select(ticket_watchers::ticket_id)
    };
}
use watched_by;

/// The name of whoever has the ticket of the row.
fn assignee() -> SqlLiteral<Nullable<Word>> {
    sql("(SELECT staff.name FROM accounts AS staff WHERE staff.id = tickets.assignee_id)")
}

/// Of a ticket alone: whether the reader is in copy, whether the second tier recorded something, and what is
/// sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The ticket.
    pub ticket: Ticket,
    /// Whether the reader is in copy.
    pub is_in_copy: bool,
    /// Whether the second tier recorded what it did.
    pub has_action: bool,
    /// The subject as it was written, if something of it was masked, sealed.
    pub subject: Option<Vec<u8>>,
    /// Who a caller without an account is, sealed.
    pub caller: Option<Vec<u8>>,
    /// How many internal tickets are linked, and how many of them are not over.
    pub internal_tickets: (i64, i64),
    /// Whether somebody objected to what was masked.
    pub has_objections: bool,
    /// What there is beside it.
    pub beside: Besides,
    /// The proofs that the policy asked for with its last decision, in its words.
    pub missing: Vec<String>,
}

/// What there is beside a ticket, so that nothing is asked for that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Besides {
    /// Whether it has to do with other tickets.
    pub has_links: bool,
    /// Whether it is marked with something.
    pub has_tags: bool,
    /// Whether something was told beside its words, or is to be.
    pub has_details: bool,
}

impl Ticket {
    /// What the rules need to know of it, as it stands at a moment; with how many internal tickets it has, and how
    /// many of them are not over.
    pub fn facts(&self, internal_tickets: (i64, i64), now: Moment) -> TicketFacts {
        let row = &self.row;
        TicketFacts {
            id: row.id,
            tenant: row.tenant_id,
            requester: row.requester_id,
            assignee: row.assignee_id,
            is_by_caller: row.requester_id.is_none()
                || matches!(row.channel, Channel::Phone | Channel::Chat | Channel::Email),
            is_in_copy: false,
            organization_takes_part: row.organization_takes_part,
            is_answered: row.first_answered_at.is_some(),
            is_for_team: row.is_for_team,
            flow: Facts {
                state: Some(row.state),
                kind: row.kind,
                tier: row.tier,
                resolution: row.resolution,
                closed_at: row.closed_at,
                waits_since: row.waiting_since,
                is_assigned: row.assignee_id.is_some(),
                is_confirmed: row.is_confirmed,
                has_action: false,
                internal_tickets: development::stand(internal_tickets),
                now,
            },
            version: row.version,
        }
    }
}

impl Whole {
    /// What the rules need to know of it, as it stands at a moment.
    pub fn facts(&self, now: Moment) -> TicketFacts {
        let of_row = self.ticket.facts(self.internal_tickets, now);
        TicketFacts {
            is_in_copy: self.is_in_copy,
            flow: Facts { has_action: self.has_action, ..of_row.flow },
            ..of_row
        }
    }
}

/// The tickets that a reader may see.
fn visible<'q>(sight: TicketSight) -> Boxed<'q> {
    let all = tickets::table.left_join(accounts::table).into_boxed();
    match sight.seen() {
        SeenTickets::All => all,
        SeenTickets::AtTier(tier) => all.filter(tickets::tier.eq(tier)),
        SeenTickets::Nothing => all.filter(nothing()),
        SeenTickets::Some { account, together } => {
            let own = tickets::requester_id
                .eq(account)
                .or(tickets::id.eq_any(watched_by!(account)).nullable());
            match together {
                None | Some((_, SeenTogether::Nothing)) => all.filter(own),
                Some((tenant, SeenTogether::Team)) => {
                    let theirs = tickets::is_for_team.and(tickets::tenant_id.eq(tenant));
                    all.filter(own.or(theirs.nullable()))
                }
                Some((tenant, SeenTogether::AccessAndOwnPart)) => {
                    let theirs = tickets::is_for_team.and(tickets::tenant_id.eq(tenant));
                    let some = about_access().or(tickets::organization_takes_part);
                    all.filter(own.or(theirs.and(some).nullable()))
                }
            }
        }
    }
}

/// Whether the ticket of the row is about access: see `RequestType::is_about_access`.
fn about_access() -> SqlLiteral<Bool> {
    sql("(tickets.request_type LIKE 'access.%' OR tickets.request_type LIKE 'users.reactivate%')")
}

/// What is read of a ticket alone, by a reader.
macro_rules! whole {
    ($sight:expr) => {{
        let reader = match $sight.seen() {
            SeenTickets::Some { account, .. } => account,
            _ => AccountId::of(Uuid::nil()),
        };
        let in_copy = ticket_watchers::table
            .filter(ticket_watchers::ticket_id.eq(tickets::id))
            .filter(ticket_watchers::account_id.eq(reader))
            .select(ticket_watchers::account_id)
            .single_value();
        (
            tickets::number,
            TicketRow::as_select(),
            Option::<Somebody>::as_select(),
            assignee(),
            in_copy,
            recorded(),
            sealed("subject"),
            sealed("caller"),
            (development::linked(), development::pending()),
            (objected(), missing()),
            (
                stands(
                    "ticket_links",
                    "ticket_links.ticket_id = tickets.id OR ticket_links.other_id",
                ),
                stands("ticket_tags", "ticket_tags.ticket_id"),
                stands("ticket_details", "ticket_details.ticket_id"),
            ),
        )
    }};
}

impl From<One> for Whole {
    fn from(found: One) -> Self {
        let (
            number,
            row,
            requester,
            assignee,
            in_copy,
            has_action,
            subject,
            caller,
            linked,
            more,
            at,
        ) = found;
        let (has_objections, missing) = more;
        let (has_links, has_tags, has_details) = at;
        Self {
            ticket: Ticket::from((number, row, requester, assignee)),
            is_in_copy: in_copy.is_some(),
            has_action,
            subject,
            caller,
            internal_tickets: linked,
            has_objections,
            beside: Besides { has_links, has_tags, has_details },
            missing: missing.map(|Json(missing)| missing).unwrap_or_default(),
        }
    }
}

/// Whether a table has something of the ticket of the row.
fn stands(table: &'static str, column: &'static str) -> SqlLiteral<Bool> {
    sql(format!("EXISTS (SELECT 1 FROM {table} WHERE {column} = tickets.id)"))
}

/// Whether somebody objected to what was masked on the ticket of the row.
fn objected() -> SqlLiteral<Bool> {
    sql("EXISTS (SELECT 1 FROM ticket_objections WHERE ticket_objections.ticket_id = tickets.id)")
}

/// What the decision that the ticket of the row rests on asked for.
fn missing() -> SqlLiteral<Nullable<Doc>> {
    sql("(SELECT decisions.missing FROM decisions WHERE decisions.id = tickets.decision_id)")
}

/// One ticket, if the reader may see it.
pub fn find(conn: &mut Conn, sight: TicketSight, id: TicketId) -> StoreResult<Option<Whole>> {
    let found: Option<One> =
        visible(sight).filter(tickets::id.eq(id)).select(whole!(sight)).first(conn).optional()?;
    Ok(found.map(Whole::from))
}

/// Whether the second tier recorded something on the ticket of the row.
fn recorded() -> SqlLiteral<Bool> {
    sql("EXISTS (SELECT 1 FROM ticket_actions WHERE ticket_actions.ticket_id = tickets.id)")
}

/// A sealed column of the ticket of the row.
fn sealed(column: &'static str) -> SqlLiteral<Nullable<Binary>> {
    sql(format!(
        "(SELECT ticket_originals.{column} FROM ticket_originals \
         WHERE ticket_originals.ticket_id = tickets.id)"
    ))
}

/// One ticket, locked, so that what follows from its state holds until the transaction ends.
pub fn find_locked(
    conn: &mut Conn,
    sight: TicketSight,
    id: TicketId,
) -> StoreResult<Option<Whole>> {
    let row = tickets::table.find(id).select(tickets::id);
    let locked: Option<TicketId> = Locked(row).get_result(conn).optional()?;
    if locked.is_some() { find(conn, sight, id) } else { Ok(None) }
}

/// Tickets, of those that are named, that the reader may see. All that are named are locked, in the order of their
/// ids, so that nobody who locks others of them waits for whom they keep waiting.
pub fn find_all_locked(
    conn: &mut Conn,
    sight: TicketSight,
    ids: &[TicketId],
) -> StoreResult<Vec<Whole>> {
    let named = tickets::table.filter(tickets::id.eq_any(ids.to_vec()));
    let rows = named.order(tickets::id.asc()).select(tickets::id);
    let locked: Vec<TicketId> = Locked(rows).load(conn)?;
    let found: Vec<One> =
        visible(sight).filter(tickets::id.eq_any(locked)).select(whole!(sight)).load(conn)?;
    Ok(found.into_iter().map(Whole::from).collect())
}
