"""A support bundle of a device on which every credential is a canary."""

import base64
import io
import json
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.device import NAMESPACE, Device
from tests.support.fault_receiver import Answer, FaultReceiver, always
from tests.support.go_toolchain import REPOSITORY
from tests.support.plugin import Plugin

CANARY = "Xq7canary9Zt4wK2"
FILES = {
    *("contents.txt", "versions.json", "status.txt", "telemetryconfigs.json", "definition.json"),
    *("deployment.json", "pods.json", "permissions.json", "events.json"),
    *("events-of-telemetryconfigs.json", "log.txt", "state-directory.txt"),
}


@pytest.fixture
def infested(device: Device) -> Iterator[Device]:
    """A device with a canary wherever a credential may be."""
    device.create_secret("receiver", token=f"{CANARY}-bearer", password=f"{CANARY}-password")
    device.create_config_map("ca", **{"ca.crt": f"{CANARY}-ca"})
    with FaultReceiver(always(Answer(401, body=f"no such token: {CANARY}-bearer".encode()))) as it:
        device.apply(
            endpoint=f"{it.url}?token={CANARY}-query",
            headers=[{"name": "X-Key", "value": f"{CANARY}-header"}],
            externalLabels={"site": "plant"},
            requested_at="1",
        )
        device.apply(
            "second",
            endpoint="https://127.0.0.1:1/",
            authorization={
                "type": "Bearer",
                "bearer": {"credentials": {"name": "receiver", "key": "token"}},
            },
            proxyUrl="http://127.0.0.1:1",
            proxyBasicAuth={
                "username": {"name": "receiver", "key": "token"},
                "password": {"name": "receiver", "key": "password"},
            },
            requested_at="1",
        )
        device.wait_for("Reporting", "Unauthorized")
        device.wait_for("Reporting", "EndpointUnreachable", "second")
        kubectl = device.control_plane.kubectl
        kubectl("annotate", "tcfg", "cluster", f"example.com/note={CANARY}-annotation")
        kubectl(
            *("set", "env", "deployment/microshift-telemetry", f"--namespace={NAMESPACE}"),
            f"HTTPS_PROXY=http://ada:{CANARY}-proxy@proxy.example:3128",
        )
        yield device
        kubectl(
            *("set", "env", "deployment/microshift-telemetry", f"--namespace={NAMESPACE}"),
            "HTTPS_PROXY-",
        )


def unpacked(content: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        return {
            Path(each.name).name: file.read().decode()
            for each in tar.getmembers()
            if (file := tar.extractfile(each)) is not None
        }


@pytest.mark.usefixtures("infested")
def test_it_holds_what_a_case_needs_and_no_credential(plugin: Plugin, tmp_path: Path) -> None:
    path = tmp_path / "case.tar.gz"

    told = plugin("bundle", f"--file={path}")
    files = unpacked(path.read_bytes())

    assert (told.returncode, told.stderr) == (0, "")
    assert {file for file in files if not file.startswith(("check-", "history-"))} == FILES
    assert told.stdout.endswith(files["contents.txt"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = "".join(files.values()).lower()
    kinds = ("bearer", "password", "ca", "query", "header", "annotation", "proxy")
    for canary in (CANARY, *(f"{CANARY}-{kind}" for kind in kinds)):
        plain = canary.encode()
        forms = (canary, quote(canary), plain.hex(), base64.b64encode(plain).decode().rstrip("="))
        assert [form for form in forms if form[:20].lower() in text] == []


def test_its_parts_say_what_is_there(infested: Device, plugin: Plugin, tmp_path: Path) -> None:
    plugin("bundle", f"--file={tmp_path / 'case.tar.gz'}")
    files = unpacked((tmp_path / "case.tar.gz").read_bytes())

    assert "cluster: does not work: Unauthorized" in files["status.txt"]
    names = [
        each["metadata"]["name"] for each in json.loads(files["telemetryconfigs.json"])["items"]
    ]
    assert names == ["cluster", "second"]
    assert infested.status()["clusterID"] in files["telemetryconfigs.json"]
    assert "check-second.txt\n    a check of every hop of second" in files["contents.txt"]
    assert "history-second.json\n    the last reports to second" in files["contents.txt"]
    assert len(json.loads(files["permissions.json"])["items"]) > 3
    assert files["state-directory.txt"].count(".journal\n    header: 1ec56d6a01") == 2
    assert "salt" not in files["state-directory.txt"] or "header" in files["state-directory.txt"]
    assert "log-before.txt\n    its previous log (missing: " in files["contents.txt"]


def test_it_goes_into_a_pipe_too(device: Device, plugin: Plugin, tmp_path: Path) -> None:
    device.apply(endpoint="https://127.0.0.1:1/")

    done = subprocess.run(
        [plugin.kubectl, "telemetry", "bundle", "-f", "-"],
        env=plugin.environment,
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=120,
    )

    assert set(unpacked(done.stdout)) >= FILES
    assert b"contents.txt" not in done.stderr
    assert b"telemetryconfigs.json" in done.stderr


def test_must_gather_brings_it_back(device: Device, plugin: Plugin, tmp_path: Path) -> None:
    device.apply(endpoint="https://127.0.0.1:1/")
    gather = REPOSITORY / "examples" / "support-bundle" / "gather"

    subprocess.run([gather, tmp_path / "out"], env=plugin.environment, check=True, timeout=120)

    [written] = (tmp_path / "out").iterdir()
    assert set(unpacked(written.read_bytes())) >= FILES


def test_what_may_not_be_read_is_named(device: Device, plugin: Plugin, tmp_path: Path) -> None:
    device.apply(endpoint="https://127.0.0.1:1/")
    path = tmp_path / "case.tar.gz"

    told = plugin("bundle", f"--file={path}", "--as=ada")
    again = plugin("bundle", f"--file={path}")

    listed = " ".join(unpacked(path.read_bytes())["contents.txt"].split())
    assert told.returncode == 1
    assert "missing: Error from server (Forbidden): telemetryconfigs" in listed
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr == f"kubectl telemetry: cannot write {path}: File exists\n"
