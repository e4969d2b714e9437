"""Nothing secret in anything that the process writes, wherever a secret lies and whatever fails."""

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

from tests.support.certificates import Authority
from tests.support.decoder import decode_request
from tests.support.device import NAMESPACE, Device
from tests.support.fault_receiver import Answer, FaultReceiver, RecordedRequest, Reply
from tests.support.operator_process import OperatorProcess
from tests.support.process import free_port

TLS = {"ca": {"configMap": {"name": "ca", "key": "bundle"}}}
BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": "receiver", "key": "token"}}}


def a_canary(place: str) -> str:
    """Make up a secret that is found again in any encoding, and has what URLs must quote."""
    return f"c4n4ry+{place}/{secrets.token_hex(8)}"


def forms(secret: str) -> Iterator[str]:
    """Tell how a secret may look: as it is, quoted, escaped, its name cut off, within base64."""
    yield from (secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1])
    yield secret[-16:]
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + secret.encode()).decode()
        yield encoded[4:-4]


@dataclass(slots=True)
class Scene:
    """The device, its receiver, the secrets that were planted, and the statuses that were seen."""

    device: Device
    receiver: FaultReceiver
    proxy: FaultReceiver
    """Refuses everyone."""
    canaries: dict[str, str] = field(default_factory=dict)
    statuses: list[str] = field(default_factory=list)

    def plant(self, place: str) -> str:
        return self.canaries.setdefault(place, a_canary(place))


MAY_CARRY_ONE = ("authorization", "proxy-authorization", "x-key")
"""Headers that are meant for a secret."""


def repeated(request: RecordedRequest) -> str:
    given = [request.headers[name] for name in MAY_CARRY_ONE if name in request.headers]
    return given[0] if given else "nothing"


def decoded(request: RecordedRequest) -> str:
    with suppress(ValueError):
        return base64.b64decode(repeated(request).partition(" ")[2], validate=True).decode()
    return "not base64"


ECHOES: dict[str, Callable[[RecordedRequest], str]] = {
    "as it is": repeated,
    "behind many blanks": lambda request: " " * 1010 + repeated(request),
    "decoded": decoded,
    "url-quoted": lambda request: quote(repeated(request), safe=""),
    "encoded": lambda request: base64.b64encode(repeated(request).encode()).decode(),
}
"""How a receiver repeats what it was given, in the body of a refusal."""

Plant = Callable[[Scene, str], dict[str, object]]
"""Hides a canary where a secret lies, and gives the spec that makes the operator read it."""


def _pull_secret(scene: Scene, content: str) -> dict[str, object]:
    scene.device.pull_secret.write_text(content)
    return {"authorization": {"type": "PullSecret"}, "tlsConfig": TLS}


def _bearer(scene: Scene, **values: str) -> dict[str, object]:
    scene.device.create_secret("receiver", **values)
    return {"authorization": BEARER, "tlsConfig": TLS}


def _key(name: str) -> dict[str, str]:
    return {"name": "receiver", "key": name}


def _basic(scene: Scene, canary: str) -> dict[str, object]:
    scene.device.create_secret("receiver", user="edge", password=canary)
    user = {"username": _key("user"), "password": _key("password")}
    return {"authorization": {"type": "Basic", "basic": user}, "tlsConfig": TLS}


def _oauth2(scene: Scene, canary: str) -> dict[str, object]:
    scene.device.create_secret("receiver", id="edge", secret=canary)
    client = {"clientId": {"secret": _key("id")}, "clientSecret": _key("secret")}
    oauth2 = {**client, "tokenUrl": f"{scene.receiver.url}/token"}
    return {"authorization": {"type": "OAuth2", "oauth2": oauth2}, "tlsConfig": TLS}


def _header(scene: Scene, canary: str) -> dict[str, object]:
    scene.device.create_secret("receiver", key=canary)
    header = {"name": "X-Key", "valueFrom": {"secretKeyRef": _key("key")}}
    return {"headers": [header], "tlsConfig": TLS}


