"""2,000 mutated answers: no traceback, and no credential in a condition, a preview or the log.

What is sent (secrets, the pull secret) and what is given (tokens, cookies) are canaries.
The preview shows of an answer what the condition does.
"""

import asyncio
import base64
import gc
import gzip
import html
import io
import json
import logging
import re
import traceback
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector, SendingRules
from microshift_telemetry.controller.findings import delivered, not_delivered, not_sent
from microshift_telemetry.controller.lookup import Lookup
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.logs import PlainFormatter
from microshift_telemetry.remote_write.judge import judge
from microshift_telemetry.sending.answer import Verdict
from microshift_telemetry.sending.credentials import PULL_SECRET_ENTRY, PULL_SECRET_FILE
from microshift_telemetry.settings import Settings
from microshift_telemetry.sources.host import Host
from tests.unit.factories import an_effective
from tests.unit.mutations.ends import (
    API,
    GIVEN,
    NAMES,
    PROXY,
    RECEIVER,
    SENT,
    TOKEN_SERVER,
    End,
    four_ends,
)
from tests.unit.mutations.engine import Mutator
from tests.unit.sources.canned_api import connect

SEED = 20_261_127
PIECE = 20
"""So much of a credential is one."""

STATUSES = (100, 200, 200, 201, 204, 302, 400, 401, 403, 404, 407, 409, 413, 429, 500, 503)
ODD = (
    b"no colon\r\n",
    b"X: a\0b\r\n",
    b"Content-Length: many\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Set-Cookie: a=" + b"x" * 9000 + b"\r\n",
)


def _key(name: str) -> Mapping[str, str]:
    return {"name": name, "key": "key"}


AUTHORIZATIONS: Mapping[str, Mapping[str, object]] = {
    "PullSecret": {},
    "Bearer": {"bearer": {"credentials": _key("bearer")}},
    "Basic": {"basic": {"username": _key("client"), "password": _key("password")}},
    "OAuth2": {
        "oauth2": {"clientId": {"secret": _key("client")}, "clientSecret": _key("password")}
    },
}
REPETITIONS: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: f"<html><title>Error</title><pre>{html.escape(text)}",
    lambda text: f"<html><title>{html.escape(text)}",
    lambda text: f"<html><title>Error</title><pre>{text}",
    lambda text: f"<html><pre>{text}",
    lambda text: f"<html><title>{''.join(f'&#{ord(char)};' for char in text)}",
    lambda text: f"<html><title>{json.dumps({'error': html.escape(text)})}",
    lambda text: json.dumps({"error": text}),
    lambda text: json.dumps({"error": json.dumps({"request": text})}),
    lambda text: base64.b64encode(text.encode()).decode(),
    quote,
    quote_plus,
)
GIFTS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: json.dumps({**GIVEN, "token_type": "Bearer", "padding": text[:9]}),
    lambda _: json.dumps({"error": "invalid_grant", "previous": GIVEN}),
    lambda _: "&".join(f"{name}={value}" for name, value in GIVEN.items()),
    lambda _: f"your session {GIVEN['session']} has ended",
)


def an_answer(mutator: Mutator, request: bytes, honest: bytes) -> bytes:
    """Repeat the request, or give credentials, in some form; then damage it."""
    text = request.decode("latin-1")
    written = mutator.one_of(GIFTS)(mutator.one_of(REPETITIONS)(text))
    body = honest.partition(b"\r\n\r\n")[2] if mutator.once_in(4) else written.encode()
    coding, folded = mutator.one_of(
        [("", body), ("", body), ("gzip", gzip.compress(body)), ("deflate", zlib.compress(body))]
    )
    said = text.replace("\r\n", " ") if mutator.once_in(4) else "Scripted"
    origin = mutator.one_of(["https://x.example/", "https://", "https://x.", "/"])
    head = [
        f"HTTP/1.1 {mutator.one_of(STATUSES)} {said}\r\n".encode("latin-1"),
        b"Connection: close\r\n",
        f"Set-Cookie: session={GIVEN['session']}\r\n".encode(),
        f"WWW-Authenticate: {text.split(chr(13))[0]}\r\n".encode("latin-1"),
        f"Location: {origin}{' '.join(written.split())}\r\n".encode("latin-1", errors="replace"),
        f"Content-Encoding: {coding}\r\n".encode() if coding else b"",
        mutator.one_of(ODD) if mutator.once_in(3) else b"",
        f"Content-Length: {len(folded)}\r\n".encode() if mutator.once_in(2) else b"",
    ]
    pieces = [*head, b"\r\n", folded]
    return b"".join(mutator.pieces(pieces) if mutator.once_in(2) else pieces)


