"""Counts how often each operation succeeded in a run of Schemathesis; fails if one never did."""

import collections
import json
import sys
from typing import Any, Iterator

# What no invented body can do, with the reason.
OUT_OF_REACH = {
    "POST /v1/sessions": "takes a password",
    "POST /v1/sessions/refresh": "takes a token that works once",
    "POST /v1/enrolments/redeem": "takes a link that works once",
    "POST /v1/password-resets/redeem": "takes a link that works once",
    "POST /v1/account/contact-changes/{contact_change_id}/confirm": "takes codes that were sent to two contacts",
    "POST /v1/second-factor/confirm": "takes a code of a new secret",
    "POST /v1/second-factor/verify": "takes a code of the app, which the fuzzer's own sign-in uses up",
    "POST /v1/second-factor/recover": "takes a code that was shown once",
    "DELETE /v1/second-factor": "the desk must have one, and the fuzzer signs in at the desk",
    "POST /v1/second-factor/send-code": "for guardians, and the demo has none",
    "POST /v1/second-factor/verify-code": "for guardians, and the demo has none",
    "POST /v1/invitation-lookups": "takes a code that went to a family",
    "POST /v1/acceptances": "takes a code that went to a family, and works once",
    "POST /v1/acceptances/{acceptance_id}/confirm": "takes a code that was sent to a new contact",
    "GET /v1/family-applications": "for guardians, and the demo has none",
    "POST /v1/family-applications": "for guardians, and takes a code that works once",
    "GET /v1/family-applications/{application_id}": "for guardians, and the demo has none",
    "DELETE /v1/family-applications/{application_id}": "for guardians, and the demo has none",
    "GET /v1/family-organizations": "for guardians, and the demo has none",
    "POST /v1/applications/{application_id}/unlink": "the family must have come to the portal by a code",
    "POST /v1/ticket-views": "takes a link that works once",
    "POST /v1/ticket-views/reply": "takes what a link gave that works once",
    "POST /v1/tickets/{ticket_id}/verification": "takes a code that was sent to a requester",
    "GET /v1/suppressions/{suppression_id}": "nothing bounces that is written into a folder",
    "DELETE /v1/suppressions/{suppression_id}": "nothing bounces that is written into a folder",
    "GET /v1/decisions/{decision_id}": "nothing in the demo was decided yet",
}


def recorders(value: Any) -> Iterator[dict[str, Any]]:
    """Every record of cases with their answers, however deep."""
    if isinstance(value, dict):
        if "cases" in value and "interactions" in value:
            yield value
        for inner in value.values():
            yield from recorders(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from recorders(inner)


answers: collections.defaultdict[str, collections.Counter[int]] = collections.defaultdict(collections.Counter)
for line in open(sys.argv[1], encoding="utf-8"):
    for record in recorders(json.loads(line)):
        for case_id, interaction in record["interactions"].items():
            case = record["cases"].get(case_id, {})
            case = case.get("value", case)
            if interaction.get("response"):
                name = f"{case.get('method')} {case.get('path')}"
                answers[name][interaction["response"]["status_code"]] += 1

never = []
for name, statuses in sorted(answers.items()):
    if set(statuses) == {405}:
        continue
    good = sum(count for status, count in statuses.items() if 200 <= status < 300)
    print(f"{name:60} {good:5} of {sum(statuses.values()):5} succeeded")
    if not good and name not in OUT_OF_REACH:
        never.append(name)
if never or not answers:
    sys.exit(f"never succeeded, so hardly tried: {', '.join(never) or 'everything'}")
