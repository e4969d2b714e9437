"""What an API server, or whoever stands before it, may say instead of the truth.

Each is damage that can be seen: no piece of a document is exchanged for another that fits.
"""

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote

from tests.support.damaging_front import Damage, Damager, Message, chunked
from tests.unit.mutations.engine import Mutator

GIVEN = {
    "token": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJkZXZpY2U3In0.Kx8Vq3Zn5Wb1Rt7M",
    "session": "Dk4Gv9Nz2Xs7Lt1Qb6Wm3Rj8Yd5Hp0Kf",
}
"""What is told without being asked for: of someone else's Secret, and as a cookie."""
SECRET = {
    "kind": "Secret",
    "apiVersion": "v1",
    "metadata": {"name": "other", "uid": "5d1c", "resourceVersion": "1", "namespace": "other"},
    "data": {"token": base64.b64encode(GIVEN["token"].encode()).decode()},
    "stringData": GIVEN,
}
STATUSES = (
    *(201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 405, 408, 409, 410, 413, 418, 422),
    *(429, 429, 429, 451, 500, 500, 502, 503, 503, 504, 511, 599, 600, 999),
)
WAITS = (
    *("", "", "0", "1", "-5", "1.5", "soon", "999999999999", "3600", "nan", "\u0663"),
    *("Sat, 21 Nov 2026 07:00:30 GMT", "1e9"),
)
REPETITIONS: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: f"<html><title>{html.escape(text)}</title>",
    lambda text: f"<!DOCTYPE html><html><title>Error</title><pre>{text}",
    lambda text: json.dumps({"kind": "Status", "code": 500, "message": text, "details": text}),
    lambda text: json.dumps({"kind": "Status", "message": "no", "details": {"causes": [text]}}),
    lambda text: json.dumps([text]),
    lambda text: base64.b64encode(text.encode()).decode(),
    quote,
)
"""How a request is repeated."""
ODD_HEADERS = (
    "no colon",
    "X: a\0b",
    "Content-Length: many",
    "Transfer-Encoding: gzip",
    "Content-Encoding: gzip",
    "Content-Encoding: deflate",
    "X-Long: " + "x" * 20_000,
)
DOCUMENTS: tuple[object, ...] = (
    *(None, 1, "text", [], {}, {"items": None}, {"items": [1]}, {"items": []}, SECRET),
    {"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": [SECRET]},
    {"kind": "Status", "status": "Failure", "message": GIVEN["token"], "code": 500},
    {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "rows": [{"object": SECRET}]},
)
EVENTS: tuple[object, ...] = (
    *(None, 1, [], {}, {"type": "ADDED"}, {"type": "MODIFIED", "object": None}),
    *({"type": kind, "object": SECRET} for kind in ("ADDED", "MODIFIED", "DELETED", "RENAMED")),
    {"type": "ADDED", "object": {**SECRET, "metadata": [GIVEN]}},
    {"type": "ADDED", "object": {"kind": "TelemetryConfig", "metadata": {"uid": 7}}},
    {"type": ["ADDED"], "object": SECRET},
    {"type": "BOOKMARK", "object": {"metadata": None}},
    {"type": "ERROR", "object": GIVEN["token"]},
    {"type": "ERROR", "object": {"kind": "Status", "code": "410"}},
    {"type": "ERROR", "object": {"kind": "Status", "code": 500, "message": GIVEN["token"]}},
    {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}},
    {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}},
)


def damager(seed: int) -> Damager:
    """Damage two answers of three, and a watch whenever nothing else happens in it.

    Of lists and watches of ours one in five: the longer kopf waits, the less is asked.
    """

    def answer(number: int, request: Message, honest: Message) -> Damage | None:
        mutator = Mutator(seed + number)
        is_kopfs = re.search("/telemetryconfigs[? ]", request.first)
        if mutator.chance.random() > (1 / 5 if is_kopfs else 2 / 3):
            return None
        kind = mutator.one_of(list(ANSWERS))
        return Damage(kind, ANSWERS[kind](mutator, request, honest))

    def event(number: int, request: Message) -> Damage:
        mutator = Mutator(seed + number)
        kind = mutator.one_of(list(STREAMS))
        said = STREAMS[kind](mutator, request)
        return Damage(f"watch: {kind}", said, is_end=kind == "cut" or mutator.once_in(3))

    return Damager(answer, event)