def a_spec(ends: Mapping[str, End], kind: str) -> Mapping[str, object]:
    """Every credential there is, on the way through a proxy."""
    authorization = json.loads(json.dumps({"type": kind, **AUTHORIZATIONS[kind]}))
    if kind == "OAuth2":
        authorization["oauth2"]["tokenUrl"] = f"{ends[TOKEN_SERVER].address}/token"
    return {
        "endpoint": f"{ends[RECEIVER].address}/receive",
        "authorization": authorization,
        "headers": [{"name": "X-Key", "valueFrom": {"secretKeyRef": _key("header")}}],
        "proxyUrl": ends[PROXY].address,
        "proxyBasicAuth": {"username": _key("client"), "password": _key("password")},
        "tlsConfig": {"ca": {"configMap": {"name": "ca", "key": "ca.crt"}}},
    }


def a_device(directory: Path) -> Host:
    file = directory / PULL_SECRET_FILE
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"auths": {PULL_SECRET_ENTRY: {"auth": SENT["pull-secret"]}}}))
    return Host(directory)


async def conditions(kube: KubeClient, host: Host, spec: Mapping[str, object]) -> Iterator[str]:
    """Send one request, as a round does, and give each text that may be said of it."""
    rules = SendingRules(frozenset({"127.0.0.1"}))
    cluster = Cluster(kube, host, Settings())
    connector = Connector(cluster, Lookup(kube, "telemetry"), rules, SystemClock())
    try:
        async with aclosing(await connector.connect(an_effective(**spec).destination)) as receiver:
            answer = await receiver.post(b"samples")
    except TelemetryError as error:
        return iter([not_sent(error).message, *traceback.format_exception(error)])
    verdict = judge(answer)
    found = (
        delivered(answer, is_averaging=False)
        if verdict is Verdict.TAKEN
        else not_delivered(verdict, answer, an_effective(**spec).destination)
    )
    return iter([found.message, str(answer), repr(answer)])


@contextmanager
def every_log_line() -> Iterator[io.StringIO]:
    """Hear every logger, at every level, as the log would write it."""
    lines, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(lines), root.level
    handler.setFormatter(PlainFormatter())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def canaries() -> frozenset[str]:
    """Give each piece of each credential: as it is, as a page shows it, and as a Secret has it."""
    texts = [
        form
        for value in (*SENT.values(), *GIVEN.values())
        for form in (value, *as_pages_show(value), base64.b64encode(value.encode()).decode())
    ]
    return frozenset(text[at : at + PIECE] for text in texts for at in range(len(text) - PIECE + 1))


def as_pages_show(value: str) -> tuple[str, str]:
    """Give a text without its tags, and with them where they were written as entities."""
    return " ".join(re.sub("<.*?>", " ", value).split()), " ".join(value.split())


async def test_no_answer_brings_a_credential_to_light(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    mutants: int = request.config.getoption("--mutants")
    hidden, host = canaries(), a_device(tmp_path / "device")
    said: set[str] = set()
    with every_log_line() as lines:
        async with four_ends(tmp_path) as ends, connect(ends[API].address) as kube:
            for number in range(mutants):
                mutator = Mutator(SEED + number)
                victim, kind = NAMES[number % len(NAMES)], mutator.one_of(list(AUTHORIZATIONS))
                kind = "OAuth2" if victim == TOKEN_SERVER else kind
                end = ends[victim]
                end.pieces, honest = mutator.one_of([1, 1, 3, 9]), end.honest
                end.says = lambda asked, m=mutator, h=honest: an_answer(m, asked, h(asked))
                async with asyncio.timeout(30):
                    texts = list(await conditions(kube, host, a_spec(ends, kind)))
                end.says = None

                shown = "\n".join([*texts, lines.getvalue()])
                leaked = sorted(piece for piece in hidden if piece in shown)
                where = f"mutant {number}, {victim}, {kind}: {end.said[-3:]}"
                assert not leaked, f"{where} brought {leaked[0]} into {shown}"
                assert "Traceback" not in lines.getvalue(), f"{where}: {lines.getvalue()}"
                lines.seek(0)
                lines.truncate()
                said.add(texts[0])
        gc.collect()

    assert "Traceback" not in lines.getvalue()
    # There are no more than a few hundred different texts, however many mutants there are.
    assert len(said) > min(mutants // 10, 200), "the mutants are too much alike"
