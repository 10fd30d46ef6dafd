"""The client of openapi-python-client: signs in and takes a tenant through its life."""

import base64
import hashlib
import hmac
import os
import time
from typing import Any, TypeVar
from uuid import uuid4

from caredesk_client import AuthenticatedClient, Client
from caredesk_client.api.second_factor import verify_second_factor
from caredesk_client.api.sessions import sign_in, sign_out
from caredesk_client.api.tenants import (
    create_tenant,
    list_tenants,
    read_tenant,
    resume_tenant,
    suspend_tenant,
    update_tenant,
)
from caredesk_client.models import (
    ContactInput,
    CreateTenant,
    OwnerInput,
    Problem,
    ProvenSession,
    SecondFactorCode,
    SessionTokens,
    SignIn,
    SwitchTenant,
    Tenant,
    TenantKind,
    TenantPage,
    TenantStatus,
    UpdateTenant,
)
from caredesk_client.types import Response

STEP = 30
URL = os.environ["CAREDESK_URL"]

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
        who = SignIn(email=os.environ["CAREDESK_EMAIL"], password=os.environ["CAREDESK_PASSWORD"])
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


if __name__ == "__main__":
    with signed_in() as desk:
        walk(desk)
        assert sign_out.sync_detailed(client=desk).status_code == 204
    print("openapi-python-client: signed in, created, read, updated, listed, suspended, resumed")
