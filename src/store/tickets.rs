//! Tickets: rows and pages, for whoever may see which.

mod changes;
mod claims;
mod details;
mod development;
mod entries;
mod export;
mod list;
mod objections;
mod party;
mod passes;
mod people;
mod proofs;
mod related;
mod row;
mod search;
mod targets;
mod terms;
mod whole;

use caredesk_core::domain::account::Role;
use caredesk_core::domain::ids::AccountId;
use caredesk_core::domain::ticket::flow::Facts;
use caredesk_core::domain::ticket::{CaseNumber, TicketTag};
use caredesk_core::domain::time::Moment;
use caredesk_core::domain::{EmailAddress, PersonName, PhoneNumber};
use caredesk_core::policy::desk::Channel;
use caredesk_core::policy::{SeenTickets, SeenTogether, TicketFacts, TicketSight};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use super::columns::Word;
use super::db::MultiBackend;
use super::schema::{accounts, ticket_watchers, tickets};
use crate::store::db::query::{SqlLiteral, nothing, sql};

pub use changes::{
    NewOriginals, give_all, has_action, insert, keep_names, link, mask_entries, mask_subject,
    move_on, record_action, watch, watcher_at, watchers,
};
pub use claims::{claimed, end_passes, keep_claim, requester_on_file};
pub use details::{
    DetailsRow, Telling, change_details, details, keep_details, mask_details, tag, tags,
};
pub use development::{Agent, LinkedInternalTicket, agents, internal_tickets_of, linked_to};
pub use entries::{
    Detail, Entry, EntryKey, EntryQuery, NewEntry, PublicText, Said, Speaker, add, add_first,
    entries, last_said, last_said_on_all, public_texts, said,
};
pub use export::{export_part, forget_export, forget_exports, keep_part};
pub use list::{Listed, TicketKey, TicketOrder, TicketQuery, TicketView, list};
pub use objections::{
    Masked, Objection, author_of_subject, decide_objection, masked, object, objection, objections,
    unmask_entry, unmask_subject, upheld, upheld_details,
};
pub use party::{
    Met, Party, Standing, application, facts_of, names, names_of_all, party, tenant_of_family,
    tenant_of_slug, tenants_of_family,
};
pub use passes::{end_link, forget_passes, keep_pass, redeem_link, viewed};
pub use people::{Watcher, number_of_user, numbered, unwatch, watchers_shown};
pub use proofs::{
    CallerCode, OnFile, count_code_attempt, end_codes, forget_expired_codes, guardian_contact,
    keep_code, open_code,
};
pub use related::{Related, number, related};
pub use row::TicketRow;
pub use targets::{claim, keep_targets, sleep_until, targets, timed};
pub use terms::index_anew;
pub use whole::{Besides, Whole, find, find_all_locked, find_locked};

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

/// Tickets with their requesters.
type Joined = diesel::dsl::LeftJoin<tickets::table, accounts::table>;
/// A query that conditions can still be added to.
type Boxed<'q> = diesel::dsl::IntoBoxed<'q, Joined, MultiBackend>;

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
            is_by_caller: is_by_caller(row.requester_id, row.channel),
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

/// Whether an agent writes down what whoever asked says.
fn is_by_caller(requester: Option<AccountId>, channel: Channel) -> bool {
    requester.is_none()
        || matches!(channel, Channel::Phone | Channel::Chat | Channel::Email | Channel::Form)
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
                Some((tenant, SeenTogether::SiteAdmins)) => {
                    let theirs = tickets::is_for_team.and(tickets::tenant_id.eq(tenant));
                    let told = about_access().or(policy_question());
                    let some = told.or(tickets::organization_takes_part);
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

/// Whether the ticket of the row is marked as a question of policy. Counted, so that PostgreSQL looks at the marks of
/// one ticket and does not read those of all of them first.
fn policy_question() -> SqlLiteral<Bool> {
    let tag = TicketTag::PolicyQuestion;
    sql(format!(
        "((SELECT count(*) FROM ticket_tags WHERE ticket_tags.ticket_id = tickets.id \
         AND ticket_tags.tag = '{tag}') > 0)"
    ))
}
