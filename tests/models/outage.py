"""The network and whatever else stands before a model: it may lose a request or its answer."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto

from tests.models.model import NO_HEADERS, Answer, Model, Sample


class Loss(Enum):
    """How an exchange ends without an answer."""

    REFUSED = auto()
    """No connection: nothing of the request was sent."""
    RESET = auto()
    """The connection broke while the request was sent: it was not taken."""
    VANISH = auto()
    """The request was taken, and the connection broke before the answer came."""
    HANG = auto()
    """The request went out whole, was not taken, and no answer comes until the sender gives up."""


class Outage:
    """A model that can be reached or not."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.fault: Loss | Answer | None = None
        """What every request meets from now on: a loss, or somebody else's answer; None: all is
        well."""
        self.only = ""
        """How the path of a request ends that meets it; the others go through."""
        self.lost_answers = 0
        """So many of the next requests are taken whose answers are lost, while all is well."""

    def exchange(
        self,
        samples: Sequence[Sample],
        now_ms: int,
        *,
        size_bytes: int = 0,
        headers: Mapping[str, str] = NO_HEADERS,
        path: str = "",
    ) -> Answer | Loss:
        """Let a request meet the fault of the moment, or the model."""

        def ask() -> Answer:
            return self.model.receive(samples, now_ms, size_bytes=size_bytes, headers=headers)

        return self.meet(ask, path)

    def meet(self, ask: Callable[[], Answer], path: str = "") -> Answer | Loss:
        """Let a question meet the fault of the moment, or have its answer."""
        fault = self.fault_at(path)
        if fault is None or fault is Loss.VANISH:
            is_lost = fault is Loss.VANISH or self.lost_answers > 0
            self.lost_answers = max(0, self.lost_answers - 1)
            answer = ask()
            return Loss.VANISH if is_lost else answer
        return fault

    def fault_at(self, path: str) -> Loss | Answer | None:
        """Tell what a request to a path meets; None: all is well."""
        return self.fault if path.endswith(self.only) else None
