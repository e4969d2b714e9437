import pytest

from microshift_telemetry.foreign_text import is_page
from microshift_telemetry.remote_write.judge import judge
from microshift_telemetry.sending.answer import Answer, Verdict

NAMED = {
    400: Verdict.REFUSED,
    401: Verdict.UNAUTHORIZED,
    403: Verdict.UNAUTHORIZED,
    407: Verdict.UNAUTHORIZED,
    408: Verdict.RETRY,
    409: Verdict.CONFLICT,
    413: Verdict.TOO_LARGE,
    422: Verdict.REFUSED,
    429: Verdict.RETRY,
    500: Verdict.SERVER_ERROR,
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
def test_a_status_that_http_does_not_have_is_of_no_receiver(status_code: int) -> None:
    assert judge(Answer(status_code)) is Verdict.WRONG_ENDPOINT


@pytest.mark.parametrize(
    ("answer", "text"),
    [(Answer(503), "503"), (Answer(400, "out of order sample"), "400: out of order sample")],
)
def test_an_answer_is_quoted_with_what_it_says(answer: Answer, text: str) -> None:
    assert str(answer) == text


def test_a_page_is_taken_for_nothing_whatever_its_status() -> None:
    assert judge(Answer(200, "Please log in", is_page=True)) is Verdict.WRONG_ENDPOINT


@pytest.mark.parametrize(
    ("content_type", "beginning", "expected"),
    [
        pytest.param("text/html; charset=utf-8", b"", True, id="by its type"),
        pytest.param("Application/XHTML+XML", b"<?xml", True, id="by its type in capitals"),
        pytest.param("", b"\n <!DOCTYPE html><p>", True, id="by its first words"),
        pytest.param("text/plain", b"\xef\xbb\xbf<HTML lang=en>", True, id="behind a mark"),
        pytest.param("text/plain; charset=utf-8", b"bad <html>", False, id="a quotation"),
        pytest.param("application/json", b"{}", False, id="JSON"),
        pytest.param("", b"", False, id="nothing"),
        pytest.param("", b"<htmlish>", False, id="another element"),
    ],
)
def test_a_page_is_told_by_its_type_or_its_beginning(
    content_type: str, beginning: bytes, expected: object
) -> None:
    assert is_page(content_type, beginning) is expected
