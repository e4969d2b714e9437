"""A wrong build is signed like any other: what only the owner of the key could do is named too."""

import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from release.archive import pack
from tests.integration.release.download import (
    BEFORE,
    BILL,
    IMAGE_FILE,
    INFORMATION,
    MANIFESTS,
    OPERATOR,
    PLUGIN_PACKAGE,
    SOURCE,
    VERSION,
    Download,
    flip_a_byte,
)


def sign_by_another(download: Download) -> None:
    download.keys.sign_package(download / OPERATOR, download.keys.foreign)


def unsign(download: Download) -> None:
    rpmsign = ("rpmsign", f"--define=_dbpath {download.directory.parent}/rpm", "--delsign")
    subprocess.run([*rpmsign, download / OPERATOR], check=True, capture_output=True)


def take_the_package_before(download: Download) -> None:
    older = OPERATOR.replace(VERSION, BEFORE)
    shutil.copy(download.before / older, download / OPERATOR)


def take_the_plugin_before(download: Download) -> None:
    shutil.copy(download.before / "kubectl-telemetry", download / "kubectl-telemetry")


def take_the_bill_before(download: Download) -> None:
    shutil.copy(download.before / BILL.replace(VERSION, BEFORE), download / BILL)


def take_the_source_before(download: Download) -> None:
    shutil.copy(download.before / SOURCE.replace(VERSION, BEFORE), download / SOURCE)


def take_the_information_before(download: Download) -> None:
    older = download.before / INFORMATION.replace(VERSION, BEFORE)
    shutil.copy(older, download / INFORMATION)


def change_completion(download: Download) -> None:
    (download / "kubectl_complete-telemetry").write_text("#!/bin/sh\n")


def change_manifests(old: bytes, new: bytes) -> Callable[[Download], None]:
    def change(download: Download) -> None:
        tar = gzip.decompress((download / MANIFESTS).read_bytes())
        changed, times = re.subn(old, new, tar)
        assert times > 0
        (download / MANIFESTS).write_bytes(gzip.compress(changed))

    return change


def flip_a_byte_of_the_package(download: Download) -> None:
    flip_a_byte(download / OPERATOR)


def change_image(*changes: dict[str, str]) -> Callable[[Download], None]:
    def change(download: Download) -> None:
        download.lay_image(*(replace(download.image, **each) for each in changes))

    return change


def spoil(name: str) -> Callable[[Download], None]:
    def write(download: Download) -> None:
        (download / name).write_bytes(b"\x1f\x8b no more than a beginning")

    return write


def rename_an_architecture(download: Download) -> None:
    """Say in the index, not in the image."""
    content = (download / IMAGE_FILE).read_bytes()
    old, new = b'"platform":{"architecture":"arm64"', b'"platform":{"architecture":"amd64"'
    assert content.count(old) == 1
    (download / IMAGE_FILE).write_bytes(content.replace(old, new))


def drop_a_layer(download: Download) -> None:
    with tarfile.open(download / IMAGE_FILE) as tar:
        files = {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]  # all are files
    layer = next(name for name, content in files.items() if content[:2] == b"\x1f\x8b")
    with tarfile.open(download / IMAGE_FILE, "w") as tar:
        for name, content in files.items():
            if name != layer:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))


def add_a_blob(download: Download) -> None:
    with tarfile.open(download / IMAGE_FILE, "a") as tar:
        tar.addfile(tarfile.TarInfo(f"blobs/sha256/{'e3' * 32}"), io.BytesIO())


def flip_a_byte_of_a_layer(download: Download) -> None:
    content = bytearray((download / IMAGE_FILE).read_bytes())
    content[content.index(b"\x1f\x8b\x08") + 9] ^= 1  # which system has compressed it
    (download / IMAGE_FILE).write_bytes(content)


