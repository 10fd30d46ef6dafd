"""Signs Schemathesis in, again before tokens are over, and puts real things into what it invents."""

import base64
import hashlib
import hmac
import json
import os
import time
from functools import cache
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st

STEP = 30
URL = os.environ["CAREDESK_URL"]
# What the account's password is now: a request that changes it may succeed.
password = os.environ["CAREDESK_PASSWORD"]


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


def begin_session() -> Any:
    """A new session that has proved the password alone, with its tokens."""
    answer = post("/v1/sessions", {"realm": "desk", "name": os.environ["CAREDESK_EMAIL"], "password": password})
    answer.raise_for_status()
    return answer.json()


def sign_in() -> str:
    """A token with a fresh second factor. Every code works once: if this one is used, waits."""
    token = str(begin_session()["access_token"])
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


# The document's examples name things that no database has, and names that are taken after the first use:
# with them nearly every request ends in 404, 409 or 412, and passes without having tried anything.
EXAMPLES = {
    "tenant_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e10",
    "owner_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e11",
    "session_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e12",
    "desk_account_id": "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e13",
    "slug": "pine-lodge",
    "email": "sam@desk.example",
    "current_password": "correct horse battery staple",
    "If-Match": '"7-a1b2c3d4"',
}


def get(path: str, token: str) -> requests.Response:
    """Reads something."""
    return requests.get(f"{URL}{path}", headers={"Authorization": token}, timeout=30)


def fresh() -> str:
    """A word that nothing has for a name yet."""
    return f"fuzz-{time.time_ns():x}"


@cache
def a_tenant(token: str) -> dict[str, str]:
    """A tenant of the demo and its owner, for a token (with its `Bearer`)."""
    tenants = get("/v1/tenants?status=active&limit=1", token).json()["data"]
    tenant = tenants[0]["id"]
    owners = get(f"/v1/tenants/{tenant}/owners", token).json()["data"]
    return {"tenant_id": tenant, **({"owner_id": owners[0]["id"]} if owners else {})}


def staff(token: str, verb: str) -> str:
    """One of the staff, made for this request: waits for the link, or is switched off to be reactivated."""
    bearer = token.removeprefix("Bearer ")
    new = {"role": "tier1", "name": "Sam Okafor", "email": f"{fresh()}@desk.example"}
    made = post("/v1/desk-accounts", new, bearer)
    made.raise_for_status()
    account = str(made.json()["id"])
    if verb == "reactivate":
        post(f"/v1/desk-accounts/{account}/deactivate", {"reason": "left"}, bearer).raise_for_status()
    return account


def own_session(token: str) -> str:
    """The session that a token belongs to, as the token says."""
    claims = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=="))["sid"])


def other_session(token: str) -> str:
    """A session of the account that is not the one that asks."""
    running = get("/v1/account/sessions", token).json()["data"]
    others = [session["id"] for session in running if not session["is_current"]]
    return str(others[0] if others else begin_session()["session"]["id"])


def a_real(name: str, token: str, verb: str) -> str | None:
    """What stands in the place of an example in a path that ends in a verb."""
    if name == "session_id":
        return other_session(token)
    if name == "desk_account_id":
        return staff(token, verb)
    return a_tenant(token).get(name)


def put_real_body(body: dict[str, Any]) -> None:
    """Names that nobody has, and the password that the account has."""
    if body.get("slug") == EXAMPLES["slug"]:
        body["slug"] = fresh()
    if body.get("email") == EXAMPLES["email"]:
        body["email"] = f"{fresh()}@desk.example"
    if body.get("current_password") == EXAMPLES["current_password"]:
        body["current_password"] = password


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Puts real things in the place of the examples; whatever else was generated stays."""
    headers = case.headers or {}
    token = headers.get("Authorization", "")
    if isinstance(case.body, dict):
        put_real_body(case.body)
    if headers.get("Idempotency-Key", "").startswith("4f6c1b2e"):
        headers["Idempotency-Key"] = fresh()
    if token.count(".") != 2:
        return
    path = case.path_parameters or {}
    verb = case.operation.path.rsplit("/", 1)[-1]
    for name in path:
        if path[name] == EXAMPLES.get(name):
            path[name] = a_real(name, token, verb) or path[name]
    # The session that everything else is tried with is to stay.
    if path.get("session_id") == own_session(token):
        path["session_id"] = other_session(token)
    if case.operation.label == "DELETE /v1/account/sessions":
        query = case.query or {}
        if query.get("keep_current", False) in (False, "false"):
            case.query = {**query, "keep_current": "true"}
    if headers.get("If-Match") == EXAMPLES["If-Match"]:
        headers["If-Match"] = get(resource(case.operation.path, path), token).headers.get("ETag", headers["If-Match"])


def resource(template: str, path: dict[str, Any]) -> str:
    """What the `If-Match` of an operation is about: the path up to its last id."""
    kept = template[: template.rindex("}") + 1] if "}" in template else template
    return kept.format(**path)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Remembers a password that was changed."""
    global password
    if case.operation.label == "PUT /v1/account/password" and response.status_code == 204:
        password = case.body["new_password"]
