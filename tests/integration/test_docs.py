"""What our pages tell an admin to do, done: commands run, manifests shown to an API server."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.control_plane import ControlPlane
from tests.support.device import NAMESPACE
from tests.support.fences import Fence, all_fences, fences, pages
from tests.support.go_toolchain import REPOSITORY
from tests.support.surroundings import lay_microshift
from tests.support.tools import Tools

RUN = ("sh run", "console run")
PAGES = [page for page in pages() if any(fence.info in RUN for fence in fences(page))]
SHOWN = ("deploy", "docs", "examples")
"""What a checkout has that commands name."""


@pytest.fixture(scope="module")
def kubernetes(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """One of its own, since a page removes everything."""
    with ControlPlane(tmp_path_factory.mktemp("docs"), tools) as control_plane:
        lay_microshift(control_plane)
        yield control_plane


@pytest.fixture
def installed(kubernetes: ControlPlane) -> Iterator[ControlPlane]:
    """The operator's objects and the default TelemetryConfig, as after an installation."""
    kubectl = kubernetes.kubectl
    kubectl("apply", "--server-side", "-k", str(REPOSITORY / "deploy/overlays/kubernetes"))
    kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")
    kubectl("apply", "--server-side", "-k", str(REPOSITORY / "deploy/default"))
    yield kubernetes
    kubectl("delete", "tcfg", "--all", "--ignore-not-found", check=False)
    kubectl("delete", "secret,configmap", "--all", f"--namespace={NAMESPACE}", check=False)


@pytest.fixture
def shell(installed: ControlPlane, tools: Tools, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A checkout, and the environment of an admin in it."""
    checkout, programs = tmp_path / "checkout", tmp_path / "bin"
    for directory in (checkout, programs):
        directory.mkdir()
    for name in ("kubectl", "oc"):
        (programs / name).symlink_to(tools.kubectl)
    for name in SHOWN:
        (checkout / name).symlink_to(REPOSITORY / name)
    environment = {
        "PATH": f"{programs}:{os.defpath}",
        "HOME": str(tmp_path),
        "KUBECONFIG": str(installed.kubeconfig),
    }
    return checkout, environment


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_do_what_they_are_there_for(
    page: Path, shell: tuple[Path, dict[str, str]]
) -> None:
    checkout, environment = shell
    for fence in fences(page):
        if fence.info in RUN:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", fence.script],
                cwd=checkout,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            assert done.returncode == 0, f"{fence.where}: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("fence", all_fences("yaml"), ids=lambda fence: fence.where)
def test_manifests_are_accepted(fence: Fence, installed: ControlPlane) -> None:
    said = installed.kubectl(
        *("apply", "--server-side", "--force-conflicts", "--validate=strict", "--dry-run=server"),
        "--filename=-",
        stdin=fence.text,
    )

    assert said.splitlines()
