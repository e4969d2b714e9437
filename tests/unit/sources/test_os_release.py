import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.sources.host import Host, HostFileMissingError
from microshift_telemetry.sources.os_release import parse_os_release, read_os_release
from tests.unit.sources.surroundings import a_host


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        pytest.param('ID="rhel"', {"ID": "rhel"}, id="double-quotes"),
        pytest.param("ID='rhel'", {"ID": "rhel"}, id="single-quotes"),
        pytest.param("ID=rhel", {"ID": "rhel"}, id="no-quotes"),
        pytest.param(r'NAME="a \"b\" \\ c"', {"NAME": r'a "b" \ c'}, id="escapes"),
        pytest.param(r'NAME="\$a \`b\` \c"', {"NAME": r"$a `b` \c"}, id="what-a-shell-escapes"),
        pytest.param("NAME='a\x85b'\nID=x", {"NAME": "a\x85b", "ID": "x"}, id="a-line-ends-at-lf"),
        pytest.param('NAME="a # b"', {"NAME": "a # b"}, id="hash-in-quotes"),
        pytest.param('  ID="rhel"  \r', {"ID": "rhel"}, id="blanks-around"),
        pytest.param("ID=", {}, id="empty"),
        pytest.param('ID=""', {}, id="empty-in-quotes"),
        pytest.param("# ID=rhel", {}, id="comment"),
        pytest.param('ID="rhel', {}, id="quote-never-ends"),
        pytest.param("ID=red hat", {}, id="two-words"),
        pytest.param("id=rhel", {}, id="lower-case-key"),
        pytest.param("nonsense", {}, id="no-assignment"),
        pytest.param("ID=a\nID=b", {"ID": "b"}, id="the-last-one-counts"),
    ],
)
def test_an_assignment_is_read_as_a_shell_reads_it(line: str, fields: dict[str, str]) -> None:
    assert parse_os_release(line) == fields


@pytest.mark.parametrize(
    ("device", "os_id", "version_id"),
    [
        ("rhel-rpm", "rhel", "9.6"),
        ("rhel-ostree", "rhel", "9.6"),
        ("fedora-rpm", "fedora", "42"),
        ("unquoted-os-release", "centos", "9"),
        ("no-version-id", "debian", None),
        ("etc-os-release", "rhel", "10.1"),
    ],
)
def test_each_golden_device_tells_its_system(
    device: str, os_id: str, version_id: str | None
) -> None:
    fields = read_os_release(a_host(device))

    assert (fields["ID"], fields.get("VERSION_ID")) == (os_id, version_id)


def test_without_either_file_the_error_names_one(tmp_path: Path) -> None:
    with pytest.raises(HostFileMissingError, match=r"^/usr/lib/os-release: no such file$"):
        read_os_release(Host(tmp_path))


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True),
        st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), min_size=1),
    )
)
def test_whatever_a_shell_quotes_is_read_back(fields: dict[str, str]) -> None:
    text = "\n".join(f"{key}={shlex.quote(value)}" for key, value in fields.items())

    assert parse_os_release(text) == fields


@given(st.text())
def test_no_text_gives_an_empty_name_or_value(text: str) -> None:
    fields = parse_os_release(f"ID=rhel\n{text}")

    assert all(fields.keys())
    assert all(fields.values())
