"""The body of an answer → one JSON object, or lines; never more than fits."""

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import aiohttp

from microshift_telemetry.kube.errors import KubeAnswerError

Object = Mapping[str, Any]
"""A Kubernetes object, or a list of them, as JSON."""

MAX_ANSWER_BYTES = 16 << 20
"""A page of pods or one node is far smaller; a larger answer is refused, not swallowed."""
_CHUNK_BYTES = 64 << 10


async def json_object(content: aiohttp.StreamReader, path: str) -> Object:
    """Read a body that is one JSON object.

    Raises:
        KubeAnswerError: it is none, or too large; the text starts with `path`.
    """
    chunks, size = [], 0
    async for chunk in content.iter_chunked(_CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise KubeAnswerError(f"{path}: the answer is larger than {MAX_ANSWER_BYTES} bytes")
    try:
        answer = json.loads(b"".join(chunks))
    except (ValueError, RecursionError) as error:
        raise KubeAnswerError(f"{path}: the answer is not JSON") from error
    if not isinstance(answer, dict):
        raise KubeAnswerError(f"{path}: the answer is not a JSON object")
    return answer


async def lines(
    content: aiohttp.StreamReader, path: str, limit: int
) -> AsyncGenerator[bytes, None]:
    """Read a body line by line, never held whole.

    Raises:
        KubeAnswerError: a line has more than `limit` bytes; the text starts with `path`.
    """
    rest = b""
    async for chunk in content.iter_chunked(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
        if len(rest) > limit:
            raise KubeAnswerError(f"{path}: a line exceeds {limit} bytes")
    if rest:
        yield rest
