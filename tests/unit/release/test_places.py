import shutil
from datetime import date
from pathlib import Path

import pytest

from microshift_telemetry import __version__
from release.places import PLACES, disagreements, write, written
from tests.support.go_toolchain import REPOSITORY

TODAY = date(2026, 12, 1)
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n- New.\n\n## [0.1.0] - 2026-11-21\n\n- First.\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for each in PLACES:
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / each, tmp_path / each)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def test_the_version_is_the_same_wherever_it_is_written() -> None:
    assert [*disagreements(__version__)] == []
    assert written() == __version__


def test_a_new_version_is_written_everywhere(checkout: Path) -> None:
    write("12.34.56", TODAY, checkout)

    assert [*disagreements("12.34.56", checkout)] == []
    assert "## [12.34.56] - 2026-12-01\n\n- New." in (checkout / "CHANGELOG.md").read_text()
    for each in PLACES:
        assert (checkout / each).read_text() == (
            (REPOSITORY / each).read_text().replace(__version__, "12.34.56")
        )


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_says_another_version_is_named(checkout: Path, place: str) -> None:
    file = checkout / place
    file.write_text(file.read_text().replace(__version__, "9.9.9", 1))

    [said] = disagreements(__version__, checkout)

    assert said.startswith(f"{place} says ")
    assert "9.9.9" in said


@pytest.mark.parametrize("version", ["0.1.0", "1.0", "later"])
def test_nothing_is_written_of_a_version_that_can_not_be(checkout: Path, version: str) -> None:
    with pytest.raises(ValueError, match=r"version|greater"):
        write(version, TODAY, checkout)

    assert (checkout / "CHANGELOG.md").read_text() == CHANGELOG
    assert [*disagreements(__version__, checkout)] == []
