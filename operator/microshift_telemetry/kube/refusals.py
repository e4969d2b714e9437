"""What the API server says when it does not give what was asked, and whether to ask once more."""

import json
from collections.abc import Mapping

import aiohttp

from microshift_telemetry.foreign_text import WITHHELD, is_page, page_text, quotable
from microshift_telemetry.http_client import beginning_of, failure
from microshift_telemetry.kube.errors import (
    KubeAnswerError,
    KubeConflictError,
    KubeError,
    KubeExpiredError,
    KubeForbiddenError,
    KubeNotFoundError,
    KubeUnauthorizedError,
    KubeUnconnectedError,
    KubeUnreachableError,
)

LONGEST_WAIT_SECONDS = 10.0
"""For an API server that says when to ask again: a pass has no more time to spare."""
REFUSAL_BYTES = 16 << 10

_BY_STATUS: Mapping[int, type[KubeError]] = {
    401: KubeUnauthorizedError,
    403: KubeForbiddenError,
    404: KubeNotFoundError,
    409: KubeConflictError,
    410: KubeExpiredError,
}


def wait_seconds(response: aiohttp.ClientResponse) -> float | None:
    """Tell how long to wait before the request is sent again; None: its answer is final.

    After a 401 not at all, since the token may have rotated; after 429 and 5xx as long as
    `Retry-After` says, which the API server gives in seconds.
    """
    if response.status == 401:
        return 0.0
    said = response.headers.get("Retry-After", "")
    is_busy = response.status == 429 or response.status >= 500
    if not (is_busy and said.isascii() and said.isdecimal()):
        return None
    return float(said) if float(said) <= LONGEST_WAIT_SECONDS else None


async def raise_unless_ok(response: aiohttp.ClientResponse, path: str) -> None:
    """Let an answer pass that gives what was asked, or that accepts a deletion (202).

    Raises:
        KubeError: any other, in the API server's words.
    """
    is_accepted = response.method == "DELETE" and response.status == 202
    if response.status in {200, 201} or is_accepted:
        return
    said = _words(await _beginning(response.content), response.headers.get("Content-Type", ""))
    kind = _BY_STATUS.get(response.status, KubeAnswerError)
    raise kind(f"{path}: {response.status}: {said}")


def _words(beginning: bytes, content_type: str) -> str:
    """Quote a refusal: a Status by its message, a page by its title, of an object nothing."""
    text = beginning.decode("utf-8", errors="replace")
    if is_page(content_type, beginning):
        return quotable(page_text(text))
    if not text.lstrip().startswith(("{", "[")):
        return quotable(text)
    try:
        status = json.loads(text)
    except (ValueError, RecursionError):
        return WITHHELD
    is_status = isinstance(status, dict) and status.get("kind") == "Status"
    return quotable(str(status.get("message", ""))) if is_status else WITHHELD


def unreachable(path: str, error: Exception) -> KubeUnreachableError:
    """Make of aiohttp's error what says whether the request may have gone out."""
    is_unsent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    kind = KubeUnconnectedError if is_unsent else KubeUnreachableError
    return kind(f"{path}: {cause(error)}")


def cause(error: Exception) -> str:
    """Say why there was no answer."""
    return f"no answer from the API server: {failure(error)}"


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """Read so much of an error's body as may be shown; one that breaks off undoes no answer."""
    try:
        return await beginning_of(content, REFUSAL_BYTES)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return b""
