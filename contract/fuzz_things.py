"""Real things for what a fuzzer invents: each made by the operations that make it, for the request that needs it."""

import base64
import json
import os
import re
import time
from typing import Any

import requests

URL = os.environ["CAREDESK_URL"]
# Every id that the document shows begins so; no invented one does.
SHOWN = "01935f6e-7c00-7a3b-9d0e-5b1f7c2a4e"
A_SHOWN = f"{SHOWN}10"
# An organisation has twenty files at most; so many of those that the fuzzer made are left to it.
FILES_KEPT = 8


def call(method: str, path: str, token: str, body: Any = None) -> requests.Response:
    """Sends a request with a token (with its `Bearer`), if there is one: JSON, bytes, or nothing."""
    headers = {"Authorization": token} if token else {}
    if isinstance(body, bytes):
        headers["Content-Type"] = "application/octet-stream"
    sent: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
    return requests.request(method, f"{URL}{path}", headers=headers, timeout=30, **sent)


def made(path: str, token: str, body: Any = None) -> Any:
    """What a `POST` answers that is to succeed."""
    answer = call("POST", path, token, body)
    answer.raise_for_status()
    return answer.json()


def listed(path: str, token: str) -> list[Any]:
    """The rows of a list."""
    answer = call("GET", path, token)
    answer.raise_for_status()
    return list(answer.json()["data"])


def fresh() -> str:
    """A word that nothing has for a name yet."""
    return f"fuzz-{time.time_ns():x}"


def claims(token: str) -> dict[str, str]:
    """What a token says of whom it belongs to."""
    said: dict[str, str] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return said


def is_shown(value: Any) -> bool:
    """Whether an id is an example of the document."""
    return isinstance(value, str) and value.startswith(SHOWN)


def is_id(value: Any) -> bool:
    """Whether something is an id at all, be it nobody's."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None


def is_seen(value: Any) -> bool:
    """Whether an id is of version 7: an example's, or one that the server made and Schemathesis saw."""
    return is_id(value) and value[14] == "7"


def a_new_tenant(token: str) -> str:
    """A tenant that nobody has touched."""
    new = {
        "slug": fresh(),
        "name": "Little Acorns",
        "kind": "camp",
        "notification_address": "office@acorns.example",
        "contacts": [{"label": "Front office", "phone": "+15550100200"}],
        "owners": [{"name": "Sam Okafor", "email": "sam@acorns.example"}],
    }
    return str(made("/v1/tenants", token, new)["id"])


def a_tenant(token: str) -> dict[str, str]:
    """A tenant with an owner; never the one whose Site Admin is signed in, who would be out if it were suspended. A
    new one, if all were suspended or have lost their owners."""
    own = os.environ["CAREDESK_SITE_ADMIN_TENANT"]
    running = [row["id"] for row in listed("/v1/tenants?status=active", token) if row["slug"] != own]
    for tenant in running[:3]:
        if owners := listed(f"/v1/tenants/{tenant}/owners", token):
            return {"tenant_id": tenant, "owner_id": owners[0]["id"]}
    tenant = a_new_tenant(token)
    return {"tenant_id": tenant, "owner_id": listed(f"/v1/tenants/{tenant}/owners", token)[0]["id"]}


def staff(token: str, verb: str) -> str:
    """One of the desk's staff: waits for the link, or is switched off to be reactivated."""
    new = {"role": "tier1", "name": "Sam Okafor", "email": f"{fresh()}@desk.example"}
    account = str(made("/v1/desk-accounts", token, new)["id"])
    if verb == "reactivate":
        made(f"/v1/desk-accounts/{account}/deactivate", token, {"reason": "left"})
    return account


def a_user(token: str, verb: str = "") -> str:
    """A user who waits for the link, or is switched off to be reactivated."""
    name = fresh()
    new = {"user_name": name, "first_name": "Ana", "last_name": "Ruiz", "email": f"{name}@people.example"}
    user = str(made("/v1/users", token, new)["id"])
    if verb == "reactivate":
        made(f"/v1/users/{user}/deactivate", token, {"reason": "left"})
    return user


