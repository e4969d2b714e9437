"""An encoded request → the receiver's answer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from microshift_telemetry import __version__
from microshift_telemetry.foreign_text import is_page
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.sending.answer import Answer, parse_date, parse_retry_after
from microshift_telemetry.sending.connection import (
    Connection,
    OnSending,
    UnreachableError,
    nothing,
)
from microshift_telemetry.sending.credentials import Credential
from microshift_telemetry.sending.redaction import Redactor
from microshift_telemetry.sending.speaker import speaker_of
from microshift_telemetry.sending.tokens import Grant, OtherLabelsError, TokenError

USER_AGENT = f"microshift-telemetry/{__version__}"

_ORIGIN = re.compile(r"https?://[a-z0-9-]{1,63}([.][a-z0-9-]{1,63})+(:[0-9]{1,5})?(?=[/?#]|$)")

_OTHER_LABELS = "the receiver demands other labels since the access token was renewed"

BODY_BYTES = 8 << 10
"""The title of a page stands near its beginning, behind some scripts and styles."""


class Receiver:
    """A receiver while one report is sent to it: connections end with the report."""

    def __init__(
        self,
        connection: Connection,
        headers: Mapping[str, str | Credential],
        grant: Grant | None = None,
    ) -> None:
        """Speak to a receiver over a connection.

        Args:
            connection: to the endpoint; closed with the receiver.
            headers: of each request, `Authorization` among them.
            grant: gives `Authorization` instead, for each request: an access token may end, or be
                taken back, at any time.
        """
        self._connection = connection
        self._headers = dict(headers)
        self._grant = grant

    async def post(
        self,
        body: bytes,
        on_sending: OnSending = nothing,
        on_refused_token: Callable[[int], None] = lambda _: None,
    ) -> Answer:
        """Send one request and read the answer's beginning.

        Where an access token is refused and can be renewed, the request is sent once more.

        Args:
            body: of the request.
            on_sending: awaited once there is a connection, before the body goes out.
            on_refused_token: called with the status code before a token is renewed: the receiver
                has taken nothing.

        Raises:
            UnreachableError: no answer: name, connection, proxy, TLS, or time.
            TokenError: there is no access token to begin with.
        """
        if self._grant is None:
            return await self._post(body, self._headers, on_sending)
        grant, token = self._grant, await self._grant.token()
        headers = {**self._headers, "Authorization": token.authorization}
        answer = _noted(grant, await self._post(body, headers, on_sending))
        # Some gateways say 403 to a token that has ended.
        if answer.status_code not in {401, 403}:
            return answer
        on_refused_token(answer.status_code)
        try:
            renewed = await grant.renewed()
        except (TokenError, UnreachableError) as error:
            return replace(answer, renewal_error=error)
        if renewed is token:
            return answer
        if renewed.labels != token.labels:
            return replace(answer, renewal_error=OtherLabelsError(_OTHER_LABELS, is_lasting=False))
        headers |= {"Authorization": renewed.authorization}
        again = _noted(grant, await self._post(body, headers, on_sending))
        return replace(again, code_before_renewal=answer.status_code)

    async def labels(self) -> Labels:
        """Give the labels that the receiver demands of each series, with the token for them.

        Raises: as `post` does, and CredentialsRefusedError where the token is not for us.
        """
        return () if self._grant is None else await self._grant.labels()

    async def date(self) -> datetime | None:
        """Have the receiver's origin tell the date, without credentials; None when it does not.

        Raises:
            UnreachableError: as for `post`.
        """
        response = await self._connection.get_root({"User-Agent": USER_AGENT})
        return parse_date(response.headers.get("date"))

    async def aclose(self) -> None:
        """Close the connection."""
        await self._connection.aclose()

    async def _post(
        self,
        body: bytes,
        headers: Mapping[str, str | Credential],
        on_sending: OnSending,
    ) -> Answer:
        credentials = [each for each in headers.values() if isinstance(each, Credential)]
        spoken = {
            name: value.reveal() if isinstance(value, Credential) else value
            for name, value in headers.items()
        }
        credentials += self._connection.credentials
        redactor = Redactor.of(credentials)
        response = await self._connection.post(body, spoken, BODY_BYTES, on_sending)
        given, beginning = response.headers, response.beginning
        page = is_page(given.get("content-type", ""), beginning)
        location = redactor.quote(origin_in(given.get("location", "")).encode(), is_page=False)
        return Answer(
            response.status_code,
            redactor.quote(beginning, is_page=page),
            parse_retry_after(given.get("retry-after"), given.get("date")),
            is_page=page,
            speaker=speaker_of(
                response.status_code, given, is_read_by_proxy=self._connection.is_read_by_proxy
            ),
            date=parse_date(given.get("date")),
            location=location,
        )


def _noted(grant: Grant, answer: Answer) -> Answer:
    """Note that a token was accepted, if it was; a page is not the receiver's."""
    if 200 <= answer.status_code <= 299 and not answer.is_page:
        grant.note_accepted()
    return answer


def origin_in(location: str) -> str:
    """Give what of a `Location` may be shown: its origin, where that is one as people write it.

    A path, a query or a user's name may hold what nobody is to read.
    """
    found = _ORIGIN.match(location)
    return found[0] if found else ""
