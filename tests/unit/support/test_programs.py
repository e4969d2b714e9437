"""What is missing of the programs that tests find on a machine."""

import pytest

from tests.support.programs import lacking, missing_packages, tell

PACKAGES = {"there": "python3", "away": "no-such-program", "far": "/nowhere/to-be-found"}


def test_a_package_is_missing_when_its_program_is() -> None:
    assert missing_packages(PACKAGES) == ["away", "far"]


def test_what_is_missing_is_said_with_the_command_that_installs_it() -> None:
    assert list(lacking(PACKAGES)) == [
        "Debian packages: apt-get install --no-install-recommends away far"
    ]
    assert list(lacking({"there": "python3"})) == []


def test_who_lacks_something_ends_with_a_line_for_each() -> None:
    with pytest.raises(SystemExit) as ended:
        tell(PACKAGES, ["no root", "no cgroups"])

    assert ended.value.code == "no root\nno cgroups"


def test_who_lacks_nothing_ends_well() -> None:
    with pytest.raises(SystemExit) as ended:
        tell({}, [])

    assert ended.value.code == 0


def test_what_to_install_is_listed_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["programs", "--packages"])

    tell(PACKAGES, ["no root"])

    assert capsys.readouterr().out == "away far"
