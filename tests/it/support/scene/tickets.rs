//! The ticket of a scene, as an operation needs to find it.

use caredesk::store::columns::AnyId;
use caredesk::store::schema::accounts;
use caredesk_core::domain::PhoneNumber;
use caredesk_core::domain::account::Role;
use caredesk_core::domain::attachment::AttachmentState;
use caredesk_core::domain::internal_ticket::InternalTicketState;
use caredesk_core::domain::ticket::{TicketKind, TicketState, Tier};
use caredesk_core::policy::desk::Channel;
use diesel::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::Scene;
use crate::support::actor::Actor;
use crate::support::articles;
use crate::support::attachments;
use crate::support::families::Stands;
use crate::support::internal;
use crate::support::tickets::{self, Stand};

impl Scene<'_> {
    /// Makes the ticket anew, as a test wants it to stand.
    pub(crate) async fn have_the_ticket(&self, stand: Stand) {
        self.keep_the_ticket(stand).await;
    }

    /// Makes the ticket anew.
    pub(super) async fn keep_the_ticket(&self, stand: Stand) {
        tickets::keep(self.app, (self.tenant, self.decision), self.ticket, stand).await;
    }

    /// Makes the attachment of the ticket anew.
    pub(super) async fn keep_the_attachment(&self, author: Uuid, state: AttachmentState) {
        let of = (self.tenant, self.ticket, author);
        attachments::keep(self.app, of, self.attachment, state).await;
    }

    /// Lets somebody open a ticket as the example has it.
    pub(super) async fn let_open_a_ticket(&self, who: &Actor<'_>) {
        tickets::ask_no_search(self.app, self.tenant).await;
        let role = self.role_of_account(AnyId(who.account)).await;
        if role == Some(Role::Guardian) {
            self.keep_the_application(Stands::Linked(who.account)).await;
        }
        let caller = json!({
            "requester": "family", "tenant_id": self.tenant, "channel": "phone",
            "email": "gil.ferro@mail.example"});
        *self.opens_with.borrow_mut() = match role {
            Some(Role::TierOne | Role::TierTwo) => Some(("on_behalf_of", caller)),
            Some(Role::Member) => Some(("request_type", json!("tickets.submit.emergency"))),
            _ => None,
        };
    }

    /// Makes the ticket such that somebody can do this with it, if anybody of their role can.
    pub(super) async fn let_have_the_ticket(&self, id: &str, who: &Actor<'_>) {
        let role = self.role_of_account(AnyId(who.account)).await;
        let agent = role.and_then(Tier::of);
        let requester = if agent.is_some() { self.user } else { who.account };
        let mut stand = Stand { tier: agent.unwrap_or(Tier::One), ..Stand::open(requester) };
        stand.assignee = agent.map(|_| who.account);
        match id {
            "assign_ticket" | "assign_tickets" => {
                (stand.state, stand.assignee) = (TicketState::New, None);
            }
            "add_ticket_details" if agent.is_some() => stand.channel = Channel::Phone,
            "confirm_emergency" | "decline_emergency" => stand.kind = TicketKind::Emergency,
            "add_ticket_watcher" if agent.is_some() => {
                stand.requester = self.someone(Role::Member).await.account;
            }
            "record_organization_answer" => {
                stand.state = TicketState::WaitingOnOrganization;
                stand.organization_takes_part = true;
            }
            "reopen_ticket" | "share_ticket_knowledge" => stand.state = TicketState::Closed,
            "follow_up_ticket" => {
                stand.state = TicketState::Closed;
                tickets::ask_no_search(self.app, self.tenant).await; // as before any new ticket
                if role == Some(Role::Guardian) {
                    self.keep_the_application(Stands::Linked(who.account)).await;
                }
            }
            "object_to_masking" => stand.requester = who.account, // whose words they are
            "wait_for_development" => {
                let (admin, state) =
                    (self.app.platform_admin().await.account, InternalTicketState::Reported);
                internal::keep(self.app, self.internal_ticket, admin, state).await;
            }
            "record_call_back" => {
                let account = accounts::table.filter(accounts::id.eq(AnyId(requester)));
                let reached = accounts::phone.eq(PhoneNumber::parse("+15550100299").unwrap());
                self.behind(move |conn| diesel::update(account).set(reached).execute(conn)).await;
            }
            "merge_ticket" => {
                let into = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e41".parse().unwrap();
                tickets::keep(self.app, (self.tenant, self.decision), into, stand).await;
            }
            _ => {}
        }
        self.keep_the_ticket(stand).await;
        self.have_what_is_beside(id).await;
    }

    /// What an operation finds beside its ticket: somebody in copy of it.
    pub(crate) async fn have_what_is_beside(&self, id: &str) {
        if id == "remove_ticket_watcher" {
            tickets::watch(self.app, self.ticket, self.user).await;
        }
        if id == "name_caller_account" {
            tickets::forget_the_requester(self.app, self.ticket).await;
        }
        if id == "read_ticket_help_search" {
            articles::searched(self.app, self.help_search, None, self.article).await;
            tickets::name_search(self.app, self.ticket, self.help_search).await;
        }
    }
}
