import pytest

from microshift_telemetry.foreign_text import is_page
from microshift_telemetry.sending.answer import Answer


@pytest.mark.parametrize(
    ("answer", "text"),
    [(Answer(503), "503"), (Answer(400, "out of order sample"), "400: out of order sample")],
)
def test_an_answer_is_quoted_with_what_it_says(answer: Answer, text: str) -> None:
    assert str(answer) == text


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
