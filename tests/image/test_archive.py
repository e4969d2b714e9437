"""The image in the archive of a release, as `make image-archive` packs it."""

import tarfile
from pathlib import Path

from microshift_telemetry import __version__
from release.archive import pack
from release.verify.files import Release
from release.verify.image import image as faults
from tests.image.conftest import Image


def test_it_is_packed_the_same_twice_and_holds_what_a_release_is_verified_by(
    image: Image, tmp_path: Path
) -> None:
    architecture = image.storage.architecture.name
    release = Release(tmp_path, __version__, (architecture,), None, tmp_path)
    # Of no commit, as the image, which is built from a copy of the checkout.
    with tarfile.open(release.file(release.source), "w:gz"):
        pass
    archives = []
    for layout in (tmp_path / "one", tmp_path / "two"):
        image.storage.buildah("push", "--quiet", "--format=oci", image.name, f"oci:{layout}")
        pack(release.file(release.archive), [layout])
        archives.append(release.read(release.archive))

    assert archives[0] == archives[1]
    assert [*faults(release)] == [
        f"{release.archive}: the image for {architecture} does not name its base by digest"
    ]
