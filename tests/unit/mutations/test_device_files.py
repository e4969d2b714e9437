"""CRI-O's list of images and the device's os-release."""

import json
from pathlib import Path

import pytest

from microshift_telemetry.sources import host as host_module
from microshift_telemetry.sources import images
from microshift_telemetry.sources.host import Host, HostError
from microshift_telemetry.sources.images import count_elements
from microshift_telemetry.sources.os_release import PATHS, read_os_release
from tests.unit.mutations.engine import Mutator
from tests.unit.mutations.trial import Kind, Refused, refused, try_all
from tests.unit.sources.surroundings import HOSTS

SEED = 20_261_121

IMAGES = json.loads((HOSTS / "rhel-rpm" / images.IMAGES_FILE).read_bytes())
FEW_CHARS, MANY_CHARS = 20_000, 200_000
"""The bound on one element for this test, and an element far beyond it.

Python 3.13's parser gives up 10,000 arrays deep, older ones after 1,000 to 1,500: within the bound.
"""
FEW_BYTES = 4_000
"""The bound on an os-release for this test."""
NO_ARRAY, MORE = "not a JSON array", "unexpected data after the JSON array"
BROKEN, TOO_LONG = "a malformed or truncated JSON array", "an element is malformed or longer than"
TOO_DEEP, NO_TEXT = "nested too deeply", "not UTF-8"
VALUES: list[object] = [None, 1, -1.5e300, "", "a, ]", "\ud800", [], {}, [[1], {}], True]


def _count(data: bytes) -> int | Refused:
    """Count what Python's own parser makes of the whole text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return refused(NO_TEXT, NO_ARRAY, MORE, BROKEN, TOO_LONG)
    if not text.lstrip(" \t\n\r").startswith("["):
        return refused(NO_ARRAY)
    if text.startswith("[[[["):
        return refused(TOO_DEEP)
    try:
        array, end = json.JSONDecoder().raw_decode(text.lstrip(" \t\n\r"))
    except ValueError:
        return refused(BROKEN, TOO_LONG)
    if any(len(json.dumps(element)) > FEW_CHARS for element in array):
        return refused(TOO_LONG)
    rest = text.lstrip(" \t\n\r")[end:].strip(" \t\n\r")
    return refused(MORE) if rest else len(array)


def a_list_of_images(mutator: Mutator) -> bytes:
    match mutator.chance.randrange(40):
        case 0:
            return b"[" * 100_000
        case 1:
            return json.dumps([*IMAGES, "x" * MANY_CHARS]).encode()
        case 2 | 3:
            return json.dumps(IMAGES).encode() + mutator.one_of([b" x", b"]", b",", b"[]", b"\n"])
        case _:
            return mutator.json([IMAGES, IMAGES[:1], [], [1.5e3, "a"]], VALUES)


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def test_a_list_of_images_gives_their_number_or_a_documented_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "MAX_IMAGE_CHARS", FEW_CHARS)
    kind = Kind(
        mutant=a_list_of_images,
        is_outer=_is_json,
        reference=_count,
        documented=(NO_ARRAY, MORE, BROKEN, TOO_LONG, TOO_DEEP, NO_TEXT),
    )

    def count(data: bytes) -> int:
        size = 1 + len(data) % 700
        return count_elements(data[at : at + size] for at in range(0, len(data), size))

    try_all(kind, SEED, count, ValueError)


OS_RELEASE = (HOSTS / "rhel-rpm" / PATHS[0]).read_text()
LINES = [
    "",
    "# ID=commented",
    "ID=centos",
    "ID='single \"quoted\"'",
    'ID="a \\"b\\" \\$c \\`d\\` \\\\ \\e"',
    "ID=a\\ b",
    "ID=two words",
    'ID="never ends',
    "ID=",
    'ID=""',
    "ID=half\"and half\"'er'",
    "id=lower",
    " VERSION_ID=1 ",
    "\tVERSION_ID=2\r",
    "VERSION_ID=a\x0bb",
    'VERSION_ID="a\x85b"',
    "VERSION_ID=\u2028",
    "VERSION_ID=x\\",
    "export ID=x",
    "X-Y=1",
    "=1",
]
NO_FILE, NO_REGULAR, TOO_LARGE = "no such file", "not a regular file", "larger than"
MISSING, DIRECTORY = b"(missing)", b"(a directory)"


def _fields(data: bytes) -> dict[str, str] | Refused:
    """Read as a shell would: one state a character."""
    if data in {MISSING, DIRECTORY}:
        return refused(NO_FILE if data == MISSING else NO_REGULAR)
    if len(data) > FEW_BYTES:
        return refused(TOO_LARGE)
    fields = {}
    for line in data.decode("utf-8", errors="replace").split("\n"):
        name, equals, text = line.strip(" \t\r").partition("=")
        is_name = name[:1].isupper() and name.isascii() and name.replace("_", "A").isalnum()
        value = _word(text) if equals and is_name and name == name.upper() else None
        if value:
            fields[name] = value
    return fields


def _word(text: str) -> str | None:
    """Take the quotes off one word; None for none, for several, and for what never ends."""
    word, quote, at = "", "", 0
    while at < len(text):
        char, at = text[at], at + 1
        if char == quote:
            quote = ""
        elif quote == "'":
            word += char
        elif char == "\\":
            if at == len(text):
                return None
            is_kept = quote == '"' and text[at] not in '$`"\\'
            word, at = word + ("\\" if is_kept else "") + text[at], at + 1
        elif not quote and char in "\"'":
            quote = char
        elif not quote and char in " \t\r\n":
            return None
        else:
            word += char
    return None if quote else word


def an_os_release(mutator: Mutator) -> bytes:
    if mutator.once_in(20):
        return mutator.one_of([MISSING, DIRECTORY, OS_RELEASE.encode() * 20])
    data = mutator.lines(OS_RELEASE, LINES).encode()
    if not mutator.once_in(3):
        return data
    return mutator.damaged(data, [b'"', b"'", b"\\", b"=", b"\n", b" ", b"#", b"$", b"`"])


def test_an_os_release_gives_its_fields_or_a_documented_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "MAX_FILE_BYTES", FEW_BYTES)
    kind = Kind(
        mutant=an_os_release,
        is_outer=lambda data: bool(_fields(data)),
        reference=_fields,
        documented=(NO_FILE, NO_REGULAR, TOO_LARGE),
    )
    (tmp_path / "missing").mkdir()
    (tmp_path / "directory" / PATHS[0]).mkdir(parents=True)
    (tmp_path / "file" / PATHS[0]).parent.mkdir(parents=True)

    def fields(data: bytes) -> dict[str, str]:
        if data in {MISSING, DIRECTORY}:
            root = "missing" if data == MISSING else "directory"
            return dict(read_os_release(Host(tmp_path / root)))
        (tmp_path / "file" / PATHS[0]).write_bytes(data)
        return dict(read_os_release(Host(tmp_path / "file")))

    try_all(kind, SEED, fields, HostError)
