"""The caller's own kubectl, by which every request goes: with their flags and their credentials."""

from __future__ import annotations

import codecs
import json
import os
import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from microshift_telemetry_cli.errors import KubectlError, PluginError, SilenceError

PROGRAMS = ("kubectl", "oc")
FORWARDED = re.compile(rb"Forwarding from 127\.0\.0\.1:(\d+) ->")
FORWARD_SECONDS = 20
AGAIN_SECONDS = 2.0
NOT_INSTALLED = "the server doesn't have a resource type"


class Event(NamedTuple):
    """What a watch tells: of an object, of itself, ANEW before all is told again, or QUIET."""

    kind: str
    object: dict[str, Any]


OF_OBJECTS = frozenset({"ADDED", "MODIFIED", "DELETED"})
"""Kinds of events; an ERROR has a Status of the API server, and a BOOKMARK an empty object."""
QUIET = Event("QUIET", {})
ANEW = Event("ANEW", {})


@dataclass(frozen=True)
class Kubectl:
    """Runs kubectl."""

    program: str
    flags: Sequence[str]
    """Who asks which cluster."""
    namespace: str
    """Of the operator."""

    def run(self, *arguments: str) -> str:
        """Run a command to its end and give what it wrote.

        Raises:
            KubectlError: it ended with an error.
        """
        with self._start(*arguments) as process:
            return _ended(process, arguments)

    def json(self, *arguments: str) -> Any:
        """Run a command that writes one JSON value.

        Raises:
            KubectlError: it ended with an error.
        """
        return json.loads(self.run(*arguments, "--output=json"))

    def both(self, one: Sequence[str], other: Sequence[str]) -> tuple[Any, Any | KubectlError]:
        """Run two commands at once; the other may fail.

        Raises:
            KubectlError: the first ended with an error.
        """
        with self._start(*other, "--output=json") as beside:
            first = self.json(*one)
            try:
                return first, json.loads(_ended(beside, other))
            except KubectlError as error:
                return first, error

    def watch(self, *arguments: str, quiet_seconds: float) -> Iterator[Event]:
        """Tell what is there and what changes, for ever; a watch that ends is begun anew.

        Raises:
            KubectlError: the first one could not begin.
        """
        has_begun = False
        while True:
            watching = ("get", *arguments, "--watch", "--output-watch-events", "--output=json")
            with self._start(*watching) as process:
                try:
                    for event in _events(process, quiet_seconds):
                        has_begun |= bool(event.object)
                        yield event
                    if not has_begun:
                        _ended(process, watching)
                        has_begun = True
                except KubectlError:
                    if not has_begun:
                        raise
                finally:
                    process.terminate()
            time.sleep(AGAIN_SECONDS)
            yield ANEW

    @contextmanager
    def forwarded(self, target: str, port: int) -> Iterator[int]:
        """Forward a port to a pod; gives the one to connect to, on 127.0.0.1.

        Raises:
            KubectlError: it ended with an error.
            SilenceError: it did not say in time which port it took.
        """
        arguments = (
            *("port-forward", f"--namespace={self.namespace}", "--address=127.0.0.1"),
            *("--pod-running-timeout=10s", target, f":{port}"),
        )
        with self._start(*arguments) as process:
            try:
                yield _port(process, arguments)
            finally:
                process.terminate()

    @property
    def _is_verbose(self) -> bool:
        return any(flag.startswith("--v=") for flag in self.flags)

    @contextmanager
    def _start(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command that does not outlive whoever asked."""
        with self._process(*arguments) as process:
            try:
                yield process
            except BaseException:
                process.terminate()
                raise

    def _process(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [self.program, *self.flags, *arguments]
        try:
            return subprocess.Popen(  # noqa: S603  # the caller's kubectl
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                # With --v it says much, which whoever asked for it is to see as it comes.
                stderr=None if self._is_verbose else subprocess.PIPE,
            )
        except OSError as error:
            raise PluginError(f"cannot run {self.program}: {error.strerror}") from error


def find_program() -> str:
    """Find kubectl, or oc, on the PATH.

    Raises:
        PluginError: there is neither.
    """
    for name in PROGRAMS:
        if path := shutil.which(name):
            return path
    raise PluginError("neither kubectl nor oc is in the PATH")


def _ended(process: subprocess.Popen[bytes], arguments: Sequence[str]) -> str:
    written, said = ((each or b"").decode(errors="replace") for each in process.communicate())
    if process.returncode:
        if NOT_INSTALLED in said:
            text = "the cluster has no TelemetryConfig resource: the operator is not installed"
        else:
            text = f"kubectl {' '.join(arguments[:2])} failed"
        raise KubectlError(text, said.strip())
    return written


def _events(process: subprocess.Popen[bytes], quiet_seconds: float) -> Iterator[Event]:
    """Read JSON values that follow each other, as they come."""
    assert process.stdout is not None  # noqa: S101  # a pipe
    decoder, text = json.JSONDecoder(), ""
    utf8 = codecs.getincrementaldecoder("utf-8")(errors="replace")
    while True:
        if not select.select([process.stdout], [], [], quiet_seconds)[0]:
            yield QUIET
            continue
        read = os.read(process.stdout.fileno(), 65536)
        if not read:
            return
        text += utf8.decode(read)
        while text := text.lstrip():
            try:
                value, end = decoder.raw_decode(text)
            except ValueError:
                break
            text = text[end:]
            yield Event(str(value["type"]), value["object"])


def _port(process: subprocess.Popen[bytes], arguments: Sequence[str]) -> int:
    """Read which port was taken."""
    assert process.stdout is not None  # noqa: S101  # a pipe
    until, text = time.monotonic() + FORWARD_SECONDS, b""
    while (left := until - time.monotonic()) > 0:
        if not select.select([process.stdout], [], [], left)[0]:
            break
        read = os.read(process.stdout.fileno(), 4096)
        if not read:
            _ended(process, arguments)
            break
        text += read
        if found := FORWARDED.search(text):
            return int(found[1])
    raise SilenceError("kubectl port-forward did not report its port")
