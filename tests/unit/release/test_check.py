import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from release.check import (
    image_complaints,
    program_complaints,
    tree_complaints,
    version_complaints,
)
from release.places import PLACES

TODAY = date(2026, 12, 1)
CHANGELOG = (
    "# Changelog\n\n## [0.2.0] - 2026-12-01\n\n- New.\n\n## [0.1.0] - 2026-11-21\n\n- Old.\n"
)
BASE = f"registry.example.com/base@sha256:{'ba' * 32}"
SAID = {
    "operator/microshift_telemetry/__init__.py": '__version__ = "{}"\n',
    "docs/install.md": "image:{}\n",
}
Git = Callable[..., None]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    def git(*arguments: str) -> None:
        author = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        subprocess.run(
            ["git", "-C", tmp_path, *author, *arguments], check=True, capture_output=True
        )

    return git


@pytest.fixture
def checkout(tmp_path: Path, git: Git) -> Path:
    """A repository that is ready for 0.2.0, with 0.1.0 tagged before."""
    for each in PLACES:
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each).write_text(SAID.get(each, "newTag: {}\n").format("0.2.0"))
    git("init", "--quiet")
    git("commit", "--allow-empty", "--message=first")
    git("tag", "v0.1.0")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git("add", ".")
    git("commit", "--message=second")
    return tmp_path


def test_a_commit_with_its_version_and_date_can_be_released_also_once_it_is_tagged(
    checkout: Path, git: Git
) -> None:
    assert [*version_complaints("0.2.0", TODAY, checkout)] == []
    git("tag", "v0.2.0")
    assert [*version_complaints("0.2.0", TODAY, checkout)] == []
    assert [*tree_complaints(checkout)] == []


def test_a_version_that_the_tree_does_not_have_is_refused(checkout: Path) -> None:
    said = [*version_complaints("0.3.0", TODAY, checkout)]

    assert [each for each in said if each.startswith("operator/")] == [
        "operator/microshift_telemetry/__init__.py says 0.2.0: run `make version VERSION=0.3.0`"
    ]
    assert "CHANGELOG.md has no section [0.3.0]: run `make version VERSION=0.3.0`" in said


@pytest.mark.parametrize("tag", ["v0.2.0", "v0.3.0"])
def test_a_version_that_an_older_commit_has_is_refused(checkout: Path, git: Git, tag: str) -> None:
    git("tag", tag, "HEAD^")

    said = [*version_complaints("0.2.0", TODAY, checkout)]

    assert said == [f"0.2.0 is not greater than {tag[1:]}, which was released before"]


def test_what_is_no_version_is_all_that_is_said(checkout: Path) -> None:
    [said] = version_complaints("0.2", TODAY, checkout)

    assert said == "'0.2' is not a version: take three numbers, as in 0.2.0"


@pytest.mark.parametrize("name", ["CHANGELOG.md", "new.txt"])
def test_a_tree_that_no_commit_has_is_refused(checkout: Path, name: str) -> None:
    (checkout / name).write_text("other\n")

    assert [*tree_complaints(checkout)] == [f"the tree is not as it was committed: {name}"]


def test_of_many_changes_a_few_are_named(checkout: Path) -> None:
    for number in range(7):
        (checkout / f"{number}.txt").touch()

    [said] = tree_complaints(checkout)

    assert said.endswith(": 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 2 more")


@pytest.mark.parametrize(
    ("image", "base", "complaint"),
    [
        ("registry.example.com/name:1.0", BASE, "without tag or digest"),
        ("name", BASE, "give REGISTRY/NAME"),
        ("registry.example.com/name", "registry.example.com/base:latest", "a tag moves"),
        ("registry.example.com/name", "", "a tag moves"),
    ],
)
def test_an_image_that_can_change_or_can_not_be_built_again_is_refused(
    image: str, base: str, complaint: str
) -> None:
    [said] = image_complaints(image, base, [])

    assert complaint in said


def test_an_archive_that_was_built_before_needs_no_base(tmp_path: Path) -> None:
    (there := tmp_path / "there.tar").touch()

    said = image_complaints("registry.example.com/name", "", [str(there), "missing.tar"])

    assert [*said] == ["IMAGE_ARCHIVES: missing.tar is missing"]


def test_programs_that_are_missing_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert [*program_complaints("A" * 40)] == ["programs are missing: rpmbuild, rpm, gpg, rpmsign"]
