"""Each row of `docs/telemeter-upload.md` on the answers to an upload."""

import pytest

from microshift_telemetry.sending.answer import Answer, Verdict
from microshift_telemetry.telemeter.judge import judge

NAMED = {
    400: Verdict.REFUSED,
    401: Verdict.UNAUTHORIZED,
    403: Verdict.UNAUTHORIZED,
    407: Verdict.UNAUTHORIZED,
    408: Verdict.RETRY,
    409: Verdict.REFUSED,
    413: Verdict.TOO_LARGE,
    422: Verdict.REFUSED,
    429: Verdict.RETRY,
}


def expected(status_code: int) -> Verdict:
    if status_code in NAMED:
        return NAMED[status_code]
    by_class = {2: Verdict.TAKEN, 5: Verdict.RETRY}
    return by_class.get(status_code // 100, Verdict.WRONG_ENDPOINT)


@pytest.mark.parametrize("status_code", range(100, 600))
def test_every_status_has_its_verdict(status_code: int) -> None:
    assert judge(Answer(status_code, "whatever it says")) is expected(status_code)


@pytest.mark.parametrize("status_code", [0, 99, 600, 999])
def test_a_status_that_http_does_not_have_is_of_no_telemeter(status_code: int) -> None:
    assert judge(Answer(status_code)) is Verdict.WRONG_ENDPOINT


def test_a_page_is_taken_for_nothing_whatever_its_status() -> None:
    assert judge(Answer(200, "Please log in", is_page=True)) is Verdict.WRONG_ENDPOINT
