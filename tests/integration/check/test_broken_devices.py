"""Fifteen broken devices: the first line of a check names the cause of each, and what to do."""

import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.check.line import Hop
from microshift_telemetry.clock import SystemClock, milliseconds
from tests.integration.check.asking import COLUMNS, Asked, ask
from tests.integration.check.commands import Tried, complaints, try_commands
from tests.support.certificates import Authority
from tests.support.clocks.device_clock import DeviceClock
from tests.support.decoder import decode_request
from tests.support.device import Device
from tests.support.fault_receiver import (
    Answer,
    FaultReceiver,
    Place,
    RecordedRequest,
    Reply,
    always,
)
from tests.support.go_toolchain import REPOSITORY
from tests.support.process import free_port
from tests.support.small_disk import a_disk
from tests.support.tools import Tools
from tests.support.waiting import wait_for

BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": "receiver", "key": "token"}}}
CA = {"ca": {"configMap": {"name": "ca", "key": "bundle"}}}
NOT_LOOPBACK = "0.0.0.0"  # noqa: S104  # nothing listens on it
"""Leads to this machine, and is none of the addresses that never take a proxy."""
TOKEN = "s3cret-t0ken"
RECEIVER, PROXY = "192.0.2.7:443", "192.0.2.9:3128"
STATE = "/var/lib/microshift-telemetry"
PAGE = REPOSITORY / "docs" / "check.md"


@dataclass(slots=True)
class Scene:
    """A device whose receiver takes all that comes with the right token, until a test breaks it."""

    device: Device
    clock: DeviceClock
    directory: Path
    stack: ExitStack
    authority: Authority
    receiver: FaultReceiver
    spec: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """What a page shows in the place of addresses and files of the test."""
    before_check: Callable[[], None] = lambda: None
    """What happens once the operator runs."""

    def lets_in(self, request: RecordedRequest) -> Reply:
        """Answer as a receiver that wants a token for its write path, and tells the time."""
        date = {"Date": format_datetime(self.clock.true_time(), usegmt=True)}
        if request.method != "POST":
            return Answer(404, headers=date)
        if request.headers.get("authorization") == f"Bearer {TOKEN}":
            return Answer(204, headers=date)
        return Answer(401, b"bad token", date)


@pytest.fixture
def scene(device: Device, clock: DeviceClock, tmp_path: Path) -> Iterator[Scene]:
    authority = Authority(tmp_path / "authority", "Plant CA")
    device.create_secret("receiver", token=TOKEN, password="other")
    device.create_config_map("ca", bundle=authority.ca_file.read_text())
    with ExitStack() as stack:
        receiver = stack.enter_context(FaultReceiver(authority=authority))
        scene = Scene(device, clock, tmp_path, stack, authority, receiver)
        scene.spec = {
            "endpoint": f"{receiver.url}/api/v1/write",
            "authorization": BEARER,
            "tlsConfig": CA,
        }
        scene.places[receiver.address] = RECEIVER
        receiver.script = scene.lets_in
        yield scene


def no_secret(scene: Scene) -> None:
    scene.device.control_plane.kubectl(
        "delete", "secret", "receiver", "--namespace=microshift-telemetry"
    )


def wrong_key(scene: Scene) -> None:
    credentials = {"name": "receiver", "key": "tokn"}
    scene.spec["authorization"] = {"type": "Bearer", "bearer": {"credentials": credentials}}


def wrong_token(scene: Scene) -> None:
    scene.device.create_secret("receiver", token="of-last-year")


def wrong_ca(scene: Scene) -> None:
    other = Authority(scene.directory / "other", "Another CA")
    scene.device.create_config_map("ca", bundle=other.ca_file.read_text())


def expired_certificate(scene: Scene) -> None:
    scene.authority.not_after = SystemClock().now() - timedelta(days=3)
    receiver = scene.stack.enter_context(FaultReceiver(authority=scene.authority))
    scene.spec["endpoint"] = f"{receiver.url}/api/v1/write"


def unknown_name(scene: Scene) -> None:
    scene.spec["endpoint"] = "https://receiver.invalid/api/v1/write"


