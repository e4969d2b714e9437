"""What ends a command early; the text is for whoever typed it.

PluginError
├── KubectlError    kubectl failed; with what it said
└── SilenceError    nothing came in time
"""

from __future__ import annotations

WELL = 0
"""What was asked for is done, or all is well."""
NOT_WELL = 1
"""The answer is bad news: telemetry does not work, a report was not delivered."""
NOT_ASKED = 2
"""There is no answer: a wrong argument, no cluster, no permission, no operator."""


class PluginError(Exception):
    """A command can't go on."""


class KubectlError(PluginError):
    """kubectl ended with an error."""

    def __init__(self, text: str, said: str) -> None:
        super().__init__(text)
        self.said = said
        """What kubectl wrote to its standard error, word for word."""


class SilenceError(PluginError):
    """Nothing came in time."""
