"""What the programs need: answers as they are to be, and clients of those who can sign in."""

import base64
import hashlib
import hmac
import os
import time
from typing import Any, TypeVar

from caredesk_client import AuthenticatedClient, Client
from caredesk_client.api.second_factor import verify_second_factor
from caredesk_client.api.sessions import sign_in
from caredesk_client.models import (
    Problem,
    ProvenSession,
    SecondFactorCode,
    SessionTokens,
    SignIn,
    SignInRealm,
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


def refused(answer: Response[Problem | Body]) -> str:
    """The code of the problem that an answer is to be."""
    assert isinstance(answer.parsed, Problem), answer.status_code
    return str(answer.parsed.code)
