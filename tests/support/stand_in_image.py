"""An image as small as it can be that has all a release is verified by, as an OCI layout."""

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tests.image.architecture import ARCHITECTURES

SITE = "opt/microshift-telemetry/lib/python3.12/site-packages"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
BASE = f"registry.example.com/base@sha256:{'ba' * 32}"


@dataclass(frozen=True, slots=True)
class StandIn:
    """What the image for an architecture says, and what it really holds."""

    version: str
    revision: str
    architecture: str = "amd64"
    machine: str = ""
    """The architecture of its programs, where it is another one."""
    installed: str = ""
    """The operator's version, where it is another one."""
    base: str = BASE

    def lay(self, directory: Path) -> Path:
        """Write the layout, as a builder of images does."""
        base = _tar({"usr/bin/python3.12": self._program()})
        installed = f"microshift_telemetry-{self.installed or self.version}.dist-info"
        ours = _tar(
            {
                f"{SITE}/psutil/_psutil_linux.abi3.so": self._program(),
                f"{SITE}/{installed}/METADATA": b"Name: microshift-telemetry\n",
            }
        )
        label = "org.opencontainers.image"
        labels = {
            f"{label}.version": self.version,
            f"{label}.revision": self.revision,
            f"{label}.base.name": self.base,
        }
        config = {
            "architecture": self.architecture,
            "os": "linux",
            "config": {"Labels": labels},
            "rootfs": {"type": "layers", "diff_ids": [_digest(base), _digest(ours)]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _blob(directory, CONFIG, _json(config)),
            "layers": [
                _blob(directory, LAYER, gzip.compress(each, mtime=0)) for each in (base, ours)
            ],
        }
        index = {"schemaVersion": 2, "manifests": [_blob(directory, MANIFEST, _json(manifest))]}
        (directory / "index.json").write_bytes(_json(index))
        (directory / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
        return directory

    def _program(self) -> bytes:
        machine = ARCHITECTURES[self.machine or self.architecture].elf_machine
        return b"\x7fELF".ljust(18, b"\0") + machine.to_bytes(2, "little")


def pack_layout(directory: Path, file: Path) -> Path:
    """Write a layout as an archive, as `skopeo` and `podman` do."""
    with tarfile.open(file, "w") as tar:
        tar.add(directory, ".")
    return file


def _blob(directory: Path, kind: str, content: bytes) -> dict[str, object]:
    digest = _digest(content)
    path = directory / "blobs" / digest.replace(":", "/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"mediaType": kind, "digest": digest, "size": len(content)}


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _json(content: object) -> bytes:
    return json.dumps(content).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
