"""`kubectl telemetry` where a kubelet answers: a forwarded port, a log, a command in the pod."""

import io
import tarfile
from pathlib import Path

from microshift_telemetry import __version__
from tests.node.installation import Installation
from tests.support.plugin import Plugin
from tests.support.prometheus import Prometheus
from tests.support.tools import Tools


def test_the_plugin_reaches_the_pod(
    installation: Installation, receiver: Prometheus, tools: Tools, tmp_path: Path
) -> None:
    plugin = Plugin(tmp_path / "bin", tools.kubectl, installation.control_plane.kubeconfig)
    plugin.kubectl.unlink()
    plugin.kubectl.symlink_to(tools.kubectl)
    path = tmp_path / "case.tar.gz"
    installation.apply(endpoint=receiver.remote_write_url)

    sent = plugin("send-now", "--wait")
    status = plugin("status")
    preview = plugin("preview")
    bundle = plugin("bundle", f"--file={path}")

    assert (sent.returncode, sent.stdout.splitlines()[0]) == (0, "cluster: delivered"), sent.stderr
    assert status.stdout.startswith(f"operator {__version__}: running for ")
    assert preview.stdout.startswith("# cluster: the next report, as it would be sent now\n")
    assert (bundle.returncode, bundle.stderr) == (0, "")
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as tar:
        texts = {Path(name).name: _text(tar, name) for name in tar.getnames()}
    assert "TelemetryConfig" in texts["log.txt"] or "report" in texts["log.txt"]
    assert texts["state-directory.txt"].count(".journal\n    header: 1ec56d6a01") == 1


def _text(tar: tarfile.TarFile, name: str) -> str:
    file = tar.extractfile(name)
    assert file is not None
    return file.read().decode()
