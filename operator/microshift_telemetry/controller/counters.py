"""What was sent for one TelemetryConfig since the process started, for who scrapes the operator."""

from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.status.own_metrics import AttemptResult


class Counters:
    """Counts that only grow; a restart of the process begins anew, as scrapers expect."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.attempts: dict[AttemptResult, int] = {"delivered": 0, "partial": 0, "failed": 0}
        """Attempts at a report that came to an end, by what came of them."""
        self.requests = 0
        """POSTs that went to the receiver; one that never found it is none."""
        self.sent_bytes = 0
        """Of their bodies."""
        self.responses: dict[int, int] = {}
        """Answers by status code."""
        self.sent_samples = 0
        """What a receiver took, as it says."""

    def note_attempt(self, result: AttemptResult) -> None:
        """Count an attempt at its end; one that an edit cuts short has none."""
        self.attempts[result] += 1

    def note_request(self, body: bytes) -> None:
        """Count a POST whose body goes out now."""
        self.requests += 1
        self.sent_bytes += len(body)

    def note_answer(self, answer: Answer, taken_samples: int) -> None:
        """Count an answer, and one to the same request under an access token that had ended."""
        for code in (answer.code_before_renewal, answer.status_code):
            if code is not None:
                self.responses[code] = self.responses.get(code, 0) + 1
        self.sent_samples += taken_samples
