#!/usr/bin/env python3
"""Lay out what the packages hold, as it will stand on a device; `make dist` calls it.

What is rendered here needs nothing outside of its own directory, as kustomize asks for, and names
its image by digest, so that a device runs what was built, or nothing.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[1]
NAME = "microshift-telemetry"
IMAGE = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9.:-]*(?:/[a-z0-9._-]+)+)@(?P<digest>sha256:[0-9a-f]{64})"
)
ARCHITECTURES = ("x86_64", "aarch64")
DOCUMENTATION = f"usr/share/doc/{NAME}"
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?!https?:)(?P<path>[^)#]+)(?:#[^)]*)?\)")
LEFT_OUT = ("performance.md", "performance")
"""Of the pages: what was measured while the operator was made."""
FILES: Mapping[str, str] = {
    "deploy/default": "usr/lib/microshift/manifests.d/091-microshift-telemetry-default",
    "deploy/remove": "usr/share/microshift-telemetry/remove",
    "docs": f"{DOCUMENTATION}/docs",
    "examples": f"{DOCUMENTATION}/examples",
    "README.md": f"{DOCUMENTATION}/README.md",
    "CHANGELOG.md": f"{DOCUMENTATION}/CHANGELOG.md",
    "LICENSE": f"usr/share/licenses/{NAME}/LICENSE",
    "packaging/greenboot": "etc/greenboot/check/wanted.d",
}
"""What is copied as it is, and where to."""


@dataclass(frozen=True, slots=True)
class Image:
    """The operator's image in a registry: of an index, which stands for all architectures."""

    name: str
    digest: str

    def __str__(self) -> str:
        """Write it as a pod names it."""
        return f"{self.name}@{self.digest}"


def parse_image(text: str) -> Image:
    """Read a reference by digest.

    Raises:
        ArgumentTypeError: it is none; a tag can be moved under a device.
    """
    found = IMAGE.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not pinned: make dist IMAGE=REGISTRY/NAME@sha256:DIGEST, as the registry "
            "names what was pushed"
        )
    return Image(**found.groupdict())


def main() -> None:
    """Lay everything out below a new directory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubectl", required=True, help="kubectl or oc, to render kustomizations")
    parser.add_argument("--image", required=True, type=parse_image, help="REGISTRY/NAME@sha256:...")
    parser.add_argument("--version", required=True, help="of the packages")
    parser.add_argument("--into", required=True, type=Path, help="directory to make")
    options = parser.parse_args()
    root: Path = options.into
    for source, target in FILES.items():
        copy(REPOSITORY / source, root / target)
    for page in (root / DOCUMENTATION).rglob("*.md"):
        page.write_text(without_dead_links(page))
    manifests = root / "usr/lib/microshift/manifests.d/090-microshift-telemetry"
    write_manifests(
        manifests, rendered(options.kubectl, "deploy/overlays/microshift"), options.image
    )
    write_release(root / "usr/share/microshift/release", options.image, options.version)
    build_plugin(root / "usr/bin")
    copy(REPOSITORY / "LICENSE", root / f"usr/share/licenses/{NAME}-cli/LICENSE")


def copy(source: Path, target: Path) -> None:
    """Copy a file or a tree."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    else:
        shutil.copy(source, target)


def without_dead_links(page: Path) -> str:
    """Leave of a link its text, where it leads to what only a checkout has."""
    return LINK.sub(
        lambda link: link[0] if (page.parent / link["path"]).exists() else link["text"],
        page.read_text(),
    )


def rendered(kubectl: str, directory: str) -> list[str]:
    """Render a kustomization of the repository into one text an object."""
    done = subprocess.run(  # noqa: S603  # the caller's kubectl
        [kubectl, "kustomize", REPOSITORY / directory],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return re.split(r"^---\n", done.stdout, flags=re.MULTILINE)


def write_manifests(directory: Path, objects: list[str], image: Image) -> None:
    """Write one file a kind, and a kustomization that pins the image."""
    files: dict[str, list[str]] = {}
    for text in objects:
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", yaml.safe_load(text)["kind"]).lower()
        files.setdefault(f"{kind}.yaml", []).append(text)
    directory.mkdir(parents=True)
    for name, texts in files.items():
        (directory / name).write_text("---\n".join(texts))
    built = {name for text in objects for name in image_names(yaml.safe_load(text))}
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(files),
        "images": [
            {"name": name, "newName": image.name, "digest": image.digest} for name in sorted(built)
        ],
    }
    text = yaml.safe_dump(kustomization, sort_keys=False)
    (directory / "kustomization.yaml").write_text(
        "# Made from deploy/overlays/microshift of the sources, where the reasons stand.\n" + text
    )


def image_names(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Find the images of a Deployment, without their tags."""
    if manifest["kind"] == "Deployment":
        pod = manifest["spec"]["template"]["spec"]
        for container in pod.get("initContainers", []) + pod["containers"]:
            yield container["image"].rpartition(":")[0]


def write_release(directory: Path, image: Image, version: str) -> None:
    """List the images for those who build for devices without a network, as MicroShift does."""
    directory.mkdir(parents=True)
    content = {"release": {"base": version}, "images": {NAME: str(image)}}
    for architecture in ARCHITECTURES:
        path = directory / f"release-{NAME}-{architecture}.json"
        path.write_text(json.dumps(content, indent=2) + "\n")


def build_plugin(directory: Path) -> None:
    """Build the plugin of kubectl for the device's own Python."""
    build = str(REPOSITORY / "packaging" / "build_plugin.py")
    subprocess.run(  # noqa: S603  # our own
        [sys.executable, build, str(directory), "--interpreter=/usr/bin/python3"], check=True
    )


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(map(str, error.cmd))} ended with {error.returncode}")
