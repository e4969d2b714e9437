"""`make release` builds from a commit, the same for everybody, or says why it does not."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from release.seal import PUBLIC_KEY, SIGNATURE, SUMS
from tests.integration.release.download import (
    BILL,
    IMAGE_FILE,
    INFORMATION,
    MANIFESTS,
    OPERATOR,
    PLUGIN_PACKAGE,
    SOURCE,
    VERSION,
    Download,
)
from tests.support.packages import PackagingError
from tests.support.releasing import IMAGE, Releaser
from tests.support.stand_in_image import StandIn


def test_a_release_is_complete_and_leaves_the_tree_as_it_was(
    made: Path, releaser: Releaser, download: Download
) -> None:
    assert download.faults() == []
    assert releaser.status() == ""
    assert sorted(each.name for each in made.iterdir()) == sorted(
        [
            *(IMAGE_FILE, OPERATOR, PLUGIN_PACKAGE, INFORMATION, MANIFESTS, SOURCE, BILL),
            f"microshift-telemetry-default-{VERSION}-1.noarch.rpm",
            *("kubectl-telemetry", "kubectl_complete-telemetry", "verify-release"),
            *(PUBLIC_KEY, SUMS, SIGNATURE),
        ]
    )


def test_it_can_be_verified_by_hand_too(download: Download) -> None:
    """So that nobody has to run a program of the release to learn whether to trust it."""
    environment = download.keys.environment
    where = download.directory

    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=where, check=True)
    subprocess.run(
        ["gpg", "--batch", "--quiet", "--verify", SIGNATURE, SUMS],
        cwd=where,
        env=environment,
        capture_output=True,
        check=True,
    )


def test_the_same_commit_gives_the_same_bytes_but_for_signatures(
    made: Path, releaser: Releaser, download: Download, tmp_path: Path
) -> None:
    """Of a signed RPM, the header's digest covers all but the signature."""
    unsigned = releaser.release(VERSION, [str(made / IMAGE_FILE)], into=tmp_path)

    for file in unsigned.iterdir():
        if file.suffix == ".rpm":
            assert header_digest(file) == header_digest(made / file.name)
        elif file.name != SUMS:
            assert file.read_bytes() == (made / file.name).read_bytes(), file.name
    assert replace(download, directory=unsigned).faults("--unsigned") == []


def header_digest(package: Path) -> str:
    query = ("rpm", f"--dbpath={package.parent}/rpm", "--query", "--nosignature")
    told = subprocess.check_output([*query, "--queryformat=%{SHA256HEADER}", "--package", package])
    shutil.rmtree(package.parent / "rpm", ignore_errors=True)
    assert len(told) == 64
    return told.decode()


def change_a_page(releaser: Releaser) -> None:
    (releaser.checkout / "README.md").write_text("other\n")


def tag_another_version(releaser: Releaser) -> None:
    releaser.tag_before("v99.0.0")


def write_another_version(releaser: Releaser) -> None:
    overlay = releaser.checkout / "deploy/overlays/microshift/kustomization.yaml"
    overlay.write_text(overlay.read_text().replace(VERSION, "1.2.3"))
    releaser.commit()


def write_other_texts(releaser: Releaser) -> None:
    generated = releaser.checkout / "operator/microshift_telemetry_cli/texts.json"
    generated.write_text(generated.read_text().replace("{", "{ ", 1))
    releaser.commit()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (change_a_page, "the tree is not as it was committed: README.md"),
        (tag_another_version, f"{VERSION} is not greater than 99.0.0"),
        (write_another_version, "deploy/overlays/microshift/kustomization.yaml says 1.2.3"),
        (write_other_texts, "texts.json is out of date: run 'make generate'"),
    ],
)
def test_a_commit_that_can_not_be_released_is_refused_before_anything_is_built(
    releaser: Releaser,
    made: Path,
    spoil: Callable[[Releaser], None],
    said: str,
    tmp_path: Path,
) -> None:
    spoil(releaser)

    with pytest.raises(PackagingError, match=re.escape(said)):
        releaser.release(VERSION, [str(made / IMAGE_FILE)], into=tmp_path / "releases")

    assert not (tmp_path / "releases").exists()


def test_a_wrong_image_is_not_released_and_what_was_released_stays(
    releaser: Releaser, tmp_path: Path
) -> None:
    """What is built is verified before it gets its place."""
    (kept := tmp_path / VERSION).mkdir()
    archives = releaser.archives(tmp_path / "images", StandIn(VERSION, "c0ffee"))

    with pytest.raises(PackagingError, match="the image for amd64 is of another commit"):
        releaser.release(VERSION, archives, into=tmp_path)

    assert [*kept.iterdir()] == []


def test_the_version_has_to_be_said(releaser: Releaser) -> None:
    with pytest.raises(PackagingError, match="Which one"):
        releaser.make("release", f"IMAGE={IMAGE}")
