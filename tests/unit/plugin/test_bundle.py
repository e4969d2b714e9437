"""The file that `kubectl telemetry bundle` writes."""

import io
import tarfile

from microshift_telemetry_cli.bundle import Entry, archive, contents
from microshift_telemetry_cli.bundle_parts import Part, parts
from tests.support.go_toolchain import REPOSITORY
from tests.unit.plugin.scenes import NOON

PAGE = (REPOSITORY / "docs" / "plugin.md").read_text()
ENTRIES = [
    Entry(Part("log.txt", "the log", ()), "one line\n"),
    Entry(Part("pods.json", "its pods", ()), "Forbidden", is_missing=True),
]


def test_what_is_missing_is_listed_with_the_reason() -> None:
    assert contents(ENTRIES)[-4:] == [
        "log.txt",
        "    the log (9 bytes)",
        "pods.json",
        "    its pods (missing: Forbidden)",
    ]


def test_everything_lies_in_one_directory_for_its_owner_alone() -> None:
    packed = archive("case", NOON, ENTRIES, contents(ENTRIES))

    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        found = {each.name: (each.mode, each.mtime) for each in tar.getmembers()}
    assert set(found) == {"case/contents.txt", "case/log.txt"}
    assert set(found.values()) == {(0o600, int(NOON.timestamp()))}


def test_no_part_asks_for_secrets_or_config_maps() -> None:
    for part in parts("microshift-telemetry"):
        words = " ".join(part.arguments).lower()
        assert ("secret" in words, "configmap" in words) == (False, False)


def test_of_a_log_the_end_is_taken() -> None:
    """kubectl's limit of bytes alone cuts the end off, with the fault in it."""
    logs = [each.arguments for each in parts("x") if each.file.startswith("log")]

    assert [arguments.count("--tail=30000") for arguments in logs] == [1, 1]
    assert "the last 30,000 lines of its log" in PAGE


def test_every_part_is_on_the_page() -> None:
    assert [each.file for each in parts("x") if f"`{each.file}`" not in PAGE] == []
