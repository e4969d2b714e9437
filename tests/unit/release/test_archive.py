"""The archive of the image for all architectures: `make image-archive` and `make release`."""

import json
import tarfile
from pathlib import Path

import pytest

from release.archive import ArchiveError, digest, pack
from tests.support.stand_in_image import StandIn, pack_layout

AMD64 = StandIn("0.2.0", "c0ffee")
ARM64 = StandIn("0.2.0", "c0ffee", "arm64")


@pytest.fixture
def layouts(tmp_path: Path) -> list[Path]:
    return [each.lay(tmp_path / each.architecture) for each in (AMD64, ARM64)]


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def test_it_has_one_index_of_the_images_for_all_architectures(
    layouts: list[Path], tmp_path: Path
) -> None:
    archive = tmp_path / "image.oci.tar"

    told = pack(archive, layouts)

    with tarfile.open(archive) as tar:
        files = {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]  # all are files
    [top] = json.loads(files["index.json"])["manifests"]
    index = json.loads(files[f"blobs/{told.replace(':', '/')}"])
    assert top["digest"] == told == digest(archive)
    assert [each["platform"] for each in index["manifests"]] == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm64", "os": "linux"},
    ]
    blobs = {path.name for layout in layouts for path in (layout / "blobs/sha256").iterdir()}
    assert {name.rpartition("/")[2] for name in files if name.startswith("blobs/")} == blobs | {
        told.removeprefix("sha256:")
    }


def test_the_same_images_give_the_same_bytes_in_any_order_and_from_archives_too(
    layouts: list[Path], tmp_path: Path
) -> None:
    pack(tmp_path / "one.tar", layouts)
    parts = [pack_layout(each, each.with_suffix(".tar")) for each in reversed(layouts)]
    pack(tmp_path / "two.tar", parts)
    pack(tmp_path / "three.tar", [tmp_path / "two.tar"])

    first = (tmp_path / "one.tar").read_bytes()
    assert (tmp_path / "two.tar").read_bytes() == first
    assert (tmp_path / "three.tar").read_bytes() == first


def test_two_images_for_one_architecture_are_refused(layouts: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"one image of each architecture is needed"):
        pack(tmp_path / "image.tar", [layouts[0], layouts[0]])


def test_a_directory_that_holds_no_image_is_refused(tmp_path: Path) -> None:
    (empty := tmp_path / "empty").mkdir()

    with pytest.raises(ArchiveError, match="is no OCI layout"):
        pack(tmp_path / "image.tar", [empty])


def test_a_blob_that_is_not_what_its_name_says_is_refused(
    layouts: list[Path], tmp_path: Path
) -> None:
    blob = max((layouts[0] / "blobs/sha256").iterdir(), key=lambda each: each.stat().st_size)
    blob.write_bytes(blob.read_bytes()[::-1])

    with pytest.raises(ArchiveError, match=f"sha256:{blob.name} is missing or damaged"):
        pack(tmp_path / "image.tar", layouts)
