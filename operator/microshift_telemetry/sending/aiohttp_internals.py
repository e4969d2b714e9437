"""The names of aiohttp's own that `recording` and `connection` override, and a look for them.

aiohttp promises none of them. Without one, an odd answer would be lost, a proxy be verified by the
receiver's TLS settings, or what is maybe stored not be known, and nothing would say so.
"""

from collections.abc import Iterator

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_parser import HttpResponseParser

from microshift_telemetry.errors import TelemetryError

_USES: tuple[tuple[type, str, tuple[str, ...]], ...] = (
    (aiohttp.BaseConnector, "__init__", ("_factory", "_loop")),
    (aiohttp.TCPConnector, "_get_ssl_context", ("req",)),
    (aiohttp.TCPConnector, "_create_direct_connection", ("_factory", "_get_ssl_context")),
    (aiohttp.TCPConnector, "_start_tls_connection", ("_factory", "_get_ssl_context")),
    (
        ResponseHandler,
        "set_response_params",
        ("_parser", "max_line_size", "max_field_size", "max_headers"),
    ),
    (ResponseHandler, "data_received", ("_parser", "feed_data")),
    (ResponseHandler, "connection_lost", ("_parser", "feed_eof")),
    (aiohttp.BytesPayload, "write_with_length", ("writer", "content_length")),
    (aiohttp.ClientRequest, "write_bytes", ("write_with_length",)),
)
"""Where aiohttp uses a name that is overridden."""
_PARSER = ("feed_data", "feed_eof", "pause_reading")
"""Methods of aiohttp's parser, which is not Python where it is compiled."""


class AiohttpError(TelemetryError):
    """The aiohttp that is installed lacks a name that is overridden."""


def make_sure_of_aiohttp() -> None:
    """Look for each name where aiohttp uses it.

    Raises:
        AiohttpError: some are gone.
    """
    if missing := list(_missing()):
        raise AiohttpError(
            f"aiohttp {aiohttp.__version__} does not have what this operator overrides: "
            f"{', '.join(missing)}; install the release that requirements/run.txt names"
        )


def _missing() -> Iterator[str]:
    for owner, method, names in _USES:
        code = getattr(getattr(owner, method, None), "__code__", None)
        known = () if code is None else (*code.co_names, *code.co_varnames)
        gone = [name for name in names if name not in known]
        if gone:
            yield f"{owner.__name__}.{method} ({', '.join(gone)})"
    for name in _PARSER:
        if not hasattr(HttpResponseParser, name):
            yield f"HttpResponseParser.{name}"
