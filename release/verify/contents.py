"""What carries the version says it, and both ways to install run the image of the archive."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from zipfile import ZipFile

from release.verify.files import MACHINES, NAME, Release, run
from release.verify.image import top
from release.verify.packages import unpacked

MODULE = "operator/microshift_telemetry/__init__.py"
COMPLETION = "kubectl_complete-telemetry"
PLACES = {
    f"090-{NAME}/remove/": f"usr/share/{NAME}/remove/",
    "": "usr/lib/microshift/manifests.d/",
}
"""Where a package places what the tarball of manifests has at the left; the first that fits."""


def contents(release: Release) -> Iterator[str]:
    """Find what is of another version, or of another image."""
    prefix = f"{NAME}-{release.version}/"
    sources = release.read_tar(release.source)
    if f'__version__ = "{release.version}"'.encode() not in sources.get(prefix + MODULE, b""):
        yield f"{release.source}: of another version"
    if sources.get(f"{prefix}packaging/{COMPLETION}") != release.read(COMPLETION):
        yield f"{COMPLETION}: not the one of {release.source}"
    plugin = str(release.file("kubectl-telemetry"))
    told = run(sys.executable, "-I", plugin, "--version").stdout.strip()
    if told != f"kubectl-telemetry {release.version}":
        yield f"kubectl-telemetry: it calls itself {told or 'nothing'}"
    component = release.read_json(release.bill)["metadata"]["component"]
    if (component["name"], component.get("version")) != (NAME, release.version):
        yield f"{release.bill}: of {component['name']} {component.get('version')}"
    manifests = release.read_tar(release.manifests)
    yield from _other_manifests(release, manifests)
    yield from _other_image(release, manifests)
    yield from _other_plugin(release)


def _other_manifests(release: Release, manifests: Mapping[str, bytes]) -> Iterator[str]:
    operator, default, *_ = (unpacked(release, each) for each in release.packages)
    packed = {**operator, **default}
    laid = {}
    for path, content in manifests.items():
        start = next(each for each in PLACES if path.startswith(each))
        laid[PLACES[start] + path[len(start) :]] = content
    ours = {path for path in packed if path.startswith(tuple(PLACES.values()))}
    for path in sorted(ours | laid.keys()):
        if packed.get(path) != laid.get(path):
            yield f"{release.manifests}: not the same as the packages in {path}"


def _other_image(release: Release, manifests: Mapping[str, bytes]) -> Iterator[str]:
    kustomization = manifests.get(f"090-{NAME}/kustomization.yaml", b"").decode()
    names = re.findall(r"newName: (\S+)", kustomization)
    digest = top(release.read_tar(release.archive))["digest"]
    if re.findall(r"digest: (\S+)", kustomization) != [digest] * len(names) or not names:
        yield f"{release.manifests}: it runs another image than that of {release.archive}"
    listed = {
        "release": {"base": release.version},
        "images": {NAME: f"{''.join(names[:1])}@{digest}"},
    }
    directory = "usr/share/microshift/release"
    paths = {f"{directory}/release-{NAME}-{kernel}.json" for _, kernel in MACHINES.values()}
    found = unpacked(release, release.packages[2])
    if found.keys() != paths or any(json.loads(each) != listed for each in found.values()):
        yield f"{release.packages[2]}: it lists another image or version"


def _other_plugin(release: Release) -> Iterator[str]:
    """Compare what is in both files: they are run by another Python."""
    packed = unpacked(release, release.packages[3])
    if _modules(packed["usr/bin/kubectl-telemetry"]) != _modules(release.read("kubectl-telemetry")):
        yield f"{release.packages[3]}: its plugin is not kubectl-telemetry"


def _modules(program: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(program)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
