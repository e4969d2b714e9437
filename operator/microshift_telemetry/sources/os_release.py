"""The device's os-release: which system it runs, and in which version."""

import re
from collections.abc import Mapping
from contextlib import suppress

from microshift_telemetry.sources.host import Host, HostFileMissingError

PATHS = ("usr/lib/os-release", "etc/os-release")
"""The real file first; `/etc/os-release` is by custom a link to it."""

_ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
_BLANKS = " \t\r"
_WORD = re.compile(r'(?:"(?:[^"\\]|\\.)*"|\'[^\']*\'|\\.|[^"\'\\ \t\r])*')
_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|\\(.)|(.)')
_ESCAPED = re.compile(r'\\([$`"\\])')


def parse_os_release(text: str) -> Mapping[str, str]:
    """Read the assignments; a line that a shell could not read is left out, as is an empty value.

    Source: os-release(5).
    """
    fields = {}
    for line in text.split("\n"):
        match = _ASSIGNMENT.fullmatch(line.strip(_BLANKS))
        value = _unquoted(match[2]) if match else ""
        if match and value:
            fields[match[1]] = value
    return fields


def read_os_release(host: Host) -> Mapping[str, str]:
    """Read the device's os-release.

    Raises:
        HostError: neither file is there, or one is there and can't be read. Of two that are missing
            the first is named: it is the one that is mounted.
    """
    try:
        return parse_os_release(host.read_text(PATHS[0]))
    except HostFileMissingError as missing:
        with suppress(HostFileMissingError):
            return parse_os_release(host.read_text(PATHS[1]))
        raise missing from None


def _unquoted(value: str) -> str:
    """Take the quotes off one word; within double ones four characters can be escaped."""
    if not _WORD.fullmatch(value):
        return ""
    return "".join(
        _ESCAPED.sub(r"\1", piece[1]) if piece.lastindex == 1 else piece[piece.lastindex or 0]
        for piece in _PIECE.finditer(value)
    )