def a_record(token: str) -> dict[str, str]:
    """A user with a record of training."""
    user = a_user(token)
    new = {"course": "System administration", "completed_on": "2026-01-05", "fully_trained": True}
    return {"user_id": user, "training_record_id": made(f"/v1/users/{user}/training-records", token, new)["id"]}


def a_role(token: str) -> str:
    """A role that nobody has. An organisation has a hundred at most: when there are, those of others go."""
    new = {"name": fresh(), "permissions": ["users.read"]}
    answer = call("POST", "/v1/roles", token, new)
    if answer.status_code == 409:
        for role in listed("/v1/roles", token):
            call("DELETE", f"/v1/roles/{role['id']}", token)
        answer = call("POST", "/v1/roles", token, new)
    answer.raise_for_status()
    return str(answer.json()["id"])


def a_family(token: str, verb: str = "submit") -> str:
    """An application: a draft, an invited one, or one that was submitted and whose invitation was taken back."""
    new = {"family_name": "Ruiz Ortega", "email": "familia.ruiz@mail.example", "phone": "+15550100231"}
    family = str(made("/v1/applications", token, {**new, "submit": verb != "submit"})["id"])
    if verb == "invite":
        made(f"/v1/invitations/{an_invitation(token, family)}/revoke", token)
    return family


def an_invitation(token: str, family: str | None = None) -> str:
    """An invitation that counts."""
    family = family or a_family(token, "reinvite")
    return str(listed(f"/v1/invitations?application_id={family}", token)[0]["id"])


def a_job(token: str) -> str:
    """A job that does not last: a batch that invites nobody."""
    ids = [a_family(token)]
    body = {"method": "preferred", "application_ids": ids, "dry_run": True}
    return str(made("/v1/invitation-batches", token, body)["id"])


files: list[str] = []


def keep_file(token: str, upload: str) -> None:
    """Remembers a file, and deletes the oldest when there are many."""
    files.append(upload)
    while len(files) > FILES_KEPT:
        call("DELETE", f"/v1/uploads/{files.pop(0)}", token)


def a_file(token: str, purpose: str = "roster", content: bytes | None = None) -> str:
    """A file; complete, if it has a content."""
    upload = str(made("/v1/uploads", token, {"purpose": purpose, "file_name": "fuzz.csv"})["id"])
    keep_file(token, upload)
    if content is not None:
        call("PUT", f"/v1/uploads/{upload}/content", token, content).raise_for_status()
    return upload


def a_roster(token: str) -> str:
    """A file of users."""
    name = fresh()
    return a_file(token, "roster", f"user_name,first_name,last_name,email\n{name},Ana,Ruiz,{name}@people.example\n".encode())


def a_table(token: str) -> str:
    """A file of applications."""
    return a_file(token, "applications", b"family_name,email\nRuiz,familia.ruiz@mail.example\n")


# Keys of the fuzzer's own; an organisation has fifty at most that count.
keys: list[str] = []


def a_key(token: str) -> tuple[str, str]:
    """A key of a program, and its secret; the ones before the last few are revoked."""
    new = {"name": "Fuzzer", "scopes": ["applications.read"], "expires_in_days": 1}
    answer = call("POST", "/v1/api-keys", token, new)
    if answer.status_code == 409:
        for row in listed("/v1/api-keys?limit=100", token):
            if row["id"] not in keys[-3:]:
                call("POST", f"/v1/api-keys/{row['id']}/revoke", token)
        answer = call("POST", "/v1/api-keys", token, new)
    answer.raise_for_status()
    key = answer.json()
    keys.append(key["id"])
    return str(key["id"]), str(key["secret"])


def a_message(token: str) -> str | None:
    """A message that can be sent again, if there is one."""
    for row in listed("/v1/notifications?state=sent&limit=100", token):
        if any(one["allowed"] for one in row["allowed_actions"]):
            return str(row["id"])
    return None


def newest(path: str, token: str) -> str | None:
    """The id of the first row of a list, if there is one."""
    rows = listed(path, token)
    return str(rows[0]["id"]) if rows else None
