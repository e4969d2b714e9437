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
AVERAGED = "2xx, while the receiver rejects old samples and reports contain averages"
OLD_REFUSED = "2xx to the newest samples, 400, 409, 422 or three rounds of 500 to older ones"
CATCHING_UP = "2xx to the newest samples, and the receiver cannot accept older ones at the moment"
CONFLICT = "409 to the newest samples"
OLD_REFUSED_AVERAGED = (
    "2xx to the newest samples, older ones rejected, while reports contain averages"
)
ALL_REFUSED, DENIED, LATER = "400, 413, 422 to all", "401, 403", "408, 429, 5xx"
LOGIN_PAGE = "2xx, with a web page"
BY_PROXY = "407"
PROXYS_OWN = "401, 403 over http, from the proxy itself"
ANYBODYS = "401, 403 over http, from the receiver or a proxy"
ELSEWHERE, REDIRECTED = "any other answer", "a redirect"
ANONYMOUS = "401, 403 while `spec.authorization` is `None` and no header comes from a Secret"
DENIED_READ = "the API server denies reading a Secret or ConfigMap"
UNREACHABLE = "no answer: DNS, proxy, TLS, connection or timeout"
NO_DNS = "the same, and no name server has answered for a quarter of an hour"
NOT_RENEWED = "the same, and the operator cannot replace the pod"
UNSAFE = "credentials over plain http, or the pull secret to a host other than its owner's"
NO_ENTRY = "a pull secret without Red Hat's entry"
MISSING = "no usable pull secret, Secret, ConfigMap or key"
UNREADABLE = "the API server does not return a Secret or ConfigMap"
LABELS_UNREAD = (
    "the API server does not say whether a label of `spec.externalLabelsFrom` has a value (no "
    "answer, 429, 5xx), and the operator never read it; for the first three attempts"
)
TOKEN_REFUSED = "the token server permanently rejects the request"
TOKEN_NOT_RENEWED = (
    "401, 403 to an access token, and the token server permanently refuses a new one"
)
TOKEN_RENEWED_LATER = "the same, and the token server cannot answer at the moment"
TOKEN_SERVER_AWAY = "the same, and the token server does not answer"
TOKEN_PROXY = "407 from the proxy before the token server"
TOKEN_LATER = "the token server cannot answer at the moment"
NO_CA, NO_SPEC = "a CA bundle without a certificate", "an unusable field of the spec"
TWIN, OPTED_OUT = "an older object with the same destination", "`spec.status: Disabled`"
NOTHING_YET = "no report sent yet"
OVERDUE, BUG = "neither delivery nor rejection for two hours after a report was due", "a bug"
WRONG_CLOCK = "a clock that differs from the receiver's by more than an hour"
NO_WITNESS = "a clock that neither the kernel nor the receiver confirms"
SETTLING = "a recent edit of the spec"


def promised(came: str, **values: object) -> Promise:
    reason, message = PROMISES[came]
    return reason, message.format(**values)
