"""DNS and TCP, each with what was seen and what to do."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from microshift_telemetry.background import Questions, Run, SilenceError, at_once
from microshift_telemetry.check.line import Verdict
from microshift_telemetry.check.network import (
    Target,
    dial,
    look_up,
    name_servers,
    read_name_servers,
    target_of,
)
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import Origin, parse_endpoint
from tests.support.process import free_port

ENDPOINT = parse_endpoint("https://receiver.example/api/v1/write", "spec.endpoint")


def a_target(host: str, port: int = 443) -> Target:
    return Target("the receiver", Origin("https", host, port), "spec.endpoint")


def answering(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    def getaddrinfo(*_: object, **__: object) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def silent() -> Run:
    def run(job: Callable[[], object], done: Callable[[object], None]) -> None:
        del job
        done(SilenceError("receiver.example: no answer within 6 s"))

    return run  # type: ignore[return-value]  # it never answers


def test_a_proxy_is_who_is_called_first() -> None:
    proxy = Proxy(parse_endpoint("http://proxy.example:3128", "spec.proxyUrl"))

    assert target_of(ENDPOINT, Route()).origin == ENDPOINT.origin
    assert target_of(ENDPOINT, Route(proxy=proxy)) == Target(
        "the proxy", Origin("http", "proxy.example", 3128), "spec.proxyUrl"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("search x\nnameserver 192.0.2.1\nnameserver 2001:db8::1 # b\n", "192.0.2.1, 2001:db8::1"),
        ("# nothing\nnameserver\n", "127.0.0.1 (no name server in /etc/resolv.conf)"),
    ],
)
def test_name_servers_are_those_of_the_pod(text: str, found: str) -> None:
    assert name_servers(text) == found


@pytest.mark.parametrize(
    ("answer", "verdict", "seen", "remedy"),
    [
        ([(2, 1, 6, "", ("192.0.2.7", 443))] * 2, Verdict.OK, "receiver.example: 192.0.2.7; ", ""),
        (
            socket.gaierror(socket.EAI_NONAME, ""),
            Verdict.FAILED,
            "host name not found: receiver.example, the receiver; asked ",
            "correct the host in spec.endpoint",
        ),
        (
            socket.gaierror(socket.EAI_AGAIN, ""),
            Verdict.FAILED,
            "no name server answers: receiver.example; asked ",
            "check the device's network",
        ),
        (
            UnicodeError("label too long"),
            Verdict.FAILED,
            "not a valid host name",
            "correct the host",
        ),
    ],
    ids=["found", "unknown", "unanswered", "no name"],
)
async def test_what_name_servers_answer(
    monkeypatch: pytest.MonkeyPatch, answer: object, verdict: Verdict, seen: str, remedy: str
) -> None:
    answering(monkeypatch, answer)

    line, addresses = await look_up(a_target("receiver.example"), Questions(at_once))

    assert line.verdict is verdict
    assert seen in line.seen
    assert line.remedy.startswith(remedy)
    assert addresses == (["192.0.2.7"] if verdict is Verdict.OK else [])


async def test_name_servers_that_are_silent_are_told_from_a_host_that_is_unknown() -> None:
    line, _ = await look_up(a_target("receiver.example"), Questions(silent()))

    assert line.seen.startswith("no name server answers: receiver.example")


async def test_an_address_is_asked_of_nobody() -> None:
    line, addresses = await look_up(a_target("2001:db8::7"), Questions(silent()))

    assert (line.verdict, addresses) == (Verdict.OK, ["2001:db8::7"])


async def test_the_second_address_is_called_where_the_first_one_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = a_target("receiver.example", server.getsockname()[1])
        line = await dial(target, ["::1", "127.0.0.1"], time.monotonic)

    assert line.verdict is Verdict.OK
    assert line.seen.startswith("the receiver answers at 127.0.0.1:")


async def test_a_refusal_names_the_port() -> None:
    port = free_port()
    line = await dial(a_target("127.0.0.1", port), ["127.0.0.1"], time.monotonic)

    assert line.seen == f"connection refused by the receiver, 127.0.0.1:{port}"


def test_a_pod_without_the_file_has_no_name_server(tmp_path: Path) -> None:
    assert "No such file" in read_name_servers(tmp_path / "resolv.conf")
