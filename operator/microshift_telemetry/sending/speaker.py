"""An answer that came through a proxy → who has written it."""

from collections.abc import Mapping
from enum import StrEnum

_SOFTWARE = ("squid", "tinyproxy", "privoxy", "proxy.py", "mitmproxy", "zscaler", "bluecoat")
"""Proxies that name themselves in `Server`, and no receiver does."""
_OF_OWN_ANSWERS = ("proxy-agent", "x-squid-error")
"""Headers that proxies write on their own answers only."""


class Speaker(StrEnum):
    """Who has written an answer, as a condition names him."""

    RECEIVER = "the receiver"
    PROXY = "the proxy"
    EITHER = "the receiver or the proxy"


def speaker_of(status_code: int, headers: Mapping[str, str], *, is_read_by_proxy: bool) -> Speaker:
    """Tell who has written an answer.

    Args:
        status_code: of the answer.
        headers: of the answer, names in lower case.
        is_read_by_proxy: no TLS keeps a proxy on the way from answering itself.

    Source: RFC 9110, 11.7.1 (`Proxy-Authenticate`), 7.6.3 (`Via`: a proxy names itself in all that
    it passes on, and its software in a comment), 10.2.4 (`Server`); RFC 9209, 2.1.1 (`Proxy-Status`
    has an `error` where the answer is the proxy's own).
    """
    if status_code == 407 or "proxy-authenticate" in headers:
        return Speaker.PROXY
    if not is_read_by_proxy:
        return Speaker.RECEIVER
    status, via = headers.get("proxy-status"), headers.get("via", "").lower()
    if status is not None:
        return Speaker.PROXY if "error=" in status.replace(" ", "") else Speaker.RECEIVER
    server = headers.get("server", "").lower()
    software = server.partition("/")[0].strip()
    is_own = not headers.keys().isdisjoint(_OF_OWN_ANSWERS) or server.startswith(_SOFTWARE)
    if is_own or (software and software in via):
        return Speaker.PROXY
    return Speaker.RECEIVER if server and via else Speaker.EITHER
