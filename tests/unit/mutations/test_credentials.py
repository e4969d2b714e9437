"""The device's pull secret and the values of Secrets."""

import json
import re
from base64 import b64encode
from typing import Any

from microshift_telemetry.sending.credentials import (
    CredentialsMissingError,
    OptedOutError,
    bearer_authorization,
    parse_pull_secret,
    parse_secret_key,
)
from tests.unit.mutations.engine import Mutator
from tests.unit.mutations.trial import Kind, Refused, refused, try_all

SEED = 20_261_121

PULL_SECRET = {
    "auths": {
        "cloud.openshift.com": {"auth": "b3BlbnNoaWZ0LXJlbGVhc2U6c2VjcmV0", "email": "a@b.example"},
        "quay.io": {"auth": "b3RoZXI="},
    }
}
HOSTILE = [
    "",
    "a\r\nX-Evil: 1",
    "é",
    "\x7f",
    "\ud800",
    "a b",
    None,
    7,
    True,
    [],
    {},
    ["x"],
    {"a": 1},
]

NOT_JSON, NO_AUTHS = "not a JSON object", "has no auths"
OPTED_OUT, NO_AUTH = "has no entry for cloud.openshift.com", "cloud.openshift.com has no auth"
NO_HEADER = "not allowed in an HTTP header"


def _loaded(data: bytes) -> Any:
    """Give the text's document; None is no document that any kind asks for."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _token(data: bytes) -> str | Refused:
    """Find `.auths."cloud.openshift.com".auth`, as MicroShift does."""
    document = _loaded(data)
    if type(document) is not dict:
        return refused(NOT_JSON)
    if type(auths := document.get("auths")) is not dict:
        return refused(NO_AUTHS)
    if "cloud.openshift.com" not in auths:
        return refused(OPTED_OUT)
    entry = auths["cloud.openshift.com"]
    if type(entry) is not dict or type(entry.get("auth")) is not str or entry["auth"] == "":
        return refused(NO_AUTH)
    return entry["auth"] if re.fullmatch(r"[ -~]*", entry["auth"]) else refused(NO_HEADER)


def a_pull_secret(mutator: Mutator) -> bytes:
    seeds = [PULL_SECRET, {"auths": {**PULL_SECRET["auths"], "cloud.openshift.com": {"auth": "é"}}}]
    if mutator.once_in(100):
        return b"[" * 100_000
    return mutator.json(seeds, [*HOSTILE, PULL_SECRET, PULL_SECRET["auths"]])


def test_a_pull_secret_gives_its_token_or_a_documented_error() -> None:
    kind = Kind(
        mutant=a_pull_secret,
        is_outer=lambda data: _loaded(data) is not None,
        reference=_token,
        documented=(NOT_JSON, NO_AUTHS, OPTED_OUT, NO_AUTH, NO_HEADER),
    )

    errors = (CredentialsMissingError, OptedOutError)
    try_all(kind, SEED, lambda data: parse_pull_secret(data).reveal(), errors)


NO_KEY, EMPTY, NOT_BASE64 = "no such key", "empty", "not base64"
VALUES = [
    b"s3cret",
    b"s3cret\n",
    b"  s3cret\r\n",
    b"",
    b" \t\n",
    b"a\r\nX: y",
    b"\xff\xfe",
    b"\0",
    b"a b",
]
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def _value(value: object) -> str | Refused:
    """Read a value as Go's `base64.StdEncoding` and a header's grammar do."""
    if value is None:
        return refused(NO_KEY)
    if not isinstance(value, str) or not _BASE64.fullmatch(value):
        return refused(NOT_BASE64)
    text = _decoded(value).strip(b" \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0")
    if not text:
        return refused(EMPTY)
    return f"Bearer {text.decode()}" if re.fullmatch(rb"[ -~]*", text) else refused(NO_HEADER)


def _decoded(text: str) -> bytes:
    """Decode base64 by hand: six bits a character."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bits = "".join(f"{alphabet.index(char):06b}" for char in text.rstrip("="))
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8))


def a_secret_value(mutator: Mutator) -> object:
    value = mutator.one_of(VALUES)
    if mutator.once_in(3):
        value = mutator.damaged(value)
    text: object = b64encode(value).decode()
    if mutator.once_in(3):
        text = mutator.damaged(str(text).encode(), [b"=", b"-", b"_", b"\n", b"AA"]).decode(
            "latin-1"
        )
    return mutator.one_of(HOSTILE) if mutator.once_in(8) else text


def test_a_value_of_a_secret_gives_a_header_or_a_documented_error() -> None:
    kind = Kind(
        mutant=a_secret_value,
        is_outer=lambda value: isinstance(value, str) and bool(_BASE64.fullmatch(value)),
        reference=_value,
        documented=(NO_KEY, EMPTY, NOT_BASE64, NO_HEADER),
    )

    def header(value: object) -> str:
        shown = "Secret receiver, key token"
        return bearer_authorization(parse_secret_key(value, shown), shown).reveal()

    try_all(kind, SEED, header, CredentialsMissingError)