def _proxy(scene: Scene, canary: str) -> dict[str, object]:
    scene.device.create_secret("receiver", user="edge", password=canary)
    user = {"username": _key("user"), "password": _key("password")}
    return {"proxyUrl": scene.proxy.url, "proxyBasicAuth": user, "tlsConfig": TLS}


def _client_key(scene: Scene, canary: str) -> dict[str, object]:
    scene.device.create_secret("receiver", cert=canary, key=canary)
    return {"tlsConfig": {**TLS, "cert": {"secret": _key("cert")}, "keySecret": _key("key")}}


def _key_of_another_certificate(scene: Scene, _: str) -> dict[str, object]:
    """Plant a key that is one, so that it gets as far as OpenSSL."""
    authority = Authority(scene.device.directory / "clients")
    client, other = authority.issue("client"), authority.issue("other")
    key = other.key.read_text()
    scene.canaries["client-key-of-another"] = key.splitlines()[2]
    scene.device.create_secret("receiver", cert=client.certificate.read_text(), key=key)
    return {"tlsConfig": {**TLS, "cert": {"secret": _key("cert")}, "keySecret": _key("key")}}


def _entry(auth: str, name: str = "cloud.openshift.com") -> str:
    return json.dumps({"auths": {name: {"auth": auth, "email": auth}}})


def _ca_of_a_secret(scene: Scene, canary: str) -> dict[str, object]:
    scene.device.create_secret("private", **{"ca.crt": canary, "tls.key": canary})
    return {"tlsConfig": {"ca": {"secret": {"name": "private", "key": "ca.crt"}}}}


PLACES: dict[str, tuple[Plant, str]] = {
    "pull-secret": (lambda scene, canary: _pull_secret(scene, _entry(canary)), "Retrying"),
    "pull-secret-cut": (
        lambda scene, canary: _pull_secret(scene, _entry(canary)[:-4]),
        "CredentialsMissing",
    ),
    "pull-secret-newline": (
        lambda scene, canary: _pull_secret(scene, _entry(f"{canary}\r\nX: y")),
        "CredentialsMissing",
    ),
    "pull-secret-of-others": (
        lambda scene, canary: _pull_secret(scene, _entry(canary, "quay.io")),
        "OptedOut",
    ),
    "bearer": (lambda scene, canary: _bearer(scene, token=canary), "Retrying"),
    "bearer-newline": (
        lambda scene, canary: _bearer(scene, token=f"{canary}\r\nX-Evil: {canary}"),
        "CredentialsMissing",
    ),
    "bearer-bytes": (
        lambda scene, canary: _bearer(scene, token=f"{canary}\u00e9\u0001"),
        "CredentialsMissing",
    ),
    "bearer-sibling": (
        lambda scene, canary: _bearer(scene, other=canary, token=""),
        "CredentialsMissing",
    ),
    "ca-secret": (_ca_of_a_secret, "InvalidSpec"),
    "basic": (_basic, "Retrying"),
    "oauth2": (_oauth2, "Retrying"),
    "header": (_header, "Retrying"),
    "proxy-basic": (_proxy, "Unauthorized"),
    "client-key": (_client_key, "InvalidSpec"),
    "client-key-of-another": (_key_of_another_certificate, "InvalidSpec"),
    "through-the-proxy": (
        lambda _, __: {"endpoint": "https://receiver.invalid/"},
        "EndpointUnreachable",
    ),
}
"""Place → how its canary is planted, and what Reporting says then.

A new kind of credential is one more row, with what makes the receiver or the operator refuse it.
"""


