"""The archive of the image: every blob, and what the image for each architecture is."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

from release.verify.files import MACHINES, Release, sha256

BLOBS = "blobs/sha256/"
OURS = "opt/microshift-telemetry/"
PROGRAM = re.compile(rf"usr/bin/python3\.\d+|{OURS}.+\.so")
INSTALLED = re.compile(rf"{OURS}.+/microshift_telemetry-(.+)\.dist-info/METADATA")
LABEL = "org.opencontainers.image."

Json = Any


class Blobs:
    """What is in an archive, by digest, and what of it was asked for."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Take the files of an OCI layout."""
        self.files = {
            name[len(BLOBS) :]: content for name, content in files.items() if name[:13] == BLOBS
        }
        self.unused = set(self.files)

    def read(self, descriptor: Json) -> bytes:
        """Give what a descriptor describes.

        Raises:
            ValueError: it is missing, or has another size.
        """
        digest = str(descriptor["digest"]).partition(":")[2]
        self.unused.discard(digest)
        content = self.files.get(digest, b"")
        if len(content) != descriptor["size"]:
            raise ValueError(f"the blob {digest} is missing, or has another size")
        return content


def image(release: Release) -> Iterator[str]:
    """Find what is wrong with it."""
    files = release.read_tar(release.archive)
    blobs = Blobs(files)
    for digest, content in blobs.files.items():
        if sha256(content) != digest:
            yield f"{release.archive}: the blob {digest} has another digest"
    images = json.loads(blobs.read(top(files)))["manifests"]
    found = sorted(each["platform"]["architecture"] for each in images)
    if found != sorted(release.architectures):
        wanted = ", ".join(release.architectures)
        yield f"{release.archive}: it is for {', '.join(found)}, not for {wanted}"
    for each in images:
        architecture = each["platform"]["architecture"]
        manifest = json.loads(blobs.read(each))
        config = json.loads(blobs.read(manifest["config"]))
        layers = [_gunzipped(blobs.read(layer)) for layer in manifest["layers"]]
        for fault in (
            *_config_faults(release, architecture, config, layers),
            *_layer_faults(release, architecture, layers),
        ):
            yield f"{release.archive}: the image for {architecture} {fault}"
    for digest in sorted(blobs.unused):
        yield f"{release.archive}: the blob {digest} belongs to no image"


def top(files: Mapping[str, bytes]) -> Json:
    """Describe the index of all architectures, which is what manifests name."""
    [only] = json.loads(files["index.json"])["manifests"]
    return only


def _config_faults(
    release: Release, architecture: str, config: Json, layers: list[bytes]
) -> Iterator[str]:
    labels = config["config"].get("Labels") or {}
    if config["architecture"] != architecture:
        yield f"calls itself one for {config['architecture']}"
    if config["rootfs"]["diff_ids"] != [f"sha256:{sha256(layer)}" for layer in layers]:
        yield "has other layers than its configuration lists"
    if labels.get(f"{LABEL}version") != release.version:
        yield f"has the label of version {labels.get(f'{LABEL}version')}"
    if labels.get(f"{LABEL}revision") != _commit(release):
        yield f"is of another commit than {release.source}"
    if "@sha256:" not in labels.get(f"{LABEL}base.name", ""):
        yield "does not name its base by digest"


def _layer_faults(release: Release, architecture: str, layers: list[bytes]) -> Iterator[str]:
    machines, versions = set(), set()
    for layer in layers:
        with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
            for member in tar:
                path = member.name[2 * member.name.startswith("./") :]
                versions.update(INSTALLED.findall(path))
                file = tar.extractfile(member) if PROGRAM.fullmatch(path) else None
                if file:
                    machines.add(int.from_bytes(file.read(20)[18:], "little"))
    if machines != {MACHINES[architecture][0]}:
        yield f"has programs for other machines (ELF: {sorted(machines)})"
    if versions != {release.version}:
        yield f"has the operator in version {', '.join(sorted(versions)) or 'none'}"


def _commit(release: Release) -> str:
    """Read of which commit the sources are, as git notes it in front of them."""
    with tarfile.open(release.file(release.source)) as tar:
        return tar.pax_headers.get("comment", "")


def _gunzipped(layer: bytes) -> bytes:
    return gzip.decompress(layer) if layer[:2] == b"\x1f\x8b" else layer
