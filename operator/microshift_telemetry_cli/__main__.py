"""Where the plugin starts and ends; the only place that writes an error or chooses an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NoReturn

from microshift_telemetry_cli.arguments import parse
from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.errors import NOT_ASKED, WELL, KubectlError, PluginError
from microshift_telemetry_cli.terminal import (
    fill_streams,
    give_up_output,
    open_terminal,
    standard_output,
)

COMPLETE = "__complete"
RUNNERS = {
    "status": "status:run",
    "check": "check:run",
    "preview": "preview:run",
    "history": "history:run",
    "send-now": "send_now:run",
    "enable": "switch:enable",
    "disable": "switch:disable",
    "explain": "explain:run",
    "bundle": "bundle:run",
}
"""Which function of which module; a command's module is loaded when it is asked for."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and give the exit code."""
    words = sys.argv[1:] if words is None else words
    fill_streams()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return _run(words)
    except KubectlError as error:
        return _failed(f"{error}\n{error.said}")
    except PluginError as error:
        return _failed(str(error))
    except BrokenPipeError:
        # Whoever read has seen enough.
        give_up_output()
        return NOT_ASKED
    except KeyboardInterrupt:
        # A shell whose command dies of Ctrl-C ends its loop, too.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        return 128 + signal.SIGINT


def _terminate(_number: int, _frame: object) -> NoReturn:
    """End with what has been begun: a kubectl that forwards a port would go on for ever."""
    raise SystemExit(128 + signal.SIGTERM)


def _run(words: Sequence[str]) -> int:
    if words[:1] == [COMPLETE]:
        return _say(_load("completion:complete")(words[1:]))
    options = parse(words)
    if options.version:
        return _say([f"kubectl-telemetry {_load('explain:load_texts')()['version']}"])
    run: Callable[[Call], int] = _load(RUNNERS[options.command])
    return run(Call(options, open_terminal()))


def _say(lines: Sequence[str]) -> int:
    with standard_output() as output:
        output.write("".join(f"{line}\n" for line in lines))
    return WELL


def _load(place: str) -> Callable[..., Any]:
    module, _, function = place.partition(":")
    found: Callable[..., Any] = getattr(
        import_module(f"microshift_telemetry_cli.{module}"), function
    )
    return found


def _failed(text: str) -> int:
    sys.stderr.write(f"kubectl telemetry: {text.strip()}\n")
    return NOT_ASKED


if __name__ == "__main__":
    sys.exit(main())
