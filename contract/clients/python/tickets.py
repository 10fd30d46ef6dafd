"""A ticket from the help centre to its end, through everybody's hands."""

import time
from uuid import UUID, uuid4

from caredesk_client import AuthenticatedClient
from caredesk_client.api.articles import open_help_result, read_article, search_help
from caredesk_client.api.canned_replies import create_canned_reply
from caredesk_client.api.internal_tickets import accept_internal_ticket, create_internal_ticket
from caredesk_client.api.sessions import sign_out
from caredesk_client.api.tickets import (
    ask_requester,
    assign_ticket,
    escalate_ticket,
    list_tickets,
    open_ticket,
    read_ticket,
    record_ticket_action,
    reply_to_ticket,
    resolve_ticket,
    withdraw_ticket,
)
from caredesk_client.models import (
    AgentResolution,
    Article,
    ArticleState,
    AskRequester,
    AssignTicket,
    CannedReply,
    CreateCannedReply,
    CreateInternalTicket,
    EscalateTicket,
    HelpSearch,
    InternalTicket,
    InternalTicketKind,
    InternalTicketPriority,
    InternalTicketState,
    Locale,
    OpenHelpResult,
    OpenTicket,
    Problem,
    RecordTicketAction,
    ReplyToTicket,
    Resolution,
    ResolveTicket,
    SearchHelp,
    Ticket,
    TicketListView,
    TicketPage,
    TicketState,
    TierTwoAction,
)
from caredesk_client.types import UNSET, Response

from desk import expect, refused, signed_in_as_agent, signed_in_to_tenant


def walk_help(office: AuthenticatedClient) -> UUID:
    """Searches the help centre and reads what it finds. Gives the search."""
    search = expect(search_help.sync_detailed(client=office, body=SearchHelp(query="invite a family")), HelpSearch)
    result = search.results[0]
    opened = OpenHelpResult(article_id=result.article_id)
    assert open_help_result.sync_detailed(search.id, client=office, body=opened).status_code == 204
    article = expect(read_article.sync_detailed(result.article_id, client=office), Article)
    assert article.state == ArticleState.PUBLISHED and article.title == result.title
    return search.id


def open_one(office: AuthenticatedClient, word: str, search: UUID | None) -> Response[Ticket | Problem]:
    """Opens a ticket with a search, or without one."""
    new = OpenTicket(
        request_type="technical.error.report",
        subject=f"The list of families stays empty {word}",
        text="Since this morning the list stays empty, in Firefox 160.",
        help_search_id=search or UNSET,
    )
    return open_ticket.sync_detailed(client=office, body=new, idempotency_key=str(uuid4()))


def walk_ticket(office: AuthenticatedClient, word: str) -> UUID:
    """Opens a ticket and adds to it; opens another one and takes it back. Gives the first."""
    assert refused(open_one(office, word, None)) == "ticket.help_search_required"
    search = walk_help(office)
    made = open_one(office, word, search)
    ticket = expect(made, Ticket)
    assert made.headers["location"] == f"/v1/tickets/{ticket.id}" and ticket.number.startswith("C-")
    assert (ticket.state, ticket.tier, ticket.help_search_id) == (TicketState.NEW, 1, search)
    said = reply_to_ticket.sync_detailed(ticket.id, client=office, body=ReplyToTicket(text="It is the same in Safari."))
    assert expect(said, Ticket).state == TicketState.NEW
    mistaken = expect(open_one(office, word, search), Ticket)
    withdrawn = expect(withdraw_ticket.sync_detailed(mistaken.id, client=office), Ticket)
    assert (withdrawn.state, withdrawn.resolution) == (TicketState.CLOSED, Resolution.WITHDRAWN)
    return ticket.id


