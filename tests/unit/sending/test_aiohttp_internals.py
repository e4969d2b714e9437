"""An aiohttp that has lost a name which is overridden is refused at the start, and loudly."""

import subprocess
import sys

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler

from microshift_telemetry.sending import aiohttp_internals
from microshift_telemetry.sending.aiohttp_internals import (
    AiohttpError,
    make_sure_of_aiohttp,
)

START = """
import aiohttp, sys
aiohttp.TCPConnector._ssl_context_of = aiohttp.TCPConnector._get_ssl_context
del aiohttp.TCPConnector._get_ssl_context
from microshift_telemetry.start import main
sys.exit(main())
"""


def test_the_aiohttp_that_is_installed_has_every_name() -> None:
    make_sure_of_aiohttp()


@pytest.mark.parametrize(
    ("owner", "method"),
    [(owner, method) for owner, method, _ in aiohttp_internals._USES if method != "__init__"],
)
def test_a_method_that_is_gone_is_named(
    owner: type, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, method, None)

    with pytest.raises(AiohttpError) as caught:
        make_sure_of_aiohttp()

    assert f" {owner.__name__}.{method} (" in str(caught.value)
    assert aiohttp.__version__ in str(caught.value)


@pytest.mark.parametrize(
    ("owner", "method", "gone"),
    [
        (aiohttp.BaseConnector, "__init__", "_factory, _loop"),
        (aiohttp.TCPConnector, "_start_tls_connection", "_factory, _get_ssl_context"),
        (ResponseHandler, "data_received", "_parser, feed_data"),
    ],
)
def test_a_name_that_nobody_uses_any_more_is_named(
    owner: type, method: str, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, method, lambda *_: None)

    with pytest.raises(AiohttpError, match=rf"{owner.__name__}\.{method} \({gone}\)"):
        make_sure_of_aiohttp()


def test_a_parser_without_its_methods_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiohttp_internals, "HttpResponseParser", object)

    with pytest.raises(AiohttpError, match=r"HttpResponseParser\.feed_data"):
        make_sure_of_aiohttp()


def test_the_operator_does_not_start_with_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert "cannot run: aiohttp " in line
    assert "TCPConnector._get_ssl_context" in line
