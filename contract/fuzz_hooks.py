"""Signs Schemathesis in: address, password and a code of the second factor, again before they are over."""

import base64
import hashlib
import hmac
import os
import time
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
