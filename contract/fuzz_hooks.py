"""Signs Schemathesis in, again before tokens are over, and puts real things into what it invents."""

import base64
import hashlib
import hmac
import os
import sys
import time
from pathlib import Path
from typing import Any, Callable

import requests
import schemathesis
from hypothesis import strategies as st

# Schemathesis loads this file by its path.
sys.path.insert(0, str(Path(__file__).parent))
import fuzz_things as things  # noqa: E402

STEP = 30
URL = os.environ["CAREDESK_URL"]
# What the platform admin's password is now: a request that changes it may succeed.
password = os.environ["CAREDESK_PASSWORD"]

# What the people of an organisation do, by the tags of the document; the desk does everything else.
OF_TENANTS = {
    "api-keys",
    "applications",
    "directory",
    "jobs",
    "notifications",
    "roles",
    "training",
    "uploads",
    "users",
}


def who(operation: Any) -> str:
    """Whom an operation is for: nobody, a program, a tenant's people (`office`), or the desk."""
    security = operation.definition.raw.get("security")
    tags = set(operation.tags or [])
    if security == [{}] or "family" in tags:
        return "nobody"  # guardians' operations as well: the demo has no guardian
    if security == [{"api_key": []}]:
        return "program"
    return "office" if tags & OF_TENANTS else "desk"


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
    body = {"realm": "desk", "name": os.environ["CAREDESK_EMAIL"], "password": password}
    if of == "office":
        own = {name.lower(): os.environ[f"CAREDESK_SITE_ADMIN_{name}"] for name in ("TENANT", "NAME", "PASSWORD")}
        body = {"realm": "tenant", **own}
    answer = post("/v1/sessions", body)
    answer.raise_for_status()
    return answer.json()


def sign_in(of: str) -> str:
    """A token with a fresh second factor. Every code works once: if this one is used, waits."""
    secret = os.environ["CAREDESK_TOTP_SECRET" if of == "desk" else "CAREDESK_SITE_ADMIN_TOTP_SECRET"]
    token = str(begin_session(of)["access_token"])
    answer = post("/v1/second-factor/verify", {"code": code(secret)}, token)
    if answer.status_code == 422:
        time.sleep(STEP - time.time() % STEP + 0.5)
        answer = post("/v1/second-factor/verify", {"code": code(secret)}, token)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


# Left to itself, Schemathesis puts letters and digits only into headers, and so never a valid ETag. The
# server compares the number in front, so that some of these are good.
schemathesis.openapi.format("etag", st.from_regex(r'"[1-3]-[0-9a-f]{8}"', fullmatch=True))

# The Site Admin's token, for the keys that programs need.
office: dict[str, str] = {}


# Tokens, and the fresh second factor that some operations want, are good for five minutes.
@schemathesis.auth(refresh_interval=200, cache_by_key=lambda case, context: who(context.operation))
class Tokens:
    """Goes with every request that Schemathesis does not send without a token on purpose."""

    def get(self, case: Any, context: Any) -> str | None:
        of = who(context.operation)
        if of == "nobody":
            return None
        if of == "program":
            return things.a_key(f"Bearer {office.get('token') or self.remember(sign_in('office'))}")[1]
        return self.remember(sign_in(of)) if of == "office" else sign_in(of)

    def remember(self, token: str) -> str:
        office["token"] = token
        return token

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


# The document's examples name things that no database has, and names that are taken after the first use:
# with them nearly every request ends in 404, 409 or 412, and passes without having tried anything.
NAMES = {
    "slug": ("pine-lodge", things.fresh),
    "user_name": ("ana.ruiz", things.fresh),
    "name": ("Reception", things.fresh),
    "email": ("sam@desk.example", lambda: f"{things.fresh()}@desk.example"),
    "current_password": ("correct horse battery staple", lambda: password),
}
IF_MATCH = '"7-a1b2c3d4"'


def other_session(token: str) -> str:
    """A session of the account that is not the one that asks."""
    running = things.listed("/v1/account/sessions", token)
    others = [session["id"] for session in running if not session["is_current"]]
    return str(others[0] if others else begin_session()["session"]["id"])


