"""Signs Schemathesis in: address, password and a code of the second factor, again before they are over."""

import base64
import hashlib
import hmac
import os
import time
from functools import cache
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st

STEP = 30
URL = os.environ["CAREDESK_URL"]


def code() -> str:
    """RFC 6238 with SHA-1, six digits and thirty seconds."""
    secret = base64.b32decode(os.environ["CAREDESK_TOTP_SECRET"])
    counter = int(time.time() // STEP).to_bytes(8, "big")
    mac = hmac.new(secret, counter, hashlib.sha1).digest()
    offset = mac[19] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def post(path: str, body: dict[str, str], token: str | None = None) -> requests.Response:
    """Sends a body, with a token if there is one."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(f"{URL}{path}", json=body, headers=headers, timeout=30)


def sign_in() -> str:
    """A token with a fresh second factor. Every code works once: if this one is used, waits."""
    who = {"email": os.environ["CAREDESK_EMAIL"], "password": os.environ["CAREDESK_PASSWORD"]}
    answer = post("/v1/sessions", who)
    answer.raise_for_status()
    token = str(answer.json()["access_token"])
    answer = post("/v1/second-factor/verify", {"code": code()}, token)
    if answer.status_code == 422:
        time.sleep(STEP - time.time() % STEP + 0.5)
        answer = post("/v1/second-factor/verify", {"code": code()}, token)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


# Left to itself, Schemathesis puts letters and digits only into headers, and so never a valid ETag. The
# server compares the number in front, so that some of these are good.
schemathesis.openapi.format("etag", st.from_regex(r'"[1-3]-[0-9a-f]{8}"', fullmatch=True))


# Tokens, and the fresh second factor that some operations want, are good for five minutes.
@schemathesis.auth(refresh_interval=200)
class Desk:
    """Goes with every request that Schemathesis does not send without a token on purpose."""

    def get(self, case: Any, context: Any) -> str:
        return sign_in()

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


# The document's examples name things that no database has, and a short name that the demo took: with
# them nearly every request ends in 404, 409 or 412, and passes without having tried anything.
EXAMPLES = {
    "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "owner_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11",
    "slug": "pine-lodge",
    "If-Match": '"7-a1b2c3d4"',
}


def get(path: str, token: str) -> requests.Response:
    """Reads something."""
    return requests.get(f"{URL}{path}", headers={"Authorization": token}, timeout=30)


@cache
def real(token: str) -> dict[str, str]:
    """A tenant of the demo and its owner, for a token (with its `Bearer`)."""
    tenants = get("/v1/tenants?status=active&limit=1", token).json()["data"]
    tenant = tenants[0]["id"]
    owners = get(f"/v1/tenants/{tenant}/owners", token).json()["data"]
    return {"tenant_id": tenant, **({"owner_id": owners[0]["id"]} if owners else {})}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Puts real things in the place of the examples; whatever else was generated stays."""
    token = (case.headers or {}).get("Authorization", "")
    if isinstance(case.body, dict) and case.body.get("slug") == EXAMPLES["slug"]:
        case.body["slug"] = f"fuzz-{time.time_ns():x}"
    if "Idempotency-Key" in (case.headers or {}) and case.headers["Idempotency-Key"].startswith("4f6c1b2e"):
        case.headers["Idempotency-Key"] = f"fuzz-{time.time_ns():x}"
    if len(token) < 100:
        return
    path = case.path_parameters or {}
    for name, thing in real(token).items():
        if path.get(name) == EXAMPLES[name]:
            path[name] = thing
    if case.headers.get("If-Match") == EXAMPLES["If-Match"]:
        of = f"/v1/tenants/{path.get('tenant_id')}"
        if "owner_id" in path:
            of += f"/owners/{path['owner_id']}"
        case.headers["If-Match"] = get(of, token).headers.get("ETag", EXAMPLES["If-Match"])
