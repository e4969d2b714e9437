"""What the operator keeps of a TelemetryConfig, read as its next process would read it."""

import shutil
import tempfile
from pathlib import Path

from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.state_directory import StateDirectory
from tests.support.device import Device
from tests.support.surroundings import MACHINE_ID


def journal(device: Device, name: str = "cluster") -> Ledger:
    """Read a journal that is whole; the operator's own files stay as they are."""
    kubectl = device.control_plane.kubectl
    uid = kubectl("get", "tcfg", name, "--output=jsonpath={.metadata.uid}")
    cluster_id = kubectl("get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}")
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(device.directory / "state", Path(scratch) / "state")
        directory = StateDirectory(copy)
        loaded = JournalFile(directory, Owner.of(uid, cluster_id, MACHINE_ID)).load()
        directory.release()
    assert loaded.said is None
    return loaded.ledger
