from datetime import date

import pytest

from release.versions import (
    changelog_complaints,
    order_complaints,
    parse_version,
    sections,
    with_release,
)

TODAY = date(2026, 12, 1)
CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- A thing.

## [0.1.0] - 2026-11-21

- The first.
"""
RELEASED = CHANGELOG.replace("[Unreleased]", "[0.2.0] - 2026-12-01")


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.3-rc1", "1.02.3", "1.2.x"]
)
def test_what_a_package_or_wheel_would_call_otherwise_is_no_version(text: str) -> None:
    with pytest.raises(ValueError, match="is not a version: take three numbers"):
        parse_version(text)


def test_versions_are_compared_by_their_numbers() -> None:
    assert parse_version("0.10.0") > parse_version("0.9.12")


def test_sections_are_read_newest_first() -> None:
    named = [(each.name, each.date, each.is_empty) for each in sections(CHANGELOG)]

    assert named == [("Unreleased", None, False), ("0.1.0", "2026-11-21", False)]


def test_a_section_with_a_date_can_be_released() -> None:
    assert [*changelog_complaints(RELEASED, "0.2.0", TODAY)] == []
    empty_above = RELEASED.replace("## [0.2.0]", "## [Unreleased]\n\n## [0.2.0]")
    assert [*changelog_complaints(empty_above, "0.2.0", TODAY)] == []


@pytest.mark.parametrize(
    ("changelog", "complaint"),
    [
        pytest.param(CHANGELOG, "has no section [0.2.0]: run `make version", id="no section"),
        pytest.param(RELEASED.replace(" - 2026-12-01", ""), "has no date", id="no date"),
        pytest.param(RELEASED.replace("2026-12-01", "2026-13-01"), "has no date", id="no such day"),
        pytest.param(RELEASED.replace("2026-12-01", "2026-12-02"), "a day to come", id="tomorrow"),
        pytest.param(
            RELEASED.replace("### Added\n\n- A thing.\n", ""), "[0.2.0] is empty", id="empty"
        ),
        pytest.param(
            RELEASED.replace("## [0.2.0]", "## [Unreleased]\n\n- More.\n\n## [0.2.0]"),
            "would be part of 0.2.0, unsaid",
            id="unsaid changes",
        ),
        pytest.param(
            RELEASED.replace("## [0.2.0]", "## [0.3.0] - 2026-12-01\n\n- More.\n\n## [0.2.0]"),
            "[0.3.0] stands above [0.2.0]",
            id="a newer one above",
        ),
    ],
)
def test_a_changelog_that_does_not_say_what_is_released_is_refused(
    changelog: str, complaint: str
) -> None:
    [said] = changelog_complaints(changelog, "0.2.0", TODAY)

    assert complaint in said


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.9.12"])
def test_a_version_that_is_not_greater_than_every_other_is_refused(version: str) -> None:
    [said] = order_complaints(version, ["0.1.0", "0.9.12", "Unreleased"])

    assert said == f"{version} is not greater than 0.9.12, which was released before"


def test_a_greater_version_is_taken() -> None:
    assert [*order_complaints("0.10.0", ["0.1.0", "0.9.12", "Unreleased"])] == []


def test_what_is_unreleased_gets_version_and_date() -> None:
    assert with_release(CHANGELOG, "0.2.0", TODAY) == RELEASED


@pytest.mark.parametrize(
    ("changelog", "version", "complaint"),
    [
        (RELEASED, "0.3.0", r"nothing stands under \[Unreleased\]"),
        (CHANGELOG.replace("### Added\n\n- A thing.\n", ""), "0.2.0", "nothing stands under"),
        (CHANGELOG, "0.1.0", r"0\.1\.0 is not greater than 0\.1\.0"),
    ],
    ids=["released already", "nothing new", "not greater"],
)
def test_nothing_is_released_twice_or_without_a_change(
    changelog: str, version: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        with_release(changelog, version, TODAY)