ARM64 = {"architecture": "arm64"}
AS_ARM64 = f"{IMAGE_FILE}: the image for arm64"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(sign_by_another, f"{OPERATOR}: not signed by the key", id="RPM: another key"),
        pytest.param(unsign, f"{OPERATOR}: not signed by the key", id="RPM: unsigned"),
        pytest.param(flip_a_byte_of_the_package, f"{OPERATOR}: not signed by", id="RPM: damaged"),
        pytest.param(
            take_the_package_before,
            f"{OPERATOR}: it is {OPERATOR.replace(VERSION, BEFORE)}",
            id="RPM: version",
        ),
        pytest.param(
            take_the_plugin_before,
            f"kubectl-telemetry: it calls itself kubectl-telemetry {BEFORE}",
            id="plugin: version",
        ),
        pytest.param(
            take_the_plugin_before,
            f"{PLUGIN_PACKAGE}: its plugin is not kubectl-telemetry",
            id="RPM: plugin",
        ),
        pytest.param(
            take_the_bill_before, f"{BILL}: of microshift-telemetry {BEFORE}", id="SBOM: version"
        ),
        pytest.param(take_the_source_before, f"{SOURCE}: of another version", id="source: version"),
        pytest.param(
            take_the_source_before,
            f"{IMAGE_FILE}: the image for amd64 is of another commit than {SOURCE}",
            id="source: commit",
        ),
        pytest.param(
            change_completion,
            f"kubectl_complete-telemetry: not the one of {SOURCE}",
            id="completion",
        ),
        pytest.param(
            take_the_information_before,
            f"{INFORMATION}: it lists another image or version",
            id="release-info: version",
        ),
        pytest.param(
            change_manifests(rb"digest: sha256:....", b"digest: sha256:0000"),
            f"{MANIFESTS}: it runs another image than that of {IMAGE_FILE}",
            id="manifests: image",
        ),
        pytest.param(
            change_manifests(b"runAsUser: 0", b"runAsUser: 1"),
            f"{MANIFESTS}: not the same as the packages in usr/lib/microshift/manifests.d/"
            "090-microshift-telemetry/deployment.yaml",
            id="manifests: other than the packages",
        ),
        pytest.param(flip_a_byte_of_a_layer, f"{IMAGE_FILE}: the blob ", id="image: damaged layer"),
        pytest.param(
            drop_a_layer, "is missing, or has another size", id="image: a blob is missing"
        ),
        pytest.param(
            rename_an_architecture,
            f"{IMAGE_FILE}: the image for amd64 calls itself one for arm64",
            id="image: architecture",
        ),
        *(
            pytest.param(spoil(name), f"{name}: ", id=f"unreadable: {kind}")
            for kind, name in (
                *(("RPM", OPERATOR), ("image", IMAGE_FILE), ("manifests", MANIFESTS)),
                *(("source", SOURCE), ("SBOM", BILL), ("plugin", "kubectl-telemetry")),
            )
        ),
        pytest.param(add_a_blob, "belongs to no image", id="image: a blob too many"),
        pytest.param(
            change_image({}),
            f"{IMAGE_FILE}: it is for amd64, not for amd64, arm64",
            id="image: an architecture is missing",
        ),
        pytest.param(
            change_image({}, {**ARM64, "machine": "amd64"}),
            f"{AS_ARM64} has programs for other machines (ELF: [62])",
            id="image: programs of another architecture",
        ),
        pytest.param(
            change_image({}, {**ARM64, "version": BEFORE, "installed": VERSION}),
            f"{AS_ARM64} has the label of version {BEFORE}",
            id="image: label",
        ),
        pytest.param(
            change_image({}, {**ARM64, "installed": BEFORE}),
            f"{AS_ARM64} has the operator in version {BEFORE}",
            id="image: installed version",
        ),
        pytest.param(
            change_image({}, {**ARM64, "revision": "c0ffee"}),
            f"{AS_ARM64} is of another commit than {SOURCE}",
            id="image: commit",
        ),
        pytest.param(
            change_image({}, {**ARM64, "base": "registry.example.com/base:latest"}),
            f"{AS_ARM64} does not name its base by digest",
            id="image: base",
        ),
    ],
)
def test_what_only_the_owner_of_the_key_could_have_changed_is_named_too(
    download: Download, damage: Callable[[Download], None], said: str
) -> None:
    """A wrong build is signed like any other."""
    damage(download)
    download.seal()

    faults = download.faults()

    assert any(said in each for each in faults), faults


def test_an_image_whose_layers_are_not_those_of_its_configuration_is_named(
    download: Download, tmp_path: Path
) -> None:
    layout = download.image.lay(tmp_path / "layout")
    blobs = layout / "blobs" / "sha256"
    index = json.loads((layout / "index.json").read_text())
    [described] = index["manifests"]
    manifest = json.loads((blobs / described["digest"].removeprefix("sha256:")).read_text())
    manifest["layers"].reverse()
    content = json.dumps(manifest).encode()
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    described |= {"digest": f"sha256:{digest}", "size": len(content)}
    (layout / "index.json").write_text(json.dumps(index))
    pack(download / IMAGE_FILE, [layout])
    download.seal()

    said = f"{IMAGE_FILE}: the image for amd64 has other layers than its configuration lists"
    assert said in download.faults()