def refused_connection(scene: Scene) -> None:
    address = f"127.0.0.1:{free_port()}"
    scene.places[address] = RECEIVER
    scene.spec["endpoint"] = f"https://{address}/api/v1/write"


def vanishing_packets(scene: Scene) -> None:
    """The kernel drops what would begin a connection for which a listener's queue has no room."""
    listener = scene.stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    address = listener.getsockname()
    for _ in range(2):
        waiting = scene.stack.enter_context(socket.socket())
        waiting.settimeout(0)
        waiting.connect_ex(address)
    scene.places[f"127.0.0.1:{address[1]}"] = RECEIVER
    scene.spec["endpoint"] = f"https://127.0.0.1:{address[1]}/api/v1/write"


def refusing_proxy(scene: Scene) -> None:
    proxy = scene.stack.enter_context(FaultReceiver(always(Answer(403))))
    scene.spec |= {"proxyUrl": proxy.url}
    scene.spec["endpoint"] = scene.spec["endpoint"].replace("127.0.0.1", NOT_LOOPBACK)
    scene.places |= {proxy.address: PROXY, f"{NOT_LOOPBACK}:{scene.receiver.port}": RECEIVER}


def unknown_proxy(scene: Scene) -> None:
    scene.spec["proxyUrl"] = "http://proxy.invalid:3128"


def wrong_path(scene: Scene) -> None:
    scene.receiver.script = always(Answer(404, b"404 page not found"))


def login_page(scene: Scene) -> None:
    page = b"<html><title>Guest network: log in</title></html>"
    scene.receiver.script = always(Answer(200, page, {"Content-Type": "text/html"}))


def wrong_clock(scene: Scene) -> None:
    scene.clock.boot(wall=scene.clock.true_time() - timedelta(hours=2))


def refused_old_samples(scene: Scene) -> None:
    """An outage is over; what waited is too old, and what is fresh is not.

    While it lasts no request goes out whole, so that none may have been stored: at this speed a
    slow machine takes longer than the operator waits for an answer.
    """

    def takes_fresh_ones(request: RecordedRequest) -> Reply:
        if request.method != "POST":
            return scene.lets_in(request)
        now_ms = milliseconds(scene.clock.true_time())
        times_ms = [time for each in decode_request(request.body) for time, _ in each.samples]
        is_old = min(times_ms, default=now_ms) < now_ms - 3_600_000
        return Answer(400, b"out of bounds") if is_old else scene.lets_in(request)

    def outage() -> None:
        scene.clock.speed = 30
        scene.device.wait_for("Reporting", "EndpointUnreachable", seconds=60)
        wait_for("two passes", lambda: scene.device.status()["pendingSamples"] >= 24, 30)
        scene.device.wait_for("Sampling", "SamplesCollected", seconds=60)
        scene.clock.speed = 1
        scene.clock.leap(timedelta(hours=2))
        scene.receiver.cuts = never
        scene.device.request_report("2")
        scene.device.wait_for("Reporting", "OldSamplesRejected")

    never, scene.receiver.cuts = scene.receiver.cuts, lambda place: place is Place.HANDSHAKE
    scene.receiver.script = takes_fresh_ones
    scene.spec |= {"samplingInterval": "1m", "sendingInterval": "744h"}
    scene.before_check = outage


def full_disk(scene: Scene) -> None:
    state = scene.directory / "full"
    scene.stack.enter_context(a_disk(state, "64k"))
    scene.environment["TELEMETRY_STATE_DIR"] = str(state)
    scene.places[str(state)] = STATE
    with (state / "other").open("wb", buffering=0) as file:
        while file.write(bytes(4096)) == 4096 and os.statvfs(state).f_bavail:
            pass


