"""Tickets, articles and what else belongs to them, each where the request that needs it can be done."""

import base64
import time
from functools import cache
from typing import Any

import fuzz_people as people
import fuzz_things as things

# What a ticket is about, where nothing has to be masked.
SUBJECT = "The page does not load"
# The smallest picture there is.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

def step(ticket: str, verb: str, of: str, **body: Any) -> None:
    """A step of a ticket, by whom it is for."""
    things.made(f"/v1/tickets/{ticket}/{verb}", people.token_of(of), body)


def a_search() -> Any:
    """A search of the help centre by the Site Admin that finds something."""
    words = {"query": "invite a family", "locale": "en"}
    return things.made("/v1/help-searches", people.token_of("office"), words)


def opened(kind: str = "technical.error.report", subject: str = SUBJECT, **facts: Any) -> str:
    """A new ticket of the Site Admin's."""
    new = {
        "request_type": kind,
        "subject": subject,
        "text": "Since this morning the page stays white.",
        "facts": facts,
        "help_search_id": shown(False)["help_search_id"],
    }
    return str(things.made("/v1/tickets", people.token_of("office"), new)["id"])


def assigned(subject: str = SUBJECT) -> str:
    """A ticket that the first tier's agent has."""
    ticket = opened(subject=subject)
    step(ticket, "assign", "tier1")
    return ticket


def escalated(subject: str = SUBJECT) -> str:
    """A ticket that the second tier's agent has."""
    ticket = assigned(subject)
    step(ticket, "escalate", "tier1", reason="It stays so.", tried="Tried another browser.")
    step(ticket, "assign", "tier2")
    return ticket


def handed() -> str:
    """A ticket that waits for the organisation."""
    ticket = assigned()
    step(ticket, "hand-to-organization", "tier1", text="Please look whether the child is enrolled.")
    return ticket


def resolved() -> str:
    """A ticket that was resolved."""
    ticket = assigned()
    step(ticket, "resolve", "tier1", resolution="solved", text="The page was mended.")
    return ticket


def reported() -> str:
    """A ticket that says that it is an emergency."""
    return opened("tickets.submit.emergency", others_locked_out=True)


def called() -> str:
    """A ticket of a caller who has no account."""
    tier1 = people.token_of("tier1")
    caller = {
        "requester": "family",
        "tenant_id": things.claims(people.token_of("office"))["tid"],
        "channel": "phone",
        "email": "gil.ferro@mail.example",
    }
    new = {
        "request_type": "technical.error.report",
        "subject": SUBJECT,
        "text": "Since this morning the page stays white.",
        "on_behalf_of": caller,
    }
    return str(things.made("/v1/tickets", tier1, new)["id"])


def objected() -> dict[str, str]:
    """A ticket that the second tier's agent has, whose requester objects to the masking of its subject line."""
    ticket = escalated("Anna Schmidt, born on 4 March 2015, is not in the list")
    why = {"reason": "What was masked is the name of a class."}
    things.made(f"/v1/tickets/{ticket}/objections", people.token_of("office"), why)
    seen = things.call("GET", f"/v1/tickets/{ticket}", people.token_of("tier2")).json()
    return {"ticket_id": ticket, "objection_id": str(seen["objections"][0]["id"])}


# Where a ticket has to stand for an operation whose path ends so; for the others it is open and assigned.
STANDS = {
    "assign": opened,
    "withdraw": opened,
    "confirm-emergency": reported,
    "decline-emergency": reported,
    "organization-answered": handed,
    "return": escalated,
    "actions": escalated,
    "reopen": resolved,
    "follow-up": resolved,
    "share-knowledge": resolved,
    "reveal": escalated,
    "caller-account": called,
    "wait-for-development": escalated,
    "objections": lambda: assigned("Anna Schmidt, born on 4 March 2015, is not in the list"),
}


def a_ticket(token: str, verb: str = "") -> str:
    """A ticket of the Site Admin's that an operation can be done with."""
    return STANDS.get(verb, assigned)()


def an_attachment(token: str, verb: str = "", content: bytes = b"Nothing.") -> str:
    """A file of the Site Admin's: announced; as text that has come; or as a picture that waits for the second tier."""
    ticket = escalated() if verb in ("clear", "discard") else assigned()
    kind, name = ("image/png", "screen.png") if verb in ("clear", "discard") else ("text/plain", "message.txt")
    content = PICTURE if kind == "image/png" else content
    new = {"file_name": name, "media_type": kind, "size": max(len(content), 1)}
    office = people.token_of("office")
    attachment = str(things.made(f"/v1/tickets/{ticket}/attachments", office, new)["id"])
    if verb:
        things.call("PUT", f"/v1/attachments/{attachment}/content", office, content).raise_for_status()
    return attachment


