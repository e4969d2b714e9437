"""What ends a command early; the text is for whoever typed it.

PluginError
├── KubectlError    kubectl failed; with what it said
├── NothingError    the operator has nothing to show, and says why
├── OutdatedError   the operator is older than the plugin
├── SilenceError    nothing came in time
└── UnknownNameError    no object has the name
"""

from __future__ import annotations

WELL = 0
"""What was asked for is done, or all is well."""
NOT_WELL = 1
"""The answer is bad news: telemetry does not work, a report was not delivered."""
NOT_ASKED = 2
"""There is no answer: a wrong argument, no cluster, no permission."""
EXIT_CODES = {
    WELL: "Success. This includes an opt-out, a first report that is not due yet, and a check "
    "with warnings only.",
    NOT_WELL: "A problem was found: a destination does not work, a hop fails, the operator is not "
    "running, a report was not delivered, there is nothing to preview, the history can't be read, "
    "an opt-out could not delete everything, a part of a bundle could not be read, or a question "
    "was answered with no.",
    NOT_ASKED: "The command could not run: an invalid argument, no cluster, no permission, no "
    "such object, an operator that is older than the plugin or does not answer in time. Standard "
    "error shows kubectl's own message.",
}
"""As `--help` and the page tell them."""


class PluginError(Exception):
    """A command can't go on."""


class KubectlError(PluginError):
    """kubectl ended with an error."""

    def __init__(self, text: str, said: str) -> None:
        super().__init__(text)
        self.said = said
        """What kubectl wrote to its standard error, word for word."""


class NothingError(PluginError):
    """The operator has nothing to show; the text is its own."""


class OutdatedError(PluginError):
    """The operator is older than the plugin, and does not know what it was asked for."""


class SilenceError(PluginError):
    """Nothing came in time."""


class UnknownNameError(PluginError):
    """No object has the name; the text is the operator's own."""
