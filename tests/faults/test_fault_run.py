"""Thousands of samples through a receiver that does all that one can do wrong, and `kill -9`.

The operator lives two minutes a second, with a pass a minute and a report each five. The seed
decides what each request meets and when each process is killed; it is printed, and
`TEST_FAULTS_SEED` repeats it.
"""

import os
import secrets
import time
from datetime import timedelta
from pathlib import Path

import pytest

from microshift_telemetry.controller.schedule import grids
from tests.conftest import MakeControlPlane
from tests.faults.accounts import Accounts
from tests.faults.receiver import ScriptedReceiver
from tests.faults.script import DECK, lifetimes
from tests.support.clocks.device_clock import DeviceClock
from tests.support.device import NAMESPACE, SERVICE_ACCOUNT, Device
from tests.support.journals import journal
from tests.support.operator_process import OperatorProcess
from tests.support.surroundings import lay_microshift

FACTOR = 120
SAMPLING, SENDING = timedelta(minutes=1), timedelta(minutes=5)
SPEC = {
    "samplingInterval": "1m",
    "sendingInterval": "5m",
    "aggregation": "None",
    "usageUnit": "Absolute",
}

FULL = 10_000
SAMPLES = int(os.environ.get("TEST_FAULTS_SAMPLES", FULL // 10))  # noqa: TID251  # of the Makefile
SEED = int(os.environ.get("TEST_FAULTS_SEED", 0)) or secrets.randbelow(1_000_000) + 1  # noqa: TID251  # of a contributor


@pytest.mark.timeout(3600)
def test_every_pass_is_stored_waiting_or_counted_and_none_is_told_twice(
    make_control_plane: MakeControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    control_plane = make_control_plane()
    lay_microshift(control_plane)
    clock = DeviceClock(tmp_path / "clock", speed=FACTOR)
    device = Device(control_plane, tmp_path)
    with (
        capsys.disabled(),
        ScriptedReceiver(SEED, clock, tmp_path / "receiver") as receiver,
    ):
        print(f"\n{SAMPLES} samples, TEST_FAULTS_SEED={SEED}")
        device.create_config_map("receiver-ca", ca=receiver.ca)
        ca = {"configMap": {"name": "receiver-ca", "key": "ca"}}
        device.apply(endpoint=receiver.url, tlsConfig={"ca": ca}, **SPEC)
        kills = _live(device, clock, receiver)
        cluster_id = control_plane.kubectl(
            "get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"
        )
        grid = grids(cluster_id, SAMPLING, SENDING).passes
        accounts = Accounts(receiver, journal(device), kills, grid)
        _tell(accounts)

    assert receiver.samples.contradictions == []
    assert len(receiver.samples) >= SAMPLES
    assert len(accounts.told) == len(accounts.posted) == len(receiver.samples.values)
    assert len(accounts.gaps) <= kills
    dropped = accounts.journal.remembered.dropped_samples
    assert accounts.samples(accounts.dropped_ms) <= dropped
    assert dropped <= accounts.samples(accounts.refusable_ms)
    assert receiver.requests <= accounts.most_posts
    if SAMPLES >= FULL:
        assert receiver.dealt >= {card.name for card in DECK}
        assert accounts.given_up_ms
        assert kills > 20
    assert "Traceback" not in (tmp_path / "operator.log").read_text()


def _live(device: Device, clock: DeviceClock, receiver: ScriptedReceiver) -> int:
    """Start the operator and kill it, again and again; tell how often."""
    kubeconfig = device.control_plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)
    for kills, seconds in enumerate(lifetimes(SEED)):
        if len(receiver.samples) >= SAMPLES:
            return kills
        environment = {"TELEMETRY_NAMESPACE": NAMESPACE, **clock.environment()}
        operator = OperatorProcess(
            device.directory, kubeconfig, device.host_root, environment=environment
        )
        time.sleep(seconds)
        assert operator.exit_code is None, operator.log()
        operator.kill()
    raise AssertionError


def _tell(accounts: Accounts) -> None:
    receiver = accounts.receiver
    never = {card.name for card in DECK} - receiver.dealt
    print(
        f"{len(receiver.samples)} samples of {accounts.passes} passes, {accounts.kills} kills; "
        f"{len(receiver.stored_ms)} passes stored, {len(accounts.waiting)} in the journal, "
        f"{len(accounts.given_up_ms)} refused, {len(accounts.gaps)} gaps\n"
        f"{receiver.requests} POSTs of at most {accounts.most_posts}, "
        f"{receiver.failures} of them failed, {receiver.cut_handshakes} handshakes cut; "
        f"never: {', '.join(sorted(never)) or 'nothing'}"
    )
