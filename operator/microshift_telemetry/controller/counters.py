"""What was sent for one TelemetryConfig since the process started, for who scrapes the operator."""

from collections import Counter
from collections.abc import Mapping

from microshift_telemetry.remote_write.answer import Answer
from microshift_telemetry.status.own_metrics import AttemptResult


class Counters:
    """Counts that only grow; a restart of the process begins anew, as scrapers expect."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._attempts: Counter[AttemptResult] = Counter(dict.fromkeys(AttemptResult, 0))
        self._requests = self._bytes = self._samples = 0
        self._responses: Counter[int] = Counter()

    @property
    def attempts(self) -> Mapping[AttemptResult, int]:
        """Attempts at a report that came to an end, by what came of them."""
        return self._attempts

    @property
    def requests(self) -> int:
        """POSTs that went to the receiver; one that never found it is none."""
        return self._requests

    @property
    def sent_bytes(self) -> int:
        """Of their bodies."""
        return self._bytes

    @property
    def responses(self) -> Mapping[int, int]:
        """Answers by status code."""
        return self._responses

    @property
    def sent_samples(self) -> int:
        """What a receiver took, as it says."""
        return self._samples

    def note_attempt(self, result: AttemptResult) -> None:
        """Count an attempt at its end; one that an edit cuts short has none."""
        self._attempts[result] += 1

    def note_request(self, body: bytes) -> None:
        """Count a POST whose body goes out now."""
        self._requests += 1
        self._bytes += len(body)

    def note_answer(self, answer: Answer, taken_samples: int) -> None:
        """Count an answer, and one to the same request under an access token that had ended."""
        if answer.code_before_renewal is not None:
            self._responses[answer.code_before_renewal] += 1
        self._responses[answer.status_code] += 1
        self._samples += taken_samples
