"""A captive portal: somebody's login page stands where the receiver should be."""

from collections.abc import Mapping, Sequence

from tests.models.model import NO_HEADERS, Answer, Key, Sample

PAGE = b"<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>Log in</body></html>\n"
LOGIN = "http://portal.example/login"


class CaptivePortal:
    """Answers every request with its page, or with the way to it."""

    def __init__(self, *, redirects: bool = False) -> None:
        self._redirects = redirects
        self.stored: dict[Key, float] = {}

    def receive(
        self,
        samples: Sequence[Sample],  # noqa: ARG002
        now_ms: int,  # noqa: ARG002
        *,
        size_bytes: int = 0,  # noqa: ARG002
        headers: Mapping[str, str] = NO_HEADERS,  # noqa: ARG002
    ) -> Answer:
        page = {"Content-Type": "text/html; charset=utf-8"}
        return (
            Answer(302, page | {"Location": LOGIN}) if self._redirects else Answer(200, page, PAGE)
        )
