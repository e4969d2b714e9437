"""What a person may write after `kubectl telemetry`."""

from __future__ import annotations

import re
import sys
from argparse import (
    SUPPRESS,
    Action,
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Sequence

from microshift_telemetry_cli.errors import EXIT_CODES
from microshift_telemetry_cli.words import COLUMNS, paragraph

COMMANDS = {
    "status": "one screen for the operator and all destinations",
    "check": "every hop tried, and what is wrong with the first that fails",
    "preview": "the next report, as it would be sent now",
    "send-now": "send a report at once",
    "enable": "opt in",
    "disable": "opt out, at once; deletes what was not sent yet",
    "explain": "what a metric is, what a reason means; works offline",
    "bundle": "one file for a support case, without any credential",
}
SHOWN_FLAGS = ("kubeconfig", "context", "as")
KUBECTL_FLAGS = (
    *SHOWN_FLAGS,
    *("cluster", "user", "as-group", "as-uid", "server", "token", "client-certificate"),
    *("client-key", "certificate-authority", "tls-server-name", "request-timeout"),
    "cache-dir",
)
"""Handed on to kubectl as they are."""
NAMESPACE = "microshift-telemetry"
EPILOG = "\n".join(
    [
        "exit codes:",
        *(
            "\n".join(paragraph(text, 5)).replace("     ", f"  {code}  ", 1)
            for code, text in EXIT_CODES.items()
        ),
    ]
)


class Parser(ArgumentParser):
    """The parser of the whole command line; every command is one of its own."""

    def flags_of(self, command: str) -> list[str]:
        """List the flags of a command, in their long form."""
        parsers: dict[str, ArgumentParser] = self._subparsers._group_actions[0].choices  # type: ignore[union-attr, assignment]  # noqa: SLF001  # argparse has no other way
        actions: list[Action] = parsers[command]._actions  # noqa: SLF001  # nor here
        return [flag for each in actions for flag in each.option_strings if flag.startswith("--")]


class _Flag(Action):
    """Keeps a flag of kubectl with its value."""

    def __call__(
        self, _parser: object, options: Namespace, value: object, flag: object = None
    ) -> None:
        options.kubectl_flags = [*options.kubectl_flags, (str(flag).lstrip("-"), value)]


def parser() -> Parser:
    """Make the parser."""
    whole = Parser(
        prog="kubectl telemetry",
        description="Ask a MicroShift device about its telemetry.",
        epilog=EPILOG,
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="store_true", help="show the plugin's version")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", parser_class=ArgumentParser)
    common = _common()
    made = {
        name: commands.add_parser(
            name,
            usage=_usage(name),
            parents=[common],
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            allow_abbrev=False,
            formatter_class=_formatter,
            epilog=EPILOG,
        )
        for name, text in COMMANDS.items()
    }
    _arguments(made)
    return whole


def _usage(command: str) -> str:
    argument = {"explain": " [METRIC|REASON]", "bundle": ""}.get(command, " [NAME]")
    return f"kubectl telemetry {command}{argument} [flags]"


def _arguments(made: dict[str, ArgumentParser]) -> None:
    for name, command in made.items():
        if name == "explain":
            command.add_argument("word", nargs="?", metavar="METRIC|REASON", help="default: a list")
        elif name != "bundle":
            default = "all of them" if name == "status" else "cluster"
            command.add_argument(
                "name", nargs="?", metavar="NAME", help=f"the TelemetryConfig; default: {default}"
            )
        if name not in {"enable", "disable", "bundle"}:
            command.add_argument(
                "-o", "--output", choices=("json", "yaml"), help="for a program instead of a person"
            )
    made["status"].add_argument(
        "-w", "--watch", action="store_true", help="show it again when it changes, until Ctrl-C"
    )
    made["send-now"].add_argument(
        "--wait", action="store_true", help="wait for what comes of it, and tell it"
    )
    made["send-now"].add_argument(
        "--timeout",
        type=seconds,
        default=300.0,
        help="how long to wait, such as 90s or 5m (default)",
    )
    made["bundle"].add_argument(
        "-f",
        "--file",
        help="where to write it; - for standard output (default: a name with the time)",
    )
    made["disable"].add_argument("-y", "--yes", action="store_true", help="don't ask")


def seconds(text: str) -> float:
    """Read how long: `90s`, `5m`, `1h`.

    Raises:
        ArgumentTypeError: it is no duration.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if not found:
        raise ArgumentTypeError(f"{text!r} is no duration such as 90s or 5m")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def parse(words: Sequence[str]) -> Namespace:
    """Read a command line; a wrong one ends the process with 2."""
    whole = parser()
    options = whole.parse_args(_command_first(words))
    if options.command is None and not options.version:
        whole.print_help(sys.stderr)
        raise SystemExit(2)
    if getattr(options, "watch", False) and options.output:
        whole.error("--watch shows screens: it goes without --output")
    return options


def _common() -> ArgumentParser:
    common = ArgumentParser(add_help=False)
    common.set_defaults(kubectl_flags=[])
    group = common.add_argument_group(
        "which cluster, and as whom", "The like of these in `kubectl options` is handed on too."
    )
    group.add_argument(
        "-n", "--namespace", default=NAMESPACE, help="of the operator (default: %(default)s)"
    )
    for flag in KUBECTL_FLAGS:
        shown = f"as for kubectl --{flag}" if flag in SHOWN_FLAGS else SUPPRESS
        group.add_argument(f"--{flag}", action=_Flag, metavar="VALUE", help=shown)
    group.add_argument(
        "--insecure-skip-tls-verify", action=_Flag, nargs="?", const="true", help=SUPPRESS
    )
    return common


def _command_first(words: Sequence[str]) -> list[str]:
    """Let flags of kubectl stand before the command, too."""
    valued = {"-n", "--namespace", *(f"--{flag}" for flag in KUBECTL_FLAGS)}
    position = 0
    while position < len(words) and words[position].partition("=")[0] in valued:
        position += 1 if "=" in words[position] else 2
    return [*words[position : position + 1], *words[:position], *words[position + 1 :]]


def _formatter(prog: str) -> RawDescriptionHelpFormatter:
    return RawDescriptionHelpFormatter(prog, max_help_position=28, width=COLUMNS)