def walk_first_tier(tier1: AuthenticatedClient, office: AuthenticatedClient, ticket: UUID) -> None:
    """Takes a ticket out of the queue, asks its requester, who answers, and escalates it."""
    queue = list_tickets.sync_detailed(client=tier1, view=TicketListView.UNASSIGNED, limit=100)
    assert ticket in [row.id for row in expect(queue, TicketPage).data]
    taken = expect(assign_ticket.sync_detailed(ticket, client=tier1, body=AssignTicket()), Ticket)
    assert (taken.state, taken.assignee_name) == (TicketState.OPEN, "Cora Haas")
    asked = ask_requester.sync_detailed(ticket, client=tier1, body=AskRequester(text="Which filter is set?"))
    assert expect(asked, Ticket).state == TicketState.WAITING_ON_REQUESTER
    answered = reply_to_ticket.sync_detailed(ticket, client=office, body=ReplyToTicket(text="None."))
    assert expect(answered, Ticket).state == TicketState.OPEN
    tried = EscalateTicket(reason="The list stays empty without a filter.", tried="Tried two browsers.")
    escalated = expect(escalate_ticket.sync_detailed(ticket, client=tier1, body=tried), Ticket)
    assert (escalated.tier, escalated.assignee_id) == (2, None)


def walk_second_tier(tier2: AuthenticatedClient, office: AuthenticatedClient, ticket: UUID) -> None:
    """Takes it at the second tier, records what was done, and resolves it."""
    taken = expect(assign_ticket.sync_detailed(ticket, client=tier2, body=AssignTicket()), Ticket)
    assert taken.state == TicketState.OPEN
    how = ResolveTicket(resolution=AgentResolution.SOLVED, text="The list was mended; please load it again.")
    assert refused(resolve_ticket.sync_detailed(ticket, client=tier2, body=how)) == "ticket.action_required"
    action = RecordTicketAction(action=TierTwoAction.CONTACTED_REQUESTER)
    acted = expect(record_ticket_action.sync_detailed(ticket, client=tier2, body=action), Ticket)
    assert TierTwoAction.CONTACTED_REQUESTER in [entry.tier2_action for entry in acted.entries]
    resolved = expect(resolve_ticket.sync_detailed(ticket, client=tier2, body=how), Ticket)
    assert (resolved.state, resolved.resolution) == (TicketState.CLOSED, Resolution.SOLVED)
    seen = expect(read_ticket.sync_detailed(ticket, client=office), Ticket)
    assert seen.state == TicketState.CLOSED and not any(entry.is_internal for entry in seen.entries)


def walk_development(tier2: AuthenticatedClient, developer: AuthenticatedClient, word: str) -> None:
    """Writes a canned reply, and raises an internal ticket that a developer accepts."""
    text = "Hello {requester_name}, {case_number} is mended."
    new = CreateCannedReply(title=f"An empty list {word}", locale=Locale.EN, text=text)
    made = create_canned_reply.sync_detailed(client=tier2, body=new, idempotency_key=str(uuid4()))
    assert expect(made, CannedReply).text == text
    bug = CreateInternalTicket(
        kind=InternalTicketKind.BUG,
        title="The list stays empty",
        text="After a filter was removed the list stays empty.",
    )
    raised = create_internal_ticket.sync_detailed(client=tier2, body=bug, idempotency_key=str(uuid4()))
    internal = expect(raised, InternalTicket)
    assert (internal.state, internal.priority) == (InternalTicketState.REPORTED, InternalTicketPriority.HIGH)
    accepted = accept_internal_ticket.sync_detailed(internal.id, client=developer)
    assert expect(accepted, InternalTicket).state == InternalTicketState.ACCEPTED


def walk_desk() -> None:
    """A ticket from the help centre to its end, with everybody who has to do with it signed in."""
    word = f"py{time.time_ns():x}"
    with (
        signed_in_to_tenant() as office,
        signed_in_as_agent("TIER1") as tier1,
        signed_in_as_agent("TIER2") as tier2,
        signed_in_as_agent("DEVELOPER") as developer,
    ):
        ticket = walk_ticket(office, word)
        walk_first_tier(tier1, office, ticket)
        walk_second_tier(tier2, office, ticket)
        walk_development(tier2, developer, word)
        for client in (office, tier1, tier2, developer):
            assert sign_out.sync_detailed(client=client).status_code == 204