def _repeated(mutator: Mutator, request: Message) -> str:
    """Repeat the head of a request, or the credential in it."""
    token = request.header("authorization")
    text = mutator.one_of([token, token.partition(" ")[2], request.raw().decode("latin-1")])
    return mutator.one_of(REPETITIONS)(text)


def _said(mutator: Mutator, body: bytes, *headers: str, status: int = 200) -> bytes:
    """Write an answer, with a cookie, under a type that need not be that of the body."""
    types = ("application/json", "application/json", "text/html", "text/plain", "")
    fields = [
        f"HTTP/1.1 {status} Scripted",
        f"Content-Type: {mutator.one_of(types)}",
        f"Set-Cookie: session={GIVEN['session']}",
        *headers,
    ]
    head = "\r\n".join(field for field in fields if field.split(": ")[-1])
    return head.encode("latin-1", errors="replace") + b"\r\n\r\n" + body


def _sized(mutator: Mutator, body: bytes, *headers: str, status: int = 200) -> bytes:
    return _said(mutator, body, *headers, f"Content-Length: {len(body)}", status=status)


def _status(mutator: Mutator, request: Message, _: Message) -> bytes:
    wait = f"Retry-After: {mutator.one_of(WAITS)}".encode().decode("latin-1")
    place = mutator.one_of(["Location: ", f"Location: {GIVEN['token']}", "Location: //[::"])
    body = _repeated(mutator, request).encode()
    return _sized(mutator, body, wait, place, status=mutator.one_of(STATUSES))


def _broken(mutator: Mutator, honest: bytes) -> bytes:
    """Damage a document until it is none: what is only changed would be another's lie."""
    for _ in range(9):
        damaged = mutator.damaged(honest)
        try:
            json.loads(damaged)
        except ValueError:
            return damaged
    return honest[: len(honest) // 2]


def _cut(mutator: Mutator, _: Message, honest: Message) -> bytes:
    raw = honest.raw()
    return raw[: mutator.chance.randrange(len(raw))]


def _length(mutator: Mutator, _: Message, honest: Message) -> bytes:
    size = len(honest.body) + mutator.one_of([-len(honest.body) // 2, 7, 9000])
    return honest.raw(f"Content-Length: {size}")


def _head(mutator: Mutator, request: Message, honest: Message) -> bytes:
    if mutator.once_in(2):
        return _sized(mutator, honest.body, mutator.one_of(ODD_HEADERS))
    first = mutator.one_of(["SSH-2.0-x", "HTTP/1.1 abc", "HTTP/1.1 1234 x", ""])
    return f"{first} {_repeated(mutator, request)}\r\n\r\n".encode()


def _binary(mutator: Mutator, _: Message, __: Message) -> bytes:
    return _sized(mutator, mutator.chance.randbytes(mutator.one_of([0, 1, 300, 100_000])))


ANSWERS: dict[str, Callable[[Mutator, Message, Message], bytes]] = {
    "status": _status,
    "status again": _status,
    "page": lambda mutator, request, _: _sized(mutator, _repeated(mutator, request).encode()),
    "document": lambda mutator, _, __: _sized(
        mutator, json.dumps(mutator.one_of(DOCUMENTS)).encode()
    ),
    "broken JSON": lambda mutator, _, honest: _sized(mutator, _broken(mutator, honest.body)),
    "binary": _binary,
    "cut": _cut,
    "length": _length,
    "head": _head,
}


def _line(mutator: Mutator, _: Message) -> bytes:
    return chunked(json.dumps(mutator.one_of(EVENTS)).encode() + b"\n")


def _huge(mutator: Mutator, _: Message) -> bytes:
    end = mutator.one_of([b"\n", b""])
    return chunked(b'{"type": "ADDED", "object": "' + b"x" * (3 << 20) + b'"}' + end)


STREAMS: dict[str, Callable[[Mutator, Message], bytes]] = {
    "event": _line,
    "event again": _line,
    "repetition": lambda mutator, request: chunked(_repeated(mutator, request).encode() + b"\n"),
    "broken JSON": lambda mutator, _: chunked(
        _broken(mutator, json.dumps(mutator.one_of(EVENTS[6:])).encode()) + b"\n"
    ),
    "binary": lambda mutator, _: chunked(mutator.chance.randbytes(300)),
    "huge": _huge,
    "cut": lambda _, __: b"ffff\r\n",
}
