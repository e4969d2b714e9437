"""The command line of `kubectl telemetry`."""

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
    "status": "show the operator and all destinations on one screen",
    "check": "try every hop to the receiver, and show the first that fails",
    "preview": "show the next report as it would be sent now",
    "history": "list the reports that were sent, newest last",
    "send-now": "request a report",
    "enable": "opt in",
    "disable": "opt out, and delete samples that were not sent",
    "explain": "explain a metric or a reason; works offline",
    "bundle": "write one file for a support case, without credentials",
}
SHOWN_FLAGS = ("kubeconfig", "context", "as")
KUBECTL_FLAGS = (
    *SHOWN_FLAGS,
    *("cluster", "user", "as-group", "as-uid", "server", "token", "client-certificate"),
    *("client-key", "certificate-authority", "tls-server-name", "request-timeout"),
    *("cache-dir", "v"),
)
"""Handed on to kubectl as they are."""
SWITCHES = ("insecure-skip-tls-verify", "disable-compression")
"""These, too; the word after one is not its value."""
SHORT_FLAGS = {"-n": "--namespace", "-s": "--server", "-v": "--v"}
WAIT_SECONDS = 300.0
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
        name = SHORT_FLAGS.get(str(flag), str(flag)).lstrip("-")
        options.kubectl_flags = [*options.kubectl_flags, (name, value)]


def parser() -> Parser:
    """Make the parser."""
    whole = Parser(
        prog="kubectl telemetry",
        description="Ask a MicroShift device about its telemetry.",
        epilog=EPILOG,
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="store_true", help="show the version of the plugin")
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
    """Say what is meant by each command, and by its flags alone."""
    for name, command in made.items():
        if name == "explain":
            command.add_argument(
                "word", type=_text, nargs="?", metavar="METRIC|REASON", help="default: list all"
            )
        elif name != "bundle":
            default = "all objects" if name == "status" else "cluster"
            command.add_argument(
                "name",
                type=_text,
                nargs="?",
                metavar="NAME",
                help=f"name of the TelemetryConfig (default: {default})",
            )
        if name not in {"enable", "disable", "bundle"}:
            command.add_argument(
                "-o", "--output", choices=("json", "yaml"), help="output format for programs"
            )
    _flags_of_pages(made)
    made["status"].add_argument(
        "-w", "--watch", action="store_true", help="update the screen when it changes, until Ctrl-C"
    )
    made["send-now"].add_argument(
        "--wait", action="store_true", help="wait for the result of the report"
    )
    made["send-now"].add_argument(
        "--timeout",
        type=seconds,
        help="how long to wait, for example 90s (default: 5m)",
    )
    made["bundle"].add_argument(
        "-f",
        "--file",
        help="path of the file, or - for standard output (default: a name with the time)",
    )
    made["disable"].add_argument(
        "-y", "--yes", action="store_true", help="do not ask for confirmation"
    )


def _flags_of_pages(made: dict[str, ArgumentParser]) -> None:
    preview, history = made["preview"], made["history"]
    preview.add_argument(
        "--dry-run",
        action="store_true",
        help="show what would be sent, even if the object is Disabled or does not exist",
    )
    preview.add_argument(
        "--diff", action="store_true", help="compare the next report with the last one"
    )
    history.add_argument(
        "--limit", type=_positive, metavar="N", help="show only the last N reports (default: all)"
    )
    history.add_argument("--full", action="store_true", help="show every series and sample")


def seconds(text: str) -> float:
    """Read how long: `90s`, `5m`, `1h`.

    Raises:
        ArgumentTypeError: the text is not a duration.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if not found:
        raise ArgumentTypeError(f"{text!r} is not a duration, for example 90s or 5m")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def _positive(text: str) -> int:
    if not re.fullmatch(r"0*[1-9]\d{0,8}", text, re.ASCII):
        raise ArgumentTypeError(f"{text!r} is not a number of reports, for example 3")
    return int(text)


def parse(words: Sequence[str]) -> Namespace:
    """Read a command line; a wrong one ends the process with 2."""
    whole = parser()
    options = whole.parse_args(_command_first(words))
    if options.command is None and not options.version:
        whole.print_help(sys.stderr)
        raise SystemExit(2)
    if getattr(options, "watch", False) and options.output:
        whole.error("--watch cannot be used with --output")
    if getattr(options, "full", False) and (options.output or options.limit is not None):
        whole.error("--full cannot be used with --output or --limit")
    if options.command == "send-now":
        if not options.wait and (options.output or options.timeout is not None):
            whole.error("--output and --timeout require --wait")
        options.timeout = WAIT_SECONDS if options.timeout is None else options.timeout
    return options


def _common() -> ArgumentParser:
    common = ArgumentParser(add_help=False)
    common.set_defaults(kubectl_flags=[])
    group = common.add_argument_group(
        "connection flags",
        "Other connection flags of `kubectl options` are passed on too.",
    )
    group.add_argument(
        *("-n", "--namespace"),
        type=_text,
        default=NAMESPACE,
        help="namespace of the operator (default: %(default)s)",
    )
    short = {long: each for each, long in SHORT_FLAGS.items()}
    for name in (*KUBECTL_FLAGS, *SWITCHES):
        flag = f"--{name}"
        names = [short[flag], flag] if flag in short else [flag]
        shown = f"same as kubectl {flag}" if name in SHOWN_FLAGS else SUPPRESS
        group.add_argument(*names, action=_Flag, metavar="VALUE", help=shown)
    return common


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ArgumentTypeError(f"{text!r} is not valid UTF-8") from error
    return text


def spelled_out(words: Sequence[str]) -> list[str]:
    """Give each switch of kubectl its value, without which it takes none from the next word."""
    switches = {f"--{name}" for name in SWITCHES}
    return [f"{word}=true" if word in switches else word for word in words]


def _command_first(words: Sequence[str]) -> list[str]:
    """Let flags of kubectl stand before the command, too."""
    words, position = spelled_out(words), 0
    while position < len(words) and (length := _flag_length(words[position])):
        position += length
    return [*words[position : position + 1], *words[:position], *words[position + 1 :]]


def _flag_length(word: str) -> int:
    """Tell how many words a flag of kubectl takes with its value; 0 for any other word."""
    flags = {"--namespace", *(f"--{name}" for name in (*KUBECTL_FLAGS, *SWITCHES))}
    if word in flags or word in SHORT_FLAGS:
        return 2
    is_whole = word.partition("=")[0] in flags or word[:2] in SHORT_FLAGS
    return 1 if is_whole else 0


def _formatter(prog: str) -> RawDescriptionHelpFormatter:
    return RawDescriptionHelpFormatter(prog, max_help_position=28, width=COLUMNS)
