"""What the API server says is told; what it gives, a Secret, never is."""

import base64
import logging

import pytest

from microshift_telemetry.foreign_text import WITHHELD
from microshift_telemetry.kube.errors import KubeError, KubeForbiddenError
from tests.unit.mutations.wire import http, speaking
from tests.unit.sources.canned_api import connect

CANARY = "hunter2-canary"
HIDDEN = base64.b64encode(CANARY.encode())
SECRET = b'{"kind":"Secret","data":{"a":"%b"}}' % HIDDEN
PATH = "/api/v1/namespaces/telemetry/secrets/receiver"


async def refusal(said: bytes) -> KubeError:
    """Ask for a Secret, and give the error that comes of the answer."""
    async with speaking() as speaker, connect(speaker.address) as kube:
        speaker.says = said
        with pytest.raises(KubeError) as caught:
            await kube.get(PATH)
    return caught.value


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(http(299, SECRET), id="another-2xx"),
        pytest.param(http(500, SECRET), id="another-status"),
        pytest.param(http(500, SECRET[:-9]), id="cut-json"),
        pytest.param(http(403, b"token: " + CANARY.encode()), id="text"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n" + SECRET,
            id="behind-its-end",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + SECRET, id="no-chunks"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + SECRET, id="in-the-head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Token: %b\r\n" % HIDDEN, id="in-a-cut-head"),
        pytest.param(SECRET, id="no-http"),
    ],
)
async def test_a_secret_in_an_odd_answer_is_not_quoted(
    said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    error = await refusal(said)

    for text in (CANARY, HIDDEN.decode(), HIDDEN.decode()[:12]):
        assert text not in str(error) + repr(error.__cause__) + caplog.text
    assert str(error).startswith(f"{PATH}: ")


async def test_a_refusal_is_quoted_in_the_servers_words() -> None:
    status = b'{"kind":"Status","message":"secrets \\"receiver\\" is forbidden","code":403}'

    assert str(await refusal(http(403, status))) == (
        f'{PATH}: 403: secrets "receiver" is forbidden'
    )


async def test_a_page_is_quoted_by_its_title() -> None:
    page = b"<html><head><title>503 Service Unavailable</title></head>"

    assert str(await refusal(http(503, page))) == f"{PATH}: 503: 503 Service Unavailable"


async def test_an_object_that_is_no_status_is_not_quoted() -> None:
    assert str(await refusal(http(403, SECRET))) == f"{PATH}: 403: {WITHHELD}"


async def test_a_refusal_whose_body_breaks_off_is_still_one() -> None:
    cut = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 900\r\n\r\n{"

    assert isinstance(await refusal(cut), KubeForbiddenError)


async def test_a_cookie_is_neither_kept_nor_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    cookie = f"Set-Cookie: {CANARY},=1"
    async with speaking() as speaker:
        named = speaker.address.replace("127.0.0.1", "localhost")
        async with connect(named) as kube:
            speaker.says = http(200, b"{}", cookie)
            await kube.get(PATH)

    assert CANARY not in caplog.text
