"""Who the fuzzer is: whom an operation is for, and tokens of each."""

import base64
import hashlib
import hmac
import os
import time
from typing import Any

import requests

STEP = 30
URL = os.environ["CAREDESK_URL"]
# Seconds that a token is used, and its fresh second factor; they are good for five minutes.
GOOD = 200
# What the platform admin's password is now: a request that changes it may succeed.
password = os.environ["CAREDESK_PASSWORD"]

# What the people of an organisation do, by the tags of the document.
OF_TENANTS = {
    "api-keys",
    "applications",
    "articles",
    "attachments",
    "directory",
    "jobs",
    "notifications",
    "roles",
    "training",
    "uploads",
    "users",
}
# Whose an operation is that stands under a tag of somebody else's, by its `x-action`.
OF_REQUESTERS = {
    f"ticket.{step}"
    for step in (
        "open", "list", "read", "reply", "withdraw", "reopen", "watch", "follow_up", "object", "share_knowledge", "export",
    )
}  # fmt: skip
OF_SECOND_TIER = {
    *(f"ticket.{step}" for step in ("return", "record_action", "wait_for_development", "reveal")),
    *(f"ticket.objection.{step}" for step in ("uphold", "dismiss")),
    *(f"attachment.{step}" for step in ("clear", "discard")),
}
OF_DEVELOPERS = {f"internal_ticket.{step}" for step in ("accept", "start", "ship", "decline", "reopen")}

# The prefix of what each signs in with, in the environment.
SETTINGS = {
    "desk": "CAREDESK",
    "office": "CAREDESK_SITE_ADMIN",
    "tier1": "CAREDESK_TIER1",
    "tier2": "CAREDESK_TIER2",
    "developer": "CAREDESK_DEVELOPER",
}


def who(operation: Any) -> str:
    """Whom an operation is for: nobody, a program, a tenant's people (`office`), an agent, or the desk's admin."""
    raw = operation.definition.raw
    security, action = raw.get("security"), raw.get("x-action")
    tags = set(operation.tags or [])
    if security == [{}] or "family" in tags:
        return "nobody"  # guardians' operations as well: the demo has no guardian
    if security == [{"api_key": []}]:
        return "program"
    if action in OF_DEVELOPERS:
        return "developer"
    if action in OF_SECOND_TIER or tags & {"internal-tickets", "canned-replies"}:
        return "tier2"
    if tags & OF_TENANTS or action in OF_REQUESTERS:
        return "office"
    return "tier1" if "tickets" in tags else "desk"


def code(secret: str) -> str:
    """RFC 6238 with SHA-1, six digits and thirty seconds."""
    counter = int(time.time() // STEP).to_bytes(8, "big")
    mac = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = mac[19] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def post(path: str, body: dict[str, str], token: str | None = None) -> requests.Response:
    """Sends a body, with a token if there is one."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(f"{URL}{path}", json=body, headers=headers, timeout=30)


def begin_session(of: str = "desk") -> Any:
    """A new session that has proved the password alone, with its tokens."""
    setting = SETTINGS[of]
    if of == "office":
        own = {name.lower(): os.environ[f"{setting}_{name}"] for name in ("TENANT", "NAME", "PASSWORD")}
        body = {"realm": "tenant", **own}
    else:
        known = password if of == "desk" else os.environ[f"{setting}_PASSWORD"]
        body = {"realm": "desk", "name": os.environ[f"{setting}_EMAIL"], "password": known}
    answer = post("/v1/sessions", body)
    answer.raise_for_status()
    return answer.json()


def sign_in(of: str) -> str:
    """A token with a fresh second factor. Every code works once: if this one is used, waits."""
    secret = os.environ[f"{SETTINGS[of]}_TOTP_SECRET"]
    token = str(begin_session(of)["access_token"])
    answer = post("/v1/second-factor/verify", {"code": code(secret)}, token)
    if answer.status_code == 422:
        time.sleep(STEP - time.time() % STEP + 0.5)
        answer = post("/v1/second-factor/verify", {"code": code(secret)}, token)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


held: dict[str, tuple[float, str]] = {}


def token_of(of: str) -> str:
    """Somebody's token, with its `Bearer`; a new one before the last is over."""
    since, token = held.get(of, (0.0, ""))
    if time.monotonic() - since > GOOD or not token:
        token = f"Bearer {sign_in(of)}"
        held[of] = (time.monotonic(), token)
    return token
