"""Signs Schemathesis in, again before tokens are over, and puts real things into what it invents."""

import os
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Callable

import schemathesis
from hypothesis import strategies as st

# Schemathesis loads this file by its path.
sys.path.insert(0, str(Path(__file__).parent))
import fuzz_people as people  # noqa: E402
import fuzz_things as things  # noqa: E402
import fuzz_tickets as tickets  # noqa: E402

# Left to itself, Schemathesis puts letters and digits only into headers, and so never a valid ETag. The
# server compares the number in front, so that some of these are good.
schemathesis.openapi.format("etag", st.from_regex(r'"[1-3]-[0-9a-f]{8}"', fullmatch=True))

# Tokens, and the fresh second factor that some operations want, are good for five minutes.
@schemathesis.auth(refresh_interval=people.GOOD / 4, cache_by_key=lambda case, context: people.who(context.operation))
class Tokens:
    """Goes with every request that Schemathesis does not send without a token on purpose."""

    def get(self, case: Any, context: Any) -> str | None:
        of = people.who(context.operation)
        if of == "nobody":
            return None
        if of == "program":
            return things.a_key(people.token_of("office"))[1]
        return people.token_of(of).removeprefix("Bearer ")

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


# The document's examples name things that no database has, and names that are taken after the first use:
# with them nearly every request ends in 404, 409 or 412, and passes without having tried anything.
NAMES = {
    "slug": (("pine-lodge", "invite-a-family"), things.fresh),
    "user_name": (("ana.ruiz",), things.fresh),
    "name": (("Reception", "Front desk"), things.fresh),
    "email": (("sam@desk.example",), lambda: f"{things.fresh()}@desk.example"),
    "current_password": (("correct horse battery staple",), lambda: people.password),
}
IF_MATCH = '"7-a1b2c3d4"'
# No list gave it, so that every page that begins there is refused.
CURSOR = "q1w2e3r4t5"


def other_session(token: str) -> str:
    """A session of the account that is not the one that asks."""
    running = things.listed("/v1/account/sessions", token)
    others = [session["id"] for session in running if not session["is_current"]]
    return str(others[0] if others else people.begin_session()["session"]["id"])


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
    "ticket_id": tickets.a_ticket,
    "attachment_id": tickets.an_attachment,
    "internal_ticket_id": tickets.an_internal_ticket,
    "canned_reply_id": tickets.a_canned_reply,
    "article_id": tickets.an_article,
    "help_search_id": lambda token, _: tickets.a_search()["id"],
}


def put_real_names(body: dict[str, Any]) -> None:
    """Names that nobody has, and the password that the account has."""
    for field, (examples, real) in NAMES.items():
        if body.get(field) in examples:
            body[field] = real()


def put_real_ids(body: dict[str, Any], path: str, token: str) -> None:
    """The applications and files that bodies name."""
    ids = body.get("application_ids")
    if isinstance(ids, list) and ids and all(things.is_shown(one) for one in ids):
        body["application_ids"] = [things.a_family(token, "reinvite")]
    if things.is_shown(body.get("upload_id")):
        body["upload_id"] = things.a_roster(token) if "roster" in path else things.a_table(token)


# Of so many requests of an operation one, the first among them, gets what it wants to find.
MADE_EVERY = 4
turns: Counter[str] = Counter()


def put_real_path(case: Any, path: dict[str, Any], token: str) -> None:
    """The things that a path names. Schemathesis puts ids there that it saw anywhere; few of those fit each other,
    or stand where the operation wants them, so that some requests get something made for them instead."""
    is_replaced = things.is_shown if turns[case.operation.label] % MADE_EVERY else things.is_seen
    turns[case.operation.label] += 1
    shown = [name for name in path if is_replaced(path[name])]
    if not shown:
        return
    verb = case.operation.path.rsplit("/", 1)[-1]
    if whole := made_whole(case, token):
        path.update(whole)
        return
    for name in shown:
        if name in THINGS:
            path[name] = THINGS[name](token, verb) or path[name]


def made_whole(case: Any, token: str) -> dict[str, str]:
    """What a path names where one id alone does not say what it wants to find."""
    label, content = case.operation.label, case.body if isinstance(case.body, bytes) else b""
    if "{training_record_id}" in label:
        return things.a_record(token)
    if "{objection_id}" in label:
        return tickets.objected()
    if label == "PUT /v1/attachments/{attachment_id}/content":
        return {"attachment_id": tickets.an_attachment(token, content=content)}
    if "/v1/ticket-exports/" in label:
        return {"job_id": tickets.an_export(token)}
    return {}


@cache
def agents() -> set[str]:
    """The accounts that the fuzzer signs in with."""
    return {things.claims(people.token_of(of))["sub"] for of in people.SETTINGS}


def spare(case: Any, path: dict[str, Any], token: str) -> None:
    """Keeps what everything else is tried with: sessions, the agents, the Site Admin, their organisation."""
    said = things.claims(token)
    if path.get("session_id") == said["sid"]:
        path["session_id"] = other_session(token)
    if path.get("desk_account_id") in agents() and case.method != "GET":
        path["desk_account_id"] = things.staff(token, "")
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
    if case.query and case.query.get("cursor") == CURSOR:
        del case.query["cursor"]
    headers = case.headers or {}
    token = headers.get("Authorization", "")
    if isinstance(case.body, dict):
        put_real_names(case.body)
    if headers.get("Idempotency-Key", "").startswith("4f6c1b2e"):
        headers["Idempotency-Key"] = things.fresh()
    path = case.path_parameters or {}
    tickets.put_help(case.operation.path, path, case.body)
    if token.count(".") != 2 or not token.startswith("Bearer eyJ"):
        return  # none, an invented one, or a program's key
    put_real_path(case, path, token)
    if isinstance(case.body, dict):
        put_real_ids(case.body, case.operation.path, token)
        headers["Authorization"] = tickets.put_tickets(case.operation.label, case.body, token)
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
    if case.operation.label == "PUT /v1/account/password" and response.status_code == 204:
        people.password = case.body["new_password"]
    if case.operation.label == "POST /v1/uploads" and response.status_code == 201:
        things.keep_file(case.headers["Authorization"], response.json()["id"])