BROKEN: dict[Callable[[Scene], None], tuple[str, str, str, str]] = {
    no_secret: ("failed", "credentials", "key token: not found in namespace", "create it"),
    wrong_key: ("failed", "credentials", 'Secret receiver has no key "tokn"', "key's name"),
    wrong_token: ("failed", "receiver", "401: bad token: the receiver rejects", "store a token"),
    wrong_ca: ("failed", "TLS", 'issued by "Plant CA", which is not in', "spec.tlsConfig.ca"),
    expired_certificate: (
        "failed",
        "TLS",
        "the receiver's certificate has expired",
        "renew the certificate",
    ),
    unknown_name: ("failed", "DNS", "host name not found: receiver.invalid", "spec.endpoint"),
    refused_connection: ("failed", "TCP", "connection refused by the receiver", "start the server"),
    vanishing_packets: ("failed", "TCP", "no answer from the receiver", "firewalls"),
    refusing_proxy: ("failed", "proxy", "refuses a tunnel to", "spec.proxyUrl"),
    unknown_proxy: ("failed", "DNS", "host name not found: proxy.invalid", "spec.proxyUrl"),
    wrong_path: (
        "failed",
        "receiver",
        "no remote-write receiver answers at",
        "path of spec.endpoint",
    ),
    login_page: ("failed", "receiver", "returns a web page", "log in there"),
    wrong_clock: ("failed", "receiver's clock", "the device's clock is 2h behind", "set the"),
    refused_old_samples: ("warning", "reports", "the receiver rejects old samples: ", "window"),
    full_disk: ("warning", "state directory", "No space left on device", "free space"),
}
"""Of each: verdict and hop, what the first line says, and what the remedy."""


def named(case: object) -> str:
    return getattr(case, "__name__", "")


def checked(scene: Scene, tools: Tools) -> tuple[Asked, list[RecordedRequest], Tried]:
    """Start the operator on the broken device and ask it, then try what an admin tries."""
    with scene.device.operator(**scene.environment) as operator:
        scene.device.apply(**scene.spec)
        scene.device.wait_for("Reporting")
        scene.before_check()
        asked, posted = ask(operator), posts(scene.receiver)
        tried = try_commands(scene.device, operator, tools, scene.directory)
        assert "Traceback" not in operator.log()
    return asked, posted, tried


def posts(receiver: FaultReceiver) -> list[RecordedRequest]:
    return [each for each in receiver.requests if each.method == "POST"]


def shown(text: str, places: Mapping[str, str]) -> str:
    """Write a text as the page has it, whatever the times and where a line is broken."""
    text = "".join(text.split())
    for place, example in places.items():
        text = text.replace(place, example)
    text = re.sub(r"\d{4}-\d\d-\d\d(T[\d:]+Z)?", "DATE", text)
    return re.sub(r"(pending|created):\d+|\d+ofDATE|asked[\d.:a-f,]+", "SOME", text)


@pytest.mark.parametrize("case", BROKEN, ids=named)
def test_the_first_line_names_the_cause(
    scene: Scene, tools: Tools, case: Callable[[Scene], None]
) -> None:
    verdict, hop, cause, remedy = BROKEN[case]
    case(scene)

    asked, posted, tried = checked(scene, tools)

    finding = asked.text.partition("\n\n")[0]
    first = tried["check"].stdout.partition("\n\n")[0]
    assert first.startswith(f"{verdict}: {hop}: ")
    assert shown(cause, {}) in shown(first, {})
    assert tried["check"].returncode == int(verdict == "failed")
    assert tried["send-now"].returncode == int(verdict == "failed")
    assert complaints(tried, TOKEN) == []

    assert shown(finding, scene.places) in shown(PAGE.read_text(), {})
    assert asked.first_line.startswith(f"{verdict}: {hop}: "), asked.text
    assert cause in asked.first_line
    assert remedy in asked.finding["remedy"]
    assert max(map(len, asked.text.splitlines())) <= COLUMNS
    assert TOKEN not in asked.text
    assert {each["hop"] for each in asked.shown["hops"]} == set(Hop)
    if hop == "TLS":
        assert scene.receiver.requests == []
    behind = [each["verdict"] for each in asked.shown["hops"]]
    if verdict == "failed":
        assert set(behind[behind.index("failed") + 1 :]) <= {"not reached"}
        assert all(len(each.body) <= 1 for each in posted)
