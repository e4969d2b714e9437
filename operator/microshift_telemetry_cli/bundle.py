"""`kubectl telemetry bundle`: what a support case needs in one file, without any credential."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from microshift_telemetry_cli.bundle_parts import Part, check_part, history_part, parts
from microshift_telemetry_cli.check import answer
from microshift_telemetry_cli.cluster import now
from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.errors import NOT_WELL, WELL, KubectlError, OutdatedError, PluginError
from microshift_telemetry_cli.history import ask_for_history
from microshift_telemetry_cli.redaction import redacted, scrubbed
from microshift_telemetry_cli.screen import screen
from microshift_telemetry_cli.style import Style
from microshift_telemetry_cli.terminal import standard_output
from microshift_telemetry_cli.words import paragraph, size

TO_STANDARD_OUTPUT = "-"
CONTENTS = "contents.txt"
PROMISE = (
    "This bundle contains no credentials. Secrets and ConfigMaps are not read. Header values, "
    "query strings and user names in URLs are hidden, and so are environment variables of the pod "
    "that the operator does not define."
)
SCREEN = Part("status.txt", "what `kubectl telemetry status` shows", ())


@dataclass(frozen=True)
class Entry:
    """A part as it was found, or why it was not."""

    part: Part
    text: str
    is_missing: bool = False


def run(call: Call) -> int:
    """Gather everything, then write it."""
    at = now()
    needed, *others = parts(call.options.namespace)
    entries = [_gathered(call, needed), *_looks(call, at)]
    entries += [_gathered_or_missing(call, each) for each in others]
    call.terminal.progress("")
    name = f"microshift-telemetry-{at:%Y%m%dT%H%M%SZ}"
    path, listed = call.options.file or f"{name}.tar.gz", contents(entries)
    _write(path, archive(name, at, entries, listed))
    if path == TO_STANDARD_OUTPUT:
        call.terminal.note("\n".join(listed))
    else:
        call.terminal.show([f"wrote {path}", "", *listed])
    return NOT_WELL if any(_is_lacking(each) for each in entries) else WELL


def contents(entries: Sequence[Entry]) -> list[str]:
    """List what is in a bundle, and what is not and why."""
    lines = [*paragraph(PROMISE), ""]
    for each in entries:
        told = f"missing: {each.text}" if each.is_missing else size(len(each.text.encode()))
        lines += [each.part.file, *paragraph(f"{each.part.what} ({told})", 4)]
    return lines


def archive(name: str, at: datetime, entries: Sequence[Entry], listed: Sequence[str]) -> bytes:
    """Pack them below a directory of this name."""
    files = {CONTENTS: "".join(f"{line}\n" for line in listed)}
    files |= {each.part.file: each.text for each in entries if not each.is_missing}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for file, text in files.items():
            content = text.encode(errors="replace")
            entry = tarfile.TarInfo(f"{name}/{file}")
            entry.size, entry.mtime, entry.mode = len(content), int(at.timestamp()), 0o600
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=int(at.timestamp()))


def _looks(call: Call, at: datetime) -> Iterator[Entry]:
    """Give what a person would look at first: the screen, and of each destination a check."""
    try:
        scene = call.cluster.scene(None)
    except KubectlError as error:
        yield _missing(SCREEN, error.said)
        return
    yield Entry(SCREEN, redacted("".join(f"{line}\n" for line in screen(scene, at, Style()))))
    for each in scene.destinations:
        yield _answered(call, check_part(each.name), partial(_check, call, each.name))
        yield _answered(call, history_part(each.name), partial(_history, call, each.name))


def _answered(call: Call, part: Part, ask: Callable[[], str]) -> Entry:
    """Give what the operator answers; one that is older need not know the answer."""
    call.terminal.progress(f"gathering {part.file}")
    try:
        return Entry(part, ask())
    except KubectlError as error:
        return _missing(part, error.said)
    except OutdatedError as error:
        return _missing(replace(part, is_optional=True), str(error))
    except PluginError as error:
        return _missing(part, str(error))


def _check(call: Call, name: str) -> str:
    return redacted(answer(call, name, is_json=False))


def _history(call: Call, name: str) -> str:
    return json.dumps(scrubbed(ask_for_history(call, name)), indent=1) + "\n"


def _gathered(call: Call, part: Part) -> Entry:
    call.terminal.progress(f"gathering {part.file}")
    kubectl = call.cluster.kubectl
    if part.is_object:
        found = scrubbed(kubectl.json(*part.arguments))
        return Entry(part, json.dumps(found, indent=1) + "\n")
    return Entry(part, redacted(kubectl.run(*part.arguments)))


def _gathered_or_missing(call: Call, part: Part) -> Entry:
    try:
        return _gathered(call, part)
    except KubectlError as error:
        return _missing(part, error.said)


def _missing(part: Part, said: str) -> Entry:
    return Entry(part, redacted(" ".join(said.split())), is_missing=True)


def _is_lacking(entry: Entry) -> bool:
    return entry.is_missing and not entry.part.is_optional


def _write(path: str, content: bytes) -> None:
    if path == TO_STANDARD_OUTPUT:
        with standard_output() as output:
            output.buffer.write(content)
        return
    try:
        # It tells much of a device: its owner alone may read it, and nothing is replaced.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise PluginError(f"cannot write {path}: {error.strerror}") from error
