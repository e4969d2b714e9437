"""What the reference page promises: what came of an attempt → what Reporting says then."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "conditions.md"

Promise = tuple[str, str]
"""Reason and message, the message with placeholders."""


def promises() -> dict[str, Promise]:
    """Read the table: what came of an attempt → what Reporting says then."""
    section = PAGE.read_text().partition("## What each answer leads to")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (\w+) \| (.+) \|$", section, flags=re.MULTILINE)
    return {came: (reason, message) for came, reason, message in rows if reason != "reason"}


PROMISES = promises()

ACCEPTED = "2xx"
AVERAGED = "2xx, while it refuses old samples and reports are averages"
OLD_REFUSED = "2xx to the newest samples, 400, 409, 422 or three rounds of 500 to older ones"
CATCHING_UP = (
    "2xx to the newest samples, while older ones wait for a receiver that can't take them now"
)
CONFLICT = "409 to the newest samples"
OLD_REFUSED_AVERAGED = "the same, while reports are averages"
ALL_REFUSED, DENIED, LATER = "400, 413, 422 to all", "401, 403", "408, 429, 5xx"
LOGIN_PAGE = "2xx, with a web page"
BY_PROXY = "407"
PROXYS_OWN = "401, 403 of the proxy itself, over http"
ANYBODYS = "401, 403 through a proxy that does not say whose they are, over http"
ELSEWHERE, REDIRECTED = "every other answer", "a redirect"
ANONYMOUS = "401, 403 while `spec.authorization` is `None`"
DENIED_READ = "the API server denies reading a Secret or ConfigMap"
UNREACHABLE = "no answer: name, proxy, TLS, connection, time"
NO_DNS = "the same for want of a name server, for a quarter of an hour"
NOT_RENEWED = "the same, and the pod can't be made anew"
UNSAFE = "credentials over plain http, the pull secret to who is not its owner"
NO_ENTRY = "a pull secret without Red Hat's entry"
MISSING = "no usable pull secret, Secret, ConfigMap or key"
UNREADABLE = "the API server does not give a Secret or ConfigMap"
TOKEN_REFUSED = "the token server refuses us for good"
TOKEN_NOT_RENEWED = "401, 403 to an access token, in whose place the token server gives no other"
TOKEN_PROXY = "407 on the way to the token server"
TOKEN_LATER = "the token server can't answer now"
NO_CA, NO_SPEC = "a CA bundle without a certificate", "a field of the spec that can't be used"
TWIN, OPTED_OUT = "an older object with the same destination", "`spec.status: Disabled`"
NOTHING_YET = "nothing sent yet"
OVERDUE, BUG = "nothing for two hours after a report was due", "a bug"
WRONG_CLOCK = "a clock more than an hour off the receiver's"
NO_WITNESS = "a clock for which neither the kernel nor the receiver vouches"
SETTLING = "an edit of the spec that still has to stand"


def promised(came: str, **values: object) -> Promise:
    reason, message = PROMISES[came]
    return reason, message.format(**values)
