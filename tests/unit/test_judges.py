"""What each answer means, by protocol: the tables of the pages on delivery and on uploads."""

from collections.abc import Callable, Mapping

import pytest

from microshift_telemetry.remote_write.judge import judge as of_a_write
from microshift_telemetry.sending.answer import Answer, Verdict
from microshift_telemetry.telemeter.judge import judge as of_an_upload

Judge = Callable[[Answer], Verdict]

OF_BOTH = {
    400: Verdict.REFUSED,
    401: Verdict.UNAUTHORIZED,
    403: Verdict.UNAUTHORIZED,
    407: Verdict.UNAUTHORIZED,
    408: Verdict.RETRY,
    413: Verdict.TOO_LARGE,
    422: Verdict.REFUSED,
    429: Verdict.RETRY,
}
BY_CLASS = {2: Verdict.TAKEN, 5: Verdict.RETRY}
TABLES: Mapping[Judge, Mapping[int, Verdict]] = {
    of_a_write: {**OF_BOTH, 409: Verdict.CONFLICT, 500: Verdict.SERVER_ERROR},
    of_an_upload: {**OF_BOTH, 409: Verdict.REFUSED},
}
either = pytest.mark.parametrize("judge", TABLES, ids=["write", "upload"])


@either
@pytest.mark.parametrize("status_code", range(100, 600))
def test_every_status_has_its_verdict(judge: Judge, status_code: int) -> None:
    by_class = BY_CLASS.get(status_code // 100, Verdict.WRONG_ENDPOINT)

    verdict = judge(Answer(status_code, "whatever it says"))

    assert verdict is TABLES[judge].get(status_code, by_class)


@either
@pytest.mark.parametrize("status_code", [0, 99, 600, 999])
def test_a_status_that_http_does_not_have_is_of_no_receiver(judge: Judge, status_code: int) -> None:
    assert judge(Answer(status_code)) is Verdict.WRONG_ENDPOINT


@either
def test_a_page_is_taken_for_nothing_whatever_its_status(judge: Judge) -> None:
    assert judge(Answer(200, "Please log in", is_page=True)) is Verdict.WRONG_ENDPOINT
