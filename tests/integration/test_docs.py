"""What our pages tell an admin to do, done: commands run, manifests shown to an API server."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.spec.telemetry_config import REQUESTED_AT
from tests.support.control_plane import ControlPlane
from tests.support.device import NAMESPACE
from tests.support.fences import Fence, all_fences, fences, pages
from tests.support.go_toolchain import REPOSITORY
from tests.support.surroundings import lay_microshift
from tests.support.tools import Tools

RUN = ("sh run", "console run")
MERGE_PATCH = re.compile(r"kubectl patch tcfg cluster --type=merge\s+(?:\\\s+)?-p '([^']*)'")
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
def test_commands_run_and_leave_what_they_set(
    page: Path, shell: tuple[Path, dict[str, str]], installed: ControlPlane
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
            assert "Warning:" not in done.stderr, f"{fence.where}: {done.stderr}"
            patches = MERGE_PATCH.findall(fence.script)
            assert len(patches) == fence.script.count("kubectl patch tcfg"), fence.where
            for patch in patches:
                assert has(stored(installed), json.loads(patch)), f"{fence.where}: {patch}"


SHOWN_TABLES = [
    (fence, command, shown)
    for fence in all_fences("console run")
    for command, shown in re.findall(r"^\$ (.*)\n([^$\n].*)$", fence.text, re.MULTILINE)
]
"""Each command under which a page shows what it prints, with the first line of that."""


@pytest.mark.parametrize(
    ("fence", "command", "shown"), SHOWN_TABLES, ids=lambda value: getattr(value, "where", None)
)
def test_a_table_that_a_page_shows_has_the_columns_that_are_printed(
    fence: Fence, command: str, shown: str, shell: tuple[Path, dict[str, str]]
) -> None:
    checkout, environment = shell
    printed = subprocess.run(
        ["bash", "-c", command],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    columns = re.split(r"\s{2,}", printed.stdout.splitlines()[0].strip())
    assert re.split(r"\s{2,}", shown.strip()) == columns, fence.where


def test_every_annotation_that_a_page_sets_is_one_that_the_operator_reads() -> None:
    set_on_pages = {
        name
        for fence in all_fences(*RUN, "sh", "console")
        for name in re.findall(r"kubectl annotate .*?([\w.-]+/[\w.-]+)=", fence.script)
    }

    assert set_on_pages == {REQUESTED_AT}


@pytest.mark.parametrize("fence", all_fences("yaml"), ids=lambda fence: fence.where)
def test_manifests_are_accepted(fence: Fence, installed: ControlPlane) -> None:
    said = installed.kubectl(
        *("apply", "--server-side", "--force-conflicts", "--validate=strict", "--dry-run=server"),
        "--filename=-",
        stdin=fence.text,
    )

    assert said.splitlines()


def stored(control_plane: ControlPlane) -> Any:
    return json.loads(control_plane.kubectl("get", "tcfg", "cluster", "--output=json"))


def has(value: Any, patch: Any) -> bool:
    """Whether a merge patch would change nothing (RFC 7386)."""
    if not isinstance(patch, dict):
        return bool(value == patch)
    return isinstance(value, dict) and all(has(value.get(key), patch[key]) for key in patch)