def test_no_secret_is_in_anything_that_the_process_writes(device: Device, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    device.create_config_map("ca", bundle=authority.ca_file.read_text())
    with FaultReceiver(authority=authority) as receiver, FaultReceiver() as refusing:
        scene = Scene(device, receiver, refusing)
        proxy = quote(scene.plant("proxy"), safe="")
        environment = {
            "TELEMETRY_LOG_LEVEL": "DEBUG",
            "TELEMETRY_PULL_SECRET_HOSTS": "127.0.0.1",
            "HTTPS_PROXY": f"http://{proxy}:{proxy}@127.0.0.1:{free_port()}",
            "NO_PROXY": "127.0.0.1,localhost",
        }
        with device.operator(**environment) as operator:
            _go_through(scene, operator)
            _rotate_to_a_bad_token(scene)
        written = dict(_written(scene))
        written["log"] = operator.log()

    assert "DEBUG" in written["log"]
    assert '"TelemetryConfig"' in written["an event"]
    assert len(scene.statuses) > len(PLACES)
    assert len(receiver.requests) >= len(ECHOES)
    for place, canary in scene.canaries.items():
        for name, text in written.items():
            found = [form for form in forms(canary) if form in text]
            assert not found, f"the secret of {place} is in {name}: {found}"


def _go_through(scene: Scene, operator: OperatorProcess) -> None:
    number = 0
    for place, (plant, reason) in PLACES.items():
        echoes = ECHOES if reason == "Retrying" else {"as it is": repeated}
        for echo in echoes.values():
            number += 1
            scene.receiver.script, scene.proxy.script = _refusing(echo), _refusing(echo, 407)
            spec: dict[str, Any] = {
                "endpoint": scene.receiver.url,
                **plant(scene, scene.plant(place)),
            }
            scene.device.apply(requested_at=str(number), **spec)
            status = scene.device.wait_until_handled(str(number))
            found = scene.device.wait_for("Reporting", reason)
            assert reason != "Retrying" or "503" in found["message"]
            scene.statuses += [json.dumps(status), json.dumps(scene.device.status())]
            code, shown = _page(operator.preview_url)
            assert reason != "Retrying" or code == 200, shown
            scene.statuses.append(shown)
        code, shown = _page(operator.preview_url.replace("/preview", "/check"))
        assert code == 200, shown
        # A pull secret without the entry is an owner's word, and no fault.
        assert shown.startswith(("failed: ", "ok: credentials: "))
        scene.statuses.append(shown)


def _refusing(
    echo: Callable[[RecordedRequest], str], status: int = 503
) -> Callable[[RecordedRequest], Reply]:
    return lambda request: Answer(status, f"you said {echo(request)}, sorry".encode())


def _page(url: str) -> tuple[int, str]:
    """Give status code and text; what stands there in place of a page may hold no secret too."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=40) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.read().decode()


def _rotate_to_a_bad_token(scene: Scene) -> None:
    """The API server refuses us from now on; the operator says so, and may end."""
    directory = scene.device.control_plane.directory / "service-accounts" / NAMESPACE
    [token_file] = directory.glob("*/token")
    scene.canaries["service-account"] = token_file.read_text()
    token_file.write_text(scene.plant("bad-token"))
    seen = len(scene.receiver.requests)
    scene.receiver.script = _refusing(repeated)
    with suppress(TimeoutError):
        scene.receiver.wait_for_requests(seen + 1, 10)


def _written(scene: Scene) -> Iterator[tuple[str, str]]:
    """Give all that left the process, but for the header that is meant to carry a secret."""
    control_plane, device = scene.device.control_plane, scene.device
    yield "a status, a preview or a check", "\n".join(scene.statuses)
    yield "an event", control_plane.kubectl("get", "events", "--all-namespaces", "-o", "json")
    yield "the audit log", control_plane.layout.audit_log.read_text()
    for file in sorted(path for path in (device.directory / "state").rglob("*") if path.is_file()):
        yield file.name, file.read_bytes().decode("latin-1")
    for request in [*scene.receiver.requests, *scene.proxy.requests]:
        others = {name: text for name, text in request.headers.items() if name not in MAY_CARRY_ONE}
        is_report = request.headers.get("content-encoding") == "snappy"
        shown = decode_request(request.body) if is_report else ()
        yield "a request", repr([request.target, others, request.body.decode("latin-1"), shown])
