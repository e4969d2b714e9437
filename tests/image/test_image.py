"""What is in the image, what is not, and how little it asks of where it runs."""

import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from packaging.utils import canonicalize_name

from microshift_telemetry import __version__
from tests.image.building import make_image
from tests.image.conftest import Image
from tests.image.container import run_tightly
from tests.support.checkout import copy_of_the_checkout
from tests.support.image_environment import image_environment
from tests.support.locks import locked

MAX_MEGABYTES = 120
OURS = "opt/microshift-telemetry"
RunTightly = Callable[..., "CompletedProcess[str]"]

UNCOMPILED = """
import importlib.util, pathlib, sys
def flags(source):
    cached = pathlib.Path(importlib.util.cache_from_source(source))
    return int.from_bytes(cached.read_bytes()[4:8], "little") if cached.exists() else None
sources = [str(path) for path in pathlib.Path(sys.prefix).rglob("*.py")]
print(len(sources), [source for source in sources if flags(source) != 0b01])
"""
"""A .pyc with these flags is taken as it is, whatever date or content its source has (PEP 552)."""

INSTALLED = """
import importlib.metadata
print(*(f"{each.name}=={each.version}" for each in importlib.metadata.distributions()))
"""


@pytest.fixture
def run_in_image(image: Image, tmp_path: Path) -> RunTightly:
    def run_in_image(*command: str) -> "CompletedProcess[str]":
        return run_tightly(image.root, image.config, tmp_path / "bundle", command)

    return run_in_image


def test_any_user_runs_it_on_a_read_only_root_without_a_capability(
    run_in_image: RunTightly,
) -> None:
    ended = run_in_image()

    assert ended.returncode == 1
    assert ended.stderr.endswith(
        "cannot run: no API server address: neither KUBECONFIG nor KUBERNETES_SERVICE_HOST is set\n"
    )
    assert len(ended.stderr.splitlines()) == 1


def test_what_it_runs_as_is_really_that_tight(run_in_image: RunTightly) -> None:
    ended = run_in_image("grep", "-E", "^(Uid|Cap|NoNewPrivs)", "/proc/self/status")

    told = dict(line.split(":", 1) for line in ended.stdout.splitlines())
    assert int(told["Uid"].split()[0]) >= 1_000_000
    assert told["NoNewPrivs"].strip() == "1"
    assert {told[each].strip() for each in told if each.startswith("Cap")} == {"0" * 16}


def test_it_adds_little_to_its_base(image: Image, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    image.storage.buildah("push", image.name, f"docker-archive:{archive}")

    with tarfile.open(archive) as content:
        size_bytes = content.getmember(f"{image.layer.removeprefix('sha256:')}.tar").size

    print(f"\nThe image adds {size_bytes / 1e6:.1f} MB to its base, at most {MAX_MEGABYTES}")
    assert size_bytes <= MAX_MEGABYTES * 1_000_000


@pytest.mark.timeout(1800)
def test_built_again_elsewhere_it_has_the_same_layer(
    image: Image, wheelhouse: Path, tmp_path: Path
) -> None:
    again, checkout = "localhost/telemetry:again", copy_of_the_checkout(tmp_path / "elsewhere")

    make_image(again, checkout, image.storage, image.base, wheelhouse)

    print(f"\nBuilt twice, its layer is {image.layer}")
    assert image.storage.layers(again)[-1] == image.layer


def test_its_bytecode_is_shipped_and_never_compared_with_a_source(
    run_in_image: RunTightly,
) -> None:
    ended = run_in_image("python3", "-c", UNCOMPILED)

    count, uncompiled = ended.stdout.split(maxsplit=1)
    assert int(count) > 300
    assert uncompiled.strip() == "[]"


def test_its_bytecode_has_no_docstrings(run_in_image: RunTightly) -> None:
    ended = run_in_image("python3", "-c", "import kopf; print(len(kopf.__doc__))")

    assert ended.stdout == "1\n"


@pytest.mark.parametrize("module", ["pip", "setuptools", "wheel", "hatchling", "kubernetes"])
def test_no_tool_of_the_build_can_be_imported(run_in_image: RunTightly, module: str) -> None:
    ended = run_in_image("python3", "-c", f"import {module}")

    assert f"No module named '{module}'" in ended.stderr


def test_there_is_no_pip_and_no_compiler(run_in_image: RunTightly) -> None:
    programs = ("pip", "pip3", "cc", "gcc", "c99", "clang", "ld", "as", "make")

    ended = run_in_image(
        "python3", "-c", f"import shutil; print([*filter(shutil.which, {programs})])"
    )

    assert ended.stdout == "[]\n"


def test_everybody_may_read_it_and_nobody_but_root_write(image: Image) -> None:
    files = [path for path in (image.root / OURS).rglob("*") if not path.is_symlink()]

    wrong = [
        path.relative_to(image.root)
        for path in files
        if (path.stat().st_mode & 0o022)
        or not (path.stat().st_mode & stat.S_IROTH)
        or (path.is_dir() and not path.stat().st_mode & stat.S_IXOTH)
        or path.stat().st_uid != 0
    ]

    assert len(files) > 700
    assert wrong == []


def test_its_machine_code_is_for_its_architecture(image: Image) -> None:
    architecture = image.storage.architecture
    programs = [image.root / "usr/bin/python3", *(image.root / OURS).rglob("*.so")]

    wrong = [
        path.relative_to(image.root)
        for path in programs
        if elf_machine(path.read_bytes()) != architecture.elf_machine
    ]

    assert image.storage.config(image.name)["architecture"] == architecture.name
    assert len(programs) > 10
    assert wrong == []


def elf_machine(program: bytes) -> int:
    """Read the one field of an ELF header that names a machine."""
    assert program[:4] == b"\x7fELF"
    return int.from_bytes(program[18:20], "little")


def test_it_says_what_it_is_and_that_it_is_not_root(image: Image) -> None:
    config = image.config

    assert config["User"] == "65532:65532"
    assert config["Labels"]["org.opencontainers.image.title"] == "microshift-telemetry"
    assert config["Labels"]["org.opencontainers.image.version"] == __version__
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert config["Labels"]["org.opencontainers.image.base.name"] == image.base


def test_the_operator_is_tested_with_its_variables(image: Image) -> None:
    """Integration tests and benchmark run the operator without a container."""
    told = dict(variable.split("=", 1) for variable in image.config["Env"])

    assert told == image_environment()


def test_it_holds_what_is_locked_and_the_operator(run_in_image: RunTightly) -> None:
    ended = run_in_image("python3", "-c", INSTALLED)

    pairs = (each.split("==") for each in ended.stdout.split())
    assert {(canonicalize_name(name), version) for name, version in pairs} == locked("run") | {
        ("microshift-telemetry", __version__)
    }


@pytest.mark.parametrize("python", ["cp311", "cp312"])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_lock_has_wheels_for(wheelhouse: Path, python: str, machine: str) -> None:
    """`make wheelhouse` fails where a wheel is missing; here are those that hold machine code."""
    compiled = {"aiohttp", "cramjam", "frozenlist", "multidict", "propcache", "pyyaml", "yarl"}

    found = {
        canonicalize_name(wheel.name.split("-")[0])
        for wheel in wheelhouse.glob(f"*-{python}-{python}-*{machine}.whl")
    }

    assert compiled <= found
