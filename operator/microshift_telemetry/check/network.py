"""The way to the first server that is called, the receiver or a proxy before it: DNS and TCP."""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from microshift_telemetry.background import Questions, SilenceError
from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.http_client import lookup_failure
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import Endpoint, Origin

RESOLV_CONF = Path("/etc/resolv.conf")
LOOKUP_SECONDS = 6.0
CONNECT_SECONDS = 4.0
MOST_ADDRESSES = 2
"""A host whose first two addresses don't answer is one that does not answer."""


@dataclass(frozen=True, slots=True)
class Target:
    """The server that a connection is opened to."""

    name: str
    origin: Origin
    field: str
    """What names it."""


def target_of(endpoint: Endpoint, route: Route) -> Target:
    """Tell whom a request calls first."""
    if route.proxy is not None:
        return Target("the proxy", route.proxy.url.origin, route.proxy.field)
    return Target(route.peer.name, endpoint.origin, route.peer.url_field)


async def look_up(target: Target, questions: Questions) -> tuple[Line, Sequence[str]]:
    """Have the name servers of the pod tell a host's addresses.

    `questions` are asked in a thread; one that hangs is not followed by another.
    """
    host = target.origin.host
    if _is_address(host):
        return Line(Hop.DNS, Verdict.OK, f"{target.name} is configured by its address, {host}"), [
            host
        ]
    servers = "the name servers of the pod"
    try:
        servers = await questions.ask(str(RESOLV_CONF), read_name_servers, LOOKUP_SECONDS)
        addresses = await questions.ask(host, lambda: _addresses(target.origin), LOOKUP_SECONDS)
    except SilenceError:
        return _unanswered(f"no name server answers: {host}", servers), []
    except OSError as error:
        said = f"{lookup_failure(error)}: {host}"
        if error.errno in {socket.EAI_AGAIN, socket.EAI_FAIL}:
            return _unanswered(said, servers), []
        seen = f"{said}, {target.name}; asked {servers}"
        return Line(Hop.DNS, Verdict.FAILED, seen, _correct(target)), []
    except ValueError:
        return Line(Hop.DNS, Verdict.FAILED, f"{host}: not a valid host name", _correct(target)), []
    return Line(Hop.DNS, Verdict.OK, f"{host}: {', '.join(addresses)}; asked {servers}"), addresses


async def dial(target: Target, addresses: Sequence[str], monotonic: Callable[[], float]) -> Line:
    """Open a TCP connection and close it again."""
    causes: list[tuple[OSError, str]] = []
    for address in addresses[:MOST_ADDRESSES]:
        shown, began = str(Origin("", address, target.origin.port)), monotonic()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(address, target.origin.port)
        except OSError as error:
            causes.append((error, shown))
            continue
        millis = round(1000 * (monotonic() - began))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        seen = f"{target.name} answers at {shown}"
        return Line(Hop.TCP, Verdict.OK, seen, millis=millis)
    return _no_connection(*causes[0], target)


def name_servers(resolv_conf: str) -> str:
    """Tell whom libc asks, as resolv.conf(5) has it; the file is the pod's."""
    lines = (line.split() for line in resolv_conf.splitlines())
    found = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
    return ", ".join(found) or "127.0.0.1 (no name server in /etc/resolv.conf)"


def read_name_servers(path: Path = RESOLV_CONF) -> str:
    """Read the pod's own file; it is the container runtime's, in memory."""
    try:
        return name_servers(path.read_text(errors="replace"))
    except OSError as error:
        return f"nobody ({path}: {error.strerror})"


def _addresses(origin: Origin) -> list[str]:
    found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _correct(target: Target) -> str:
    return f"correct the host in {target.field}"


def _unanswered(said: str, servers: str) -> Line:
    remedy = (
        "check the device's network; if its name servers have changed, replace the pod: it keeps "
        "those from its start"
    )
    return Line(Hop.DNS, Verdict.FAILED, f"{said}; asked {servers}", remedy)


def _no_connection(error: OSError, shown: str, target: Target) -> Line:
    where = f"{target.name}, {shown}"
    if isinstance(error, TimeoutError):
        remedy = f"allow connections to {shown} in the firewalls, or correct {target.field}"
        seen = f"no answer from {where} within {CONNECT_SECONDS:g} s"
    elif isinstance(error, ConnectionRefusedError):
        seen = f"connection refused by {where}"
        remedy = f"start the server, or correct the port in {target.field}"
    else:
        name = errno.errorcode.get(error.errno or 0, type(error).__name__)
        seen = f"no connection to {where} ({name})"
        remedy = "check that the device has a route to it: `ip route`"
    return Line(Hop.TCP, Verdict.FAILED, seen, remedy)
