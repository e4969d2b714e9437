"""The network and whatever else stands before a model: it may lose a request or its answer."""

from collections.abc import Mapping, Sequence
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
        self.lost_answers = 0
        """So many of the next requests are taken whose answers are lost, while all is well."""

    def exchange(
        self,
        samples: Sequence[Sample],
        now_ms: int,
        *,
        size_bytes: int = 0,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Answer | Loss:
        """Let a request meet the fault of the moment, or the model."""
        if self.fault is None or self.fault is Loss.VANISH:
            is_lost = self.fault is Loss.VANISH or self.lost_answers > 0
            self.lost_answers = max(0, self.lost_answers - 1)
            answer = self.model.receive(samples, now_ms, size_bytes=size_bytes, headers=headers)
            return Loss.VANISH if is_lost else answer
        return self.fault
