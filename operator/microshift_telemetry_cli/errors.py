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
    WELL: "Done, and all is well. That includes an opt-out, a first report that is not due yet, "
    "and a check with mere warnings.",
    NOT_WELL: "The answer is bad news: a destination does not work, a hop fails, the operator "
    "does not run, a report was not delivered, there is nothing to preview, the history can't be "
    "read, an opt-out could not delete everything, a part of a bundle could not be read, or the "
    "answer to a question was no.",
    NOT_ASKED: "No answer: a wrong argument, no cluster, no permission, no such object, an "
    "operator that is older than the plugin, or one that has not answered in time. kubectl's own "
    "words are on standard error.",
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
