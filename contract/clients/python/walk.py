"""The client of openapi-python-client: signs in, and takes a tenant and one of the staff through their lives; then,
as a Site Admin, a family's application, a batch and a key; last a ticket from the help centre to its end."""

import time
from uuid import uuid4

from caredesk_client import AuthenticatedClient
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
from caredesk_client.api.desk_accounts import (
    create_desk_account,
    deactivate_desk_account,
    read_desk_account,
    update_desk_account,
)
from caredesk_client.api.jobs import list_job_results, read_job
from caredesk_client.api.notifications import list_notifications
from caredesk_client.api.sessions import list_sessions, sign_out
from caredesk_client.api.tenants import (
    create_tenant,
    list_tenants,
    read_tenant,
    resume_tenant,
    suspend_tenant,
    update_tenant,
)
from caredesk_client.models import (
    Account,
    AccountStatus,
    ApiKey,
    ApiKeyStatus,
    ApiKeyWithSecret,
    Application,
    ApplicationChoice,
    ApplicationPage,
    ApplicationStatus,
    ChangePassword,
    ContactInput,
    CreateApiKey,
    CreateApplication,
    CreateDeskAccount,
    CreateTenant,
    DeactivateDeskAccount,
    DeactivationReason,
    DeskAccount,
    DeskRole,
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
    OwnerInput,
    Problem,
    ReinviteFamily,
    Role,
    RowOutcome,
    SessionPage,
    SwitchTenant,
    Tenant,
    TenantKind,
    TenantPage,
    TenantStatus,
    UpdateAccount,
    UpdateApplication,
    UpdateDeskAccount,
    UpdateTenant,
)
from caredesk_client.types import Response

from desk import EMAIL, PASSWORD, URL, expect, signed_in_at_desk, signed_in_to_tenant
from tickets import walk_desk


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
