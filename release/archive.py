"""One archive of the image for all architectures, as OCI lays images out.

`python -m release.archive pack FILE SOURCE...` writes it, from layouts and archives of one or more
architectures; `digest FILE` tells the digest by which a registry will know it.
"""

import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
BLOBS = "blobs/sha256"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Image:
    """The image of one architecture: what an index says of it, and the blobs it is made of."""

    descriptor: Json
    blobs: Mapping[str, bytes]


class ArchiveError(Exception):
    """A source is no image, or two are of one architecture."""


def pack(file: Path, sources: list[Path]) -> str:
    """Write an archive and give its digest; the same images give the same bytes.

    Raises:
        ArchiveError: they can't be one image.
    """
    images = [image for source in sources for image in _images(source)]
    images.sort(key=lambda each: str(each.descriptor["platform"]["architecture"]))
    architectures = [each.descriptor["platform"]["architecture"] for each in images]
    if not images or len(set(architectures)) < len(architectures):
        raise ArchiveError(f"one image of each architecture is needed, not {architectures}")
    descriptors = [each.descriptor for each in images]
    index = _encoded({"schemaVersion": 2, "mediaType": INDEX, "manifests": descriptors})
    top = {"mediaType": INDEX, "digest": _digest(index), "size": len(index)}
    blobs = {_digest(index): index}
    for each in images:
        blobs |= each.blobs
    files = {
        "index.json": _encoded({"schemaVersion": 2, "mediaType": INDEX, "manifests": [top]}),
        "oci-layout": _encoded({"imageLayoutVersion": "1.0.0"}),
        **{f"{BLOBS}/{digest.removeprefix('sha256:')}": blob for digest, blob in blobs.items()},
    }
    _write(file, files)
    return _digest(index)


def digest(file: Path) -> str:
    """Read the digest of the index of all architectures."""
    [top] = json.loads(_read(file)["index.json"])["manifests"]
    return str(top["digest"])


def _images(source: Path) -> Iterator[Image]:
    files = _read(source)

    def found(index: Json) -> Iterator[Image]:
        for descriptor in index["manifests"]:
            blob = _blob(files, descriptor["digest"])
            if descriptor["mediaType"] == INDEX:
                yield from found(json.loads(blob))
            else:
                yield _image(files, descriptor)

    if "index.json" not in files:
        raise ArchiveError(f"{source} is no OCI layout")
    yield from found(json.loads(files["index.json"]))


def _image(files: Mapping[str, bytes], descriptor: Json) -> Image:
    manifest = _blob(files, descriptor["digest"])
    parts = json.loads(manifest)
    config = json.loads(_blob(files, parts["config"]["digest"]))
    names = [descriptor["digest"], parts["config"]["digest"]]
    names += [layer["digest"] for layer in parts["layers"]]
    platform = {key: config[key] for key in ("architecture", "os", "variant") if config.get(key)}
    said = {"mediaType": MANIFEST, "digest": descriptor["digest"], "size": len(manifest)}
    return Image({**said, "platform": platform}, {name: _blob(files, name) for name in names})


def _blob(files: Mapping[str, bytes], name: str) -> bytes:
    blob = files.get(f"{BLOBS}/{name.removeprefix('sha256:')}")
    if blob is None or _digest(blob) != name:
        raise ArchiveError(f"the blob {name} is missing or damaged")
    return blob


def _read(source: Path) -> dict[str, bytes]:
    if source.is_dir():
        files = (each for each in source.rglob("*") if each.is_file())
        return {str(each.relative_to(source)): each.read_bytes() for each in files}
    with tarfile.open(source) as tar:
        opened = ((each.name, tar.extractfile(each)) for each in tar.getmembers())
        return {name.removeprefix("./"): file.read() for name, file in opened if file}


def _write(file: Path, files: Mapping[str, bytes]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def _encoded(content: Json) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


if __name__ == "__main__":
    try:
        if sys.argv[1] == "digest":
            sys.stdout.write(f"{digest(Path(sys.argv[2]))}\n")
        else:
            pack(Path(sys.argv[2]), [Path(each) for each in sys.argv[3:]])
    except (ArchiveError, OSError, tarfile.TarError) as error:
        sys.exit(f"make image-archive: {error}")
