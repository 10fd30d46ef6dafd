"""The client of openapi-python-client: signs in, and takes a tenant and one of the staff through their lives."""

import base64
import hashlib
import hmac
import os
import time
from typing import Any, TypeVar
from uuid import uuid4

from caredesk_client import AuthenticatedClient, Client
from caredesk_client.api.account import change_password, read_account, update_account
from caredesk_client.api.desk_accounts import (
    create_desk_account,
    deactivate_desk_account,
    read_desk_account,
    update_desk_account,
)
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
from caredesk_client.models import (
    Account,
    AccountStatus,
    ChangePassword,
    ContactInput,
    CreateDeskAccount,
    CreateTenant,
    DeactivateDeskAccount,
    DeactivationReason,
    DeskAccount,
    DeskRole,
    Locale,
    OwnerInput,
    Problem,
    ProvenSession,
    Role,
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
    UpdateAccount,
    UpdateDeskAccount,
    UpdateTenant,
)
from caredesk_client.types import Response

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


def code() -> str:
    """RFC 6238 with SHA-1, six digits and thirty seconds."""
    secret = base64.b32decode(os.environ["CAREDESK_TOTP_SECRET"])
    counter = int(time.time() // STEP).to_bytes(8, "big")
    mac = hmac.new(secret, counter, hashlib.sha1).digest()
    offset = mac[19] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def prove(client: AuthenticatedClient) -> ProvenSession:
    """Proves the second factor. Every code works once: if this one is used, waits for the next."""
    answer = verify_second_factor.sync_detailed(client=client, body=SecondFactorCode(code=code()))
    if isinstance(answer.parsed, Problem) and answer.parsed.code == "second_factor.wrong_code":
        time.sleep(STEP - time.time() % STEP + 0.5)
        answer = verify_second_factor.sync_detailed(client=client, body=SecondFactorCode(code=code()))
    return expect(answer, ProvenSession)


def signed_in() -> AuthenticatedClient:
    """A client with a token that has a second factor."""
    # The generator asks for a token wherever the document speaks of security, even to say that none is needed.
    nobody: Any = Client(base_url=URL)
    with nobody:
        who = SignIn(realm=SignInRealm.DESK, name=EMAIL, password=PASSWORD)
        tokens = expect(sign_in.sync_detailed(client=nobody, body=who), SessionTokens)
    with AuthenticatedClient(base_url=URL, token=tokens.access_token) as half:
        return AuthenticatedClient(base_url=URL, token=prove(half).access_token)


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


if __name__ == "__main__":
    with signed_in() as desk:
        walk(desk)
        walk_staff(desk)
        walk_own(desk)
        assert sign_out.sync_detailed(client=desk).status_code == 204
    print("openapi-python-client: signed in; a tenant, one of the staff, the own account, sessions, the password")
