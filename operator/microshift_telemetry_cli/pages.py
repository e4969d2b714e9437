"""The operator's own pages, which it serves on its pod's loopback, through a forwarded port."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlencode

from microshift_telemetry_cli.errors import PluginError
from microshift_telemetry_cli.kubectl import Kubectl

TARGET = "deployment/microshift-telemetry"
PORT = 8081
ANSWER_SECONDS = 60
PIECE_BYTES = 65536
NO_SUCH_PAGE = "404: Not Found"
"""Of a server that has no such page; the operator's own words are others."""


class Page:
    """An answer of the operator."""

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response
        self.status = response.status

    def pieces(self) -> Iterator[bytes]:
        """Give it as it comes.

        Raises:
            PluginError: it broke off.
        """
        try:
            while piece := self._response.read1(PIECE_BYTES):
                yield piece
        except (OSError, HTTPException) as error:
            raise PluginError(f"the operator's response was cut off: {error}") from error

    def text(self) -> str:
        """Give all of it."""
        return b"".join(self.pieces()).decode(errors="replace")

    def document(self) -> Any:
        """Give all of it, read as JSON.

        Raises:
            PluginError: it is none.
        """
        try:
            return json.loads(self.text())
        except ValueError as error:
            raise PluginError(f"the operator's answer is no JSON: {error}") from error


@contextmanager
def open_page(
    kubectl: Kubectl, path: str, query: Mapping[str, str], *, is_json: bool
) -> Iterator[Page]:
    """Ask for a page.

    Raises:
        PluginError: the operator can't be reached or does not answer.
    """
    accept = "application/json" if is_json else "text/plain"
    with kubectl.forwarded(TARGET, PORT) as port, closing(_connection(port)) as connection:
        try:
            connection.request("GET", f"{path}?{urlencode(query)}", headers={"Accept": accept})
            response = connection.getresponse()
        except (OSError, HTTPException) as error:
            said = str(error) or type(error).__name__
            raise PluginError(f"the operator's port {PORT} does not answer: {said}") from error
        yield Page(response)


def _connection(port: int) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