def an_export(token: str) -> str:
    """The job of an export that is over."""
    job = str(things.made("/v1/ticket-exports", token, {})["id"])
    for _ in range(50):
        if things.call("GET", f"/v1/jobs/{job}", token).json().get("state") not in ("queued", "running"):
            break
        time.sleep(0.1)
    return job


# Where an internal ticket has to stand: the steps that lead there.
STEPS = {"ship": ("start",), "reopen": ("start", "ship")}


def an_internal_ticket(token: str, verb: str = "") -> str:
    """What the second tier asks of the developers."""
    new = {"kind": "bug", "title": "The list stays empty", "text": "After a filter was removed the list stays empty."}
    ticket = str(things.made("/v1/internal-tickets", people.token_of("tier2"), new)["id"])
    for before in STEPS.get(verb, ()):
        things.made(f"/v1/internal-tickets/{ticket}/{before}", people.token_of("developer"))
    return ticket


def a_canned_reply(token: str, verb: str = "") -> str:
    """A canned reply."""
    new = {"title": things.fresh(), "text": "Hello {requester_name}.", "locale": "en"}
    return str(things.made("/v1/canned-replies", token, new)["id"])


def an_article(token: str, verb: str = "") -> str:
    """An article of the organisation's: a draft, or published, or archived."""
    new = {"kind": "article", "audience": "staff", "locale": "en", "title": "A trial", "body": "Nothing yet."}
    article = str(things.made("/v1/articles", token, new)["id"])
    before = {"feedback": "publish", "share": "publish", "restore": "archive"}
    if verb in before:
        things.made(f"/v1/articles/{article}/{before[verb]}", token)
    return article


def a_public_search() -> Any:
    """A search by nobody that finds a public article."""
    return things.made("/v1/public-help-searches", "", {"query": "update my browser", "locale": "en"})


@cache
def shown(of_public: bool) -> dict[str, str]:
    """A search of the help centre with an article that it showed. It is good for a day."""
    found = a_public_search() if of_public else a_search()
    return {"help_search_id": str(found["id"]), "article_id": str(found["results"][0]["article_id"])}


def put_help(operation: str, path: dict[str, Any], body: Any) -> None:
    """Searches and articles that fit each other."""
    of_public = "/public-" in operation
    for part in (path, body if isinstance(body, dict) else {}):
        for name in ("help_search_id", "article_id"):
            if things.is_seen(part.get(name)) and (of_public or "help-searches" in operation):
                part[name] = shown(of_public)[name]


def put_tickets(label: str, body: dict[str, Any], token: str) -> str:
    """What the body of a request about tickets names. Gives the token of who can say that."""
    if label == "POST /v1/tickets":
        return put_ticket(body, token)
    if label.endswith("/follow-up") and things.is_seen(body.get("help_search_id", things.A_SHOWN)):
        body["help_search_id"] = shown(False)["help_search_id"]
    if things.is_seen(body.get("into_ticket_id")):
        body["into_ticket_id"] = opened()
    if things.is_seen(body.get("agent_id")):
        del body["agent_id"]
    if things.is_seen(body.get("internal_ticket_id")):
        body["internal_ticket_id"] = an_internal_ticket(token)
    if isinstance(body.get("ticket_ids"), list) and any(map(things.is_seen, body["ticket_ids"])):
        body["ticket_ids"] = [opened()]
    # Any other type that the document shows is the desk's own to see to.
    if label.endswith("/refer") and body.get("request_type") in ("technical.error.report", "tickets.submit.emergency"):
        body["request_type"] = "health.lockout.unlock"
    return token


def put_ticket(body: dict[str, Any], token: str) -> str:
    """What a new ticket names. An agent opens it if it is for a caller, else the Site Admin with a search."""
    caller = body.get("on_behalf_of")
    for name in ("application_id", "tenant_id"):
        if things.is_id(body.get(name)):
            del body[name]
    # Few facts are a requester's to state; with many of them every ticket is refused.
    if isinstance(body.get("facts"), dict) and len(body["facts"]) > 1:
        del body["facts"]
    if not isinstance(caller, dict):
        if things.is_seen(body.get("help_search_id", things.A_SHOWN)):
            body["help_search_id"] = shown(False)["help_search_id"]
        return token
    if things.is_id(caller.get("tenant_id")):
        caller["tenant_id"] = things.claims(people.token_of("office"))["tid"]
    for part, name in ((body, "help_search_id"), (caller, "account_id")):
        if things.is_id(part.get(name)):
            del part[name]
    return people.token_of("tier1")