# What stands in the place of an example in a path that ends in a verb.
THINGS: dict[str, Callable[[str, str], str | None]] = {
    "tenant_id": lambda token, _: things.a_tenant(token).get("tenant_id"),
    "owner_id": lambda token, _: things.a_tenant(token).get("owner_id"),
    "desk_account_id": things.staff,
    "session_id": lambda token, _: other_session(token),
    "audit_entry_id": lambda token, _: things.newest("/v1/audit-entries?limit=1", token),
    "decision_id": lambda token, _: things.newest("/v1/decisions?limit=1", token),
    "user_id": things.a_user,
    "role_id": lambda token, _: things.a_role(token),
    "application_id": things.a_family,
    "invitation_id": lambda token, _: things.an_invitation(token),
    "job_id": lambda token, _: things.a_job(token),
    "upload_id": lambda token, _: things.a_file(token),
    "api_key_id": lambda token, _: things.a_key(token)[0],
    "notification_id": lambda token, _: things.a_message(token),
}


def put_real_names(body: dict[str, Any]) -> None:
    """Names that nobody has, and the password that the account has."""
    for field, (example, real) in NAMES.items():
        if body.get(field) == example:
            body[field] = real()
    if body.get("name") == "Front desk":
        body["name"] = things.fresh()


def put_real_ids(body: dict[str, Any], path: str, token: str) -> None:
    """The applications and files that bodies name."""
    ids = body.get("application_ids")
    if isinstance(ids, list) and ids and all(things.is_shown(one) for one in ids):
        body["application_ids"] = [things.a_family(token, "reinvite")]
    if things.is_shown(body.get("upload_id")):
        body["upload_id"] = things.a_roster(token) if "roster" in path else things.a_table(token)


def put_real_path(case: Any, path: dict[str, Any], token: str) -> None:
    """The things that a path names."""
    shown = [name for name in path if things.is_shown(path[name])]
    if shown and "training_record_id" in path:
        path.update(things.a_record(token))
        return
    verb = case.operation.path.rsplit("/", 1)[-1]
    for name in shown:
        if name in THINGS:
            path[name] = THINGS[name](token, verb) or path[name]


def spare(case: Any, path: dict[str, Any], token: str) -> None:
    """Keeps what everything else is tried with: sessions, the Site Admin, their organisation."""
    said = things.claims(token)
    if path.get("session_id") == said["sid"]:
        path["session_id"] = other_session(token)
    if path.get("user_id") == said["sub"] and case.method != "GET":
        path["user_id"] = things.a_user(token)
    if case.operation.label == "DELETE /v1/account/sessions":
        query = case.query or {}
        if query.get("keep_current", False) in (False, "false"):
            case.query = {**query, "keep_current": "true"}
    if case.operation.label == "POST /v1/tenants/{tenant_id}/suspend":
        tenant = things.call("GET", f"/v1/tenants/{path['tenant_id']}", token)
        if tenant.ok and tenant.json()["slug"] == os.environ["CAREDESK_SITE_ADMIN_TENANT"]:
            path["tenant_id"] = things.a_tenant(token)["tenant_id"]


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """The document describes a stream of events as a whole, as text; Schemathesis holds each event against that."""
    for response in raw_schema["paths"]["/v1/jobs/{job_id}/events"]["get"]["responses"].values():
        response.get("content", {}).get("text/event-stream", {}).pop("schema", None)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Puts real things in the place of the examples; whatever else was generated stays."""
    headers = case.headers or {}
    token = headers.get("Authorization", "")
    if isinstance(case.body, dict):
        put_real_names(case.body)
    if headers.get("Idempotency-Key", "").startswith("4f6c1b2e"):
        headers["Idempotency-Key"] = things.fresh()
    if token.count(".") != 2 or not token.startswith("Bearer eyJ"):
        return  # none, an invented one, or a program's key
    path = case.path_parameters or {}
    put_real_path(case, path, token)
    if isinstance(case.body, dict):
        put_real_ids(case.body, case.operation.path, token)
    spare(case, path, token)
    if headers.get("If-Match") == IF_MATCH:
        read = things.call("GET", resource(case.operation.path, path), token)
        headers["If-Match"] = read.headers.get("ETag", IF_MATCH)


def resource(template: str, path: dict[str, Any]) -> str:
    """What the `If-Match` of an operation is about: the path up to its last id."""
    kept = template[: template.rindex("}") + 1] if "}" in template else template
    return kept.format(**path)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Remembers a password that was changed, and makes room for files."""
    global password
    if case.operation.label == "PUT /v1/account/password" and response.status_code == 204:
        password = case.body["new_password"]
    if case.operation.label == "POST /v1/uploads" and response.status_code == 201:
        things.keep_file(case.headers["Authorization"], response.json()["id"])
