"""A push gateway: it counts each push that it understands, and takes no remote write."""

from collections.abc import Mapping, Sequence

from tests.models.model import NO_HEADERS, Answer, Key, Sample, text
from tests.support.exposition import Labels, parse_page


class PushGateway:
    """Every push that was counted."""

    stored: Mapping[Key, float] = {}

    def __init__(self) -> None:
        """Have none."""
        self.pushes: list[tuple[int, tuple[tuple[str, Labels], ...]]] = []
        """(time in ms, metric and labels of each sample) in the order in which they came."""

    def push(self, body: bytes, now_ms: int) -> Answer:
        """Count a push."""
        try:
            page = parse_page(body.decode())
        except ValueError as error:
            return text(400, str(error))
        self.pushes.append((now_ms, tuple(page.values)))
        return Answer(202)

    def receive(
        self,
        samples: Sequence[Sample],  # noqa: ARG002  # a Model's
        now_ms: int,  # noqa: ARG002
        *,
        size_bytes: int = 0,  # noqa: ARG002
        headers: Mapping[str, str] = NO_HEADERS,  # noqa: ARG002
    ) -> Answer:
        """Refuse a report: nobody expects one here."""
        return text(404, "not found")
