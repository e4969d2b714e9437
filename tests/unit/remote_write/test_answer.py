import pytest

from microshift_telemetry.remote_write.answer import Answer, Verdict, judge

NAMED = {
    400: Verdict.REFUSED,
    401: Verdict.UNAUTHORIZED,
    403: Verdict.UNAUTHORIZED,
    407: Verdict.UNAUTHORIZED,
    408: Verdict.RETRY,
    409: Verdict.PARTLY_STORED,
    413: Verdict.REFUSED,
    422: Verdict.REFUSED,
    429: Verdict.RETRY,
    500: Verdict.SERVER_ERROR,
}


def expected(status_code: int) -> Verdict:
    if status_code in NAMED:
        return NAMED[status_code]
    by_class = {2: Verdict.CONFIRMED, 5: Verdict.RETRY}
    return by_class.get(status_code // 100, Verdict.WRONG_ENDPOINT)


@pytest.mark.parametrize("status_code", range(100, 600))
def test_every_status_has_its_verdict(status_code: int) -> None:
    assert judge(Answer(status_code, "whatever it says")) is expected(status_code)


@pytest.mark.parametrize("status_code", [0, 99, 600, 999])
def test_a_status_that_http_does_not_have_is_of_no_receiver(status_code: int) -> None:
    assert judge(Answer(status_code)) is Verdict.WRONG_ENDPOINT


@pytest.mark.parametrize(
    ("answer", "text"),
    [(Answer(503), "503"), (Answer(400, "out of order sample"), "400: out of order sample")],
)
def test_an_answer_is_quoted_with_what_it_says(answer: Answer, text: str) -> None:
    assert str(answer) == text
