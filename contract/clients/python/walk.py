"""The client of openapi-python-client: signs in, and takes a tenant and one of the staff through their lives; then,
as a Site Admin, a family's application, a batch and a key; last a ticket from the help centre to its end."""

import base64
import hashlib
import hmac
import os
import time
from typing import Any, TypeVar
from uuid import UUID, uuid4

from caredesk_client import AuthenticatedClient, Client
from caredesk_client.api.account import change_password, read_account, update_account
from caredesk_client.api.api_keys import create_api_key, revoke_api_key
from caredesk_client.api.applications import (
    create_application,
    invite_families,
    list_applications,
    list_invitations,
    read_application,
    reinvite_family,
    resend_invitation,
    revoke_invitation,
    submit_application,
    update_application,
)
from caredesk_client.api.articles import open_help_result, read_article, search_help
from caredesk_client.api.canned_replies import create_canned_reply
from caredesk_client.api.desk_accounts import (
    create_desk_account,
    deactivate_desk_account,
    read_desk_account,
    update_desk_account,
)
from caredesk_client.api.internal_tickets import accept_internal_ticket, create_internal_ticket
from caredesk_client.api.jobs import list_job_results, read_job
from caredesk_client.api.notifications import list_notifications
from caredesk_client.api.second_factor import verify_second_factor
from caredesk_client.api.sessions import list_sessions, sign_in, sign_out
from caredesk_client.api.tenants import (
    create_tenant,
    list_tenants,
    read_tenant,
    resume_tenant,
    suspend_tenant,
    update_tenant,
)
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
    Account,
    AccountStatus,
    AgentResolution,
    ApiKey,
    ApiKeyStatus,
    ApiKeyWithSecret,
    Application,
    ApplicationChoice,
    ApplicationPage,
    ApplicationStatus,
    Article,
    ArticleState,
    AskRequester,
    AssignTicket,
    CannedReply,
    ChangePassword,
    ContactInput,
    CreateApiKey,
    CreateApplication,
    CreateCannedReply,
    CreateDeskAccount,
    CreateInternalTicket,
    CreateTenant,
    DeactivateDeskAccount,
    DeactivationReason,
    DeskAccount,
    DeskRole,
    EscalateTicket,
    HelpSearch,
    InternalTicket,
    InternalTicketKind,
    InternalTicketPriority,
    InternalTicketState,
    Invitation,
    InvitationPage,
    InvitationState,
    InviteFamilies,
    InviteMethod,
    Job,
    JobResultPage,
    JobState,
    KeyPermission,
    Locale,
    MessageKind,
    Method,
    NewChild,
    NotificationPage,
    OnlineAccount,
    OpenHelpResult,
    OpenTicket,
    OwnerInput,
    Problem,
    ProvenSession,
    RecordTicketAction,
    ReinviteFamily,
    ReplyToTicket,
    Resolution,
    ResolveTicket,
    Role,
    RowOutcome,
    SearchHelp,
    SecondFactorCode,
    SessionPage,
    SessionTokens,
    SignIn,
    SignInRealm,
    SwitchTenant,
    Tenant,
    TenantKind,
    TenantPage,
    TenantStatus,
    Ticket,
    TicketListView,
    TicketPage,
    TicketState,
    TierTwoAction,
    UpdateAccount,
    UpdateApplication,
    UpdateDeskAccount,
    UpdateTenant,
)
from caredesk_client.types import UNSET, Response

STEP = 30
URL = os.environ["CAREDESK_URL"]
EMAIL, PASSWORD = os.environ["CAREDESK_EMAIL"], os.environ["CAREDESK_PASSWORD"]

Body = TypeVar("Body")


def expect(answer: Response[Problem | Body], kind: type[Body]) -> Body:
    """The body of an answer; a problem ends the program with its code."""
    if isinstance(answer.parsed, Problem):
        raise SystemExit(f"{answer.parsed.code}: {answer.parsed.detail}")
    assert isinstance(answer.parsed, kind), answer.status_code
    return answer.parsed


