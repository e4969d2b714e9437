"""A thousand damaged answers of the API server to the real process, with kopf in it.

What the operator is given and what it sends are canaries; nobody may see one.
"""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.support.api_damages import GIVEN, damager
from tests.support.certificates import Authority
from tests.support.damaging_front import DamagingFront
from tests.support.decoder import decode_request
from tests.support.device import NAMESPACE, REQUESTED_AT, SERVICE_ACCOUNT, Device
from tests.support.fault_receiver import Answer, FaultReceiver, RecordedRequest, always
from tests.support.kubeconfig import token_user, write_kubeconfig
from tests.support.operator_process import OperatorProcess
from tests.support.waiting import wait_for

SEED = 20_261_128
DAMAGED = 1000
OF_THEM_WATCHES = 15
DAMAGED_SECONDS = 360
"""On a busy machine."""
BACK_SECONDS = 60
"""kopf's longest pause between two requests is 21 s."""
PIECE = 20
"""So much of a credential is one."""
LINE_CHARS = 600
LINES_FOR_EACH = 0.75
"""One for a pass, a report or a status that fails: a pass asks a dozen questions."""
BEARER = "Zt4Nw8Zs2Kx6Qd1Vb9Mj5Rg3Hy7Lp0Fc"
NAMES = ("cluster", "second", "third", "fourth", "fifth", "sixth")
SPEC = {
    "authorization": {
        "type": "Bearer",
        "bearer": {"credentials": {"name": "receiver", "key": "token"}},
    },
    "samplingInterval": "1m",
    "tlsConfig": {"ca": {"configMap": {"name": "ca", "key": "bundle"}}},
}


@contextmanager
def _front(device: Device) -> Iterator[tuple[DamagingFront, Path, str]]:
    """Stand before the API server; give the operator's kubeconfig and its token too."""
    control_plane, directory = device.control_plane, device.directory / "front"
    direct = control_plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)
    token_file = direct.with_name("token")
    with DamagingFront(control_plane.server, control_plane.ca_file, directory) as front:
        user = token_user(token_file)
        file = directory / "kubeconfig"
        write_kubeconfig(file, front.url, front.ca_file, user, NAMESPACE)
        yield front, file, token_file.read_text()


@pytest.mark.timeout(600)
def test_damaged_answers_neither_end_the_process_nor_bring_a_credential_to_light(
    own_device: Device, tmp_path: Path
) -> None:
    device, authority = own_device, Authority(tmp_path / "receiver")
    device.create_secret("receiver", token=BEARER)
    device.create_config_map("ca", bundle=authority.ca_file.read_text())
    with (
        _front(device) as (front, kubeconfig, token),
        FaultReceiver(always(Answer(503)), authority=authority) as receiver,
        device.start_operator(kubeconfig) as operator,
    ):
        operator.wait_until_healthy()
        for name in NAMES:
            device.apply(name, endpoint=f"{receiver.url}/{name}", requested_at="before", **SPEC)
        for name in NAMES:
            device.wait_for("Reporting", "Retrying", name)
        front.damager = damager(SEED)
        said = _under_damage(device, operator, front)
        front.damager, refused = None, len(receiver.requests)
        receiver.script = always(Answer(204))
        _wait_for_reports(device)

        said += _texts(device, operator)
        log = operator.log()
        assert operator.exit_code is None
        assert operator.health() == 200
    delivered = _times(receiver.requests[refused:])
    assert delivered.keys() == {f"/{name}" for name in NAMES}
    assert max(len(times) for times in delivered.values()) > 1, "no pass had to wait"
    _check_log(log, LINES_FOR_EACH * front.damaged.total())
    shown = "\n".join([log, *said])
    assert [piece for piece in _pieces(token) if piece in shown] == []


def _under_damage(device: Device, operator: OperatorProcess, front: DamagingFront) -> list[str]:
    """Ask for reports until enough was damaged, and give all that was said meanwhile."""
    said: list[str] = []
    deadline = time.monotonic() + DAMAGED_SECONDS
    while front.damaged.total() < DAMAGED or _watches(front) < OF_THEM_WATCHES:
        assert operator.exit_code is None, operator.log()[-3000:]
        assert time.monotonic() < deadline, front.damaged
        _ask(device, f"damaged {len(said)}")
        said += _texts(device, operator)
    return said


def _watches(front: DamagingFront) -> int:
    return sum(count for kind, count in front.damaged.items() if kind.startswith("watch"))


def _wait_for_reports(device: Device) -> None:
    """Wait until each object has sent a report that was asked for just now, and says so."""
    _ask(device, "after")

    def have_answered() -> bool:
        return all(device.status(name).get("lastHandledRequestedAt") == "after" for name in NAMES)

    wait_for("an answer to each request", have_answered, BACK_SECONDS)
    for name in NAMES:
        device.wait_for("Reporting", "ReportDelivered", name)
        status = device.status(name)
        assert device.condition("Ready", name)["status"] == "True"
        assert status.get("droppedSamples", 0) == 0
        # A pass of the minute's grid may have come after the report.
        assert status.get("oldestPendingTime", "9999") >= status["lastReportTime"]


def _ask(device: Device, value: str) -> None:
    device.control_plane.kubectl(
        *("annotate", "--overwrite", "tcfg", "--all", f"{REQUESTED_AT}={value}")
    )


def _texts(device: Device, operator: OperatorProcess) -> list[str]:
    """Give every status and every preview, or what stands there in place of one."""
    texts = [device.control_plane.kubectl("get", "tcfg", "-o", "json")]
    opener = build_opener(ProxyHandler({}))
    for name in NAMES:
        try:
            with opener.open(f"{operator.preview_url}?name={name}", timeout=10) as answer:
                texts.append(answer.read().decode())
        except HTTPError as refused:
            texts.append(refused.read().decode())
    return texts


def _times(requests: list[RecordedRequest]) -> dict[str, set[int]]:
    """Give the times of the samples that each object has sent."""
    times: dict[str, set[int]] = {}
    for request in requests:
        shown = decode_request(request.body)
        times.setdefault(request.target, set()).update(
            time_ms for series in shown for time_ms, _ in series.samples
        )
    return times


def _pieces(token: str) -> set[str]:
    """Give each piece of each credential, as it is and within base64."""
    forms = [token, BEARER, *GIVEN.values()]
    forms += [
        base64.b64encode(bytes(shift) + form.encode()).decode()[4:-4]
        for form in forms
        for shift in range(3)
    ]
    return {form[at : at + PIECE] for form in forms for at in range(len(form) - PIECE + 1)}


def _check_log(log: str, most_lines: float) -> None:
    lines = log.splitlines()
    assert "Traceback" not in log
    assert [line for line in lines if " ERROR " in line or len(line) > LINE_CHARS] == []
    assert len(lines) <= most_lines