def code(app: str) -> str:
    """RFC 6238 with SHA-1, six digits and thirty seconds, of the secret of an authenticator app."""
    counter = int(time.time() // STEP).to_bytes(8, "big")
    mac = hmac.new(base64.b32decode(app), counter, hashlib.sha1).digest()
    offset = mac[19] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def prove(client: AuthenticatedClient, app: str) -> ProvenSession:
    """Proves the second factor. Every code works once: if this one is used, waits for the next."""
    answer = verify_second_factor.sync_detailed(client=client, body=SecondFactorCode(code=code(app)))
    if isinstance(answer.parsed, Problem) and answer.parsed.code == "second_factor.wrong_code":
        time.sleep(STEP - time.time() % STEP + 0.5)
        answer = verify_second_factor.sync_detailed(client=client, body=SecondFactorCode(code=code(app)))
    return expect(answer, ProvenSession)


def signed_in(who: SignIn, app: str) -> AuthenticatedClient:
    """A client with a token that has a second factor."""
    # The generator asks for a token wherever the document speaks of security, even to say that none is needed.
    nobody: Any = Client(base_url=URL)
    with nobody:
        tokens = expect(sign_in.sync_detailed(client=nobody, body=who), SessionTokens)
    with AuthenticatedClient(base_url=URL, token=tokens.access_token) as half:
        return AuthenticatedClient(base_url=URL, token=prove(half, app).access_token)


def signed_in_at_desk() -> AuthenticatedClient:
    """A client of the platform admin."""
    who = SignIn(realm=SignInRealm.DESK, name=EMAIL, password=PASSWORD)
    return signed_in(who, os.environ["CAREDESK_TOTP_SECRET"])


def signed_in_to_tenant() -> AuthenticatedClient:
    """A client of a tenant's Site Admin."""
    tenant, name, password, app = (
        os.environ[f"CAREDESK_SITE_ADMIN_{what}"] for what in ("TENANT", "NAME", "PASSWORD", "TOTP_SECRET")
    )
    return signed_in(SignIn(realm=SignInRealm.TENANT, tenant=tenant, name=name, password=password), app)


def signed_in_as_agent(role: str) -> AuthenticatedClient:
    """A client of one of the desk's agents."""
    name, password, app = (os.environ[f"CAREDESK_{role}_{what}"] for what in ("EMAIL", "PASSWORD", "TOTP_SECRET"))
    return signed_in(SignIn(realm=SignInRealm.DESK, name=name, password=password), app)


def walk(client: AuthenticatedClient) -> None:
    """Creates, reads, updates, lists, suspends and resumes a tenant."""
    new = CreateTenant(
        slug=f"python-{time.time_ns():x}",
        name="Little Acorns",
        kind=TenantKind.CHILD_CARE_AGENCY,
        notification_address="office@acorns.example",
        contacts=[ContactInput(label="Front office", phone="+15550100200")],
        owners=[OwnerInput(name="Sam Okafor", email="sam@acorns.example")],
    )
    made = create_tenant.sync_detailed(client=client, body=new, idempotency_key=str(uuid4()))
    tenant = expect(made, Tenant)
    assert made.headers["location"] == f"/v1/tenants/{tenant.id}"

    read = read_tenant.sync_detailed(tenant.id, client=client)
    assert expect(read, Tenant).owners_on_file == 1

    version = str(read.headers["etag"])
    change = UpdateTenant(name="Little Acorns Child Care")
    changed = update_tenant.sync_detailed(tenant.id, client=client, body=change, if_match=version)
    assert expect(changed, Tenant).name == "Little Acorns Child Care"
    stale = update_tenant.sync_detailed(tenant.id, client=client, body=change, if_match=version)
    assert isinstance(stale.parsed, Problem) and stale.parsed.code == "version.stale"

    page = list_tenants.sync_detailed(client=client, q="little acorns", limit=100)
    assert tenant.id in [row.id for row in expect(page, TenantPage).data]

    why = SwitchTenant(reason="A trial of the clients")
    suspended = suspend_tenant.sync_detailed(tenant.id, client=client, body=why)
    assert expect(suspended, Tenant).status == TenantStatus.SUSPENDED
    resumed = resume_tenant.sync_detailed(tenant.id, client=client, body=why)
    assert expect(resumed, Tenant).status == TenantStatus.ACTIVE


def walk_staff(client: AuthenticatedClient) -> None:
    """Creates, reads, promotes and deactivates one of the staff."""
    new = CreateDeskAccount(role=DeskRole.TIER1, name="Sam Okafor", email=f"sam-{time.time_ns():x}@desk.example")
    made = create_desk_account.sync_detailed(client=client, body=new, idempotency_key=str(uuid4()))
    staff = expect(made, DeskAccount).id
    read = read_desk_account.sync_detailed(staff, client=client)
    assert expect(read, DeskAccount).status == AccountStatus.INVITED
    change, version = UpdateDeskAccount(role=DeskRole.TIER2), str(read.headers["etag"])
    changed = update_desk_account.sync_detailed(staff, client=client, body=change, if_match=version)
    assert expect(changed, DeskAccount).role == Role.TIER2
    why = DeactivateDeskAccount(reason=DeactivationReason.LEFT)
    left = deactivate_desk_account.sync_detailed(staff, client=client, body=why)
    assert expect(left, DeskAccount).status == AccountStatus.INACTIVE


def walk_own(client: AuthenticatedClient) -> None:
    """Reads and changes the own account, lists its sessions, changes its password and changes it back."""
    own = expect(read_account.sync_detailed(client=client), Account)
    assert own.email == EMAIL and own.has_second_factor
    spoken = update_account.sync_detailed(client=client, body=UpdateAccount(locale=Locale.EN))
    assert expect(spoken, Account).locale == Locale.EN
    page = expect(list_sessions.sync_detailed(client=client), SessionPage)
    assert [session.is_current for session in page.data].count(True) == 1
    other = "violet tractor 93 sings at dusk"
    for old, new in [(PASSWORD, other), (other, PASSWORD)]:
        body = ChangePassword(current_password=old, new_password=new)
        assert change_password.sync_detailed(client=client, body=body).status_code == 204


def walk_family(client: AuthenticatedClient, word: str) -> None:
    """Takes an application from its draft to an invitation that was sent three times and revoked."""
    new = CreateApplication(
        family_name=f"Núñez {word}",
        email="familia.nunez@home.example",
        locale=Locale.ES,
        children=[NewChild(child_id=f"K-{word}", name="Íñigo"), NewChild(child_id=f"L-{word}")],
    )
    made = create_application.sync_detailed(client=client, body=new, idempotency_key=str(uuid4()))
    family = expect(made, Application)
    assert family.status == ApplicationStatus.DRAFT and family.online_account == OnlineAccount.NONE

    read = read_application.sync_detailed(family.id, client=client)
    assert [child.name for child in expect(read, Application).children] == ["Íñigo", None]
    change, version = UpdateApplication(preferred_method=Method.EMAIL, phone="+15550100240"), str(read.headers["etag"])
    changed = update_application.sync_detailed(family.id, client=client, body=change, if_match=version)
    assert expect(changed, Application).phone == "+15550100240"
    stale = update_application.sync_detailed(family.id, client=client, body=change, if_match=version)
    assert isinstance(stale.parsed, Problem) and stale.parsed.code == "version.stale"

    page = list_applications.sync_detailed(client=client, q=f"nunez {word}")
    assert [row.id for row in expect(page, ApplicationPage).data] == [family.id]

    submitted = submit_application.sync_detailed(family.id, client=client)
    assert expect(submitted, Application).online_account == OnlineAccount.INVITED
    by_text = ReinviteFamily(method=InviteMethod.SMS)
    expect(reinvite_family.sync_detailed(family.id, client=client, body=by_text), Application)
    sent = expect(list_invitations.sync_detailed(client=client, application_id=family.id), InvitationPage).data
    assert [(one.method, one.state) for one in sent] == [
        (Method.SMS, InvitationState.PENDING),
        (Method.EMAIL, InvitationState.REPLACED),
    ]
    resent = expect(resend_invitation.sync_detailed(sent[0].id, client=client), Invitation)
    revoked = revoke_invitation.sync_detailed(resent.id, client=client)
    assert expect(revoked, Invitation).state == InvitationState.REVOKED


def finished(client: AuthenticatedClient, job: Job) -> Job:
    """A job when it is over."""
    for _ in range(300):
        job = expect(read_job.sync_detailed(job.id, client=client), Job)
        if job.state not in (JobState.QUEUED, JobState.RUNNING):
            return job
        time.sleep(0.1)
    raise SystemExit(f"a job is still {job.state}")


def walk_batch(client: AuthenticatedClient, word: str) -> None:
    """Invites a family once more by a filter: first as a trial, then in earnest, then there is nobody left."""

    def begin(dry_run: bool) -> Response[Job | Problem]:
        choice = ApplicationChoice(q=word, status=ApplicationStatus.SUBMITTED)
        body = InviteFamilies(method=InviteMethod.PREFERRED, filter_=choice, dry_run=dry_run)
        return invite_families.sync_detailed(client=client, body=body, idempotency_key=str(uuid4()))

    for dry_run, column in [(True, OnlineAccount.NONE), (False, OnlineAccount.INVITED)]:
        job = finished(client, expect(begin(dry_run), Job))
        assert job.state == JobState.SUCCEEDED and (job.total, job.done, job.failed) == (1, 1, 0)
        results = expect(list_job_results.sync_detailed(job.id, client=client), JobResultPage).data
        assert [(row.row, row.outcome) for row in results] == [(1, RowOutcome.CREATED)]
        page = expect(list_applications.sync_detailed(client=client, q=word), ApplicationPage)
        assert [(row.id, row.online_account) for row in page.data] == [(results[0].subject_id, column)]
    again = begin(False)
    assert isinstance(again.parsed, Problem) and again.parsed.code == "batch.empty"


def walk_key(client: AuthenticatedClient, word: str) -> None:
    """Makes a key, finds the application with it, and revokes it."""
    new = CreateApiKey(name=f"Enrolment {word}", scopes=[KeyPermission.APPLICATIONS_READ], expires_in_days=1)
    made = expect(create_api_key.sync_detailed(client=client, body=new), ApiKeyWithSecret)
    with AuthenticatedClient(base_url=URL, token=made.secret) as program:
        page = list_applications.sync_detailed(client=program, q=word)
        assert len(expect(page, ApplicationPage).data) == 1
        revoked = revoke_api_key.sync_detailed(made.id, client=client)
        assert expect(revoked, ApiKey).status == ApiKeyStatus.REVOKED
        refused = list_applications.sync_detailed(client=program, q=word)
        assert isinstance(refused.parsed, Problem) and refused.parsed.code == "auth.invalid_token"


def walk_messages(client: AuthenticatedClient) -> None:
    """Lists the messages that went to families."""
    page = expect(list_notifications.sync_detailed(client=client, kind=MessageKind.INVITATION), NotificationPage)
    assert {row.method for row in page.data} == {Method.EMAIL, Method.SMS}


def refused(answer: Response[Problem | Body]) -> str:
    """The code of the problem that an answer is to be."""
    assert isinstance(answer.parsed, Problem), answer.status_code
    return str(answer.parsed.code)


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
    tried = EscalateTicket(text="Tried two browsers; the list stays empty without a filter.")
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


if __name__ == "__main__":
    with signed_in_at_desk() as desk:
        walk(desk)
        walk_staff(desk)
        walk_own(desk)
        assert sign_out.sync_detailed(client=desk).status_code == 204
    with signed_in_to_tenant() as office:
        unique = f"py{time.time_ns():x}"
        walk_family(office, unique)
        walk_batch(office, unique)
        walk_key(office, unique)
        walk_messages(office)
        assert sign_out.sync_detailed(client=office).status_code == 204
    print("openapi-python-client: signed in; a tenant, one of the staff, the own account, sessions, the password")
    print("openapi-python-client: as a Site Admin: an application, invitations, a batch, a key, messages")
    walk_desk()
    print("openapi-python-client: a search, an article, a ticket through both tiers, a canned reply, an internal ticket")
