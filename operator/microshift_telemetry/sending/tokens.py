"""Access tokens: each is asked for once, used until shortly before its end, and then renewed.

Who gives one, and for what, is a `TokenSource`: an OAuth 2 token server, or telemeter itself.
"""

from collections.abc import Callable, Iterable
from math import inf, isfinite, isnan
from typing import NamedTuple, Protocol

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.sending.credentials import Credential
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import Endpoint

MAX_ANSWER_BYTES = 64 << 10
"""A token has a few kilobytes; with many claims some more."""

EARLY = 0.1
"""A token is renewed when a tenth of its life is left, at most:"""
EARLY_SECONDS = 60.0

ENDLESS_SECONDS = 3600.0
"""After which a token without an end may be renewed again."""


class TokenError(TelemetryError):
    """Nobody gave a token; the text starts with the field and its host."""

    def __init__(
        self,
        text: str,
        *,
        is_lasting: bool,
        advice: str = "correct spec.authorization.oauth2 or the Secrets that it references",
        is_elsewhere: bool = False,
        retry_after_seconds: float = 0.0,
    ) -> None:
        """Say why.

        Args:
            text: what was answered.
            is_lasting: only an admin can mend it.
            advice: how he can.
            is_elsewhere: whoever answers there gives no tokens at all.
            retry_after_seconds: how long we are asked to wait; 0 when we are not.
        """
        super().__init__(text)
        self.is_lasting, self.advice, self.is_elsewhere = is_lasting, advice, is_elsewhere
        self.retry_after_seconds = retry_after_seconds


class OtherLabelsError(TokenError):
    """A new token demands other labels than the request has for which the old one was refused."""


class Issued(NamedTuple):
    """A token as it was given."""

    authorization: Credential
    seconds: float
    """How long it is good; endless where it is not told."""
    labels: Labels = ()
    """That every series must have which goes out with it."""


class TokenSource(Protocol):
    """Who is asked for a token, and how; equal sources give tokens of one kind."""

    @property
    def url(self) -> Endpoint:
        """Where it is asked for."""

    @property
    def named_by(self) -> str:
        """The field that says where."""

    @property
    def is_the_receiver(self) -> bool:
        """Tell whether the receiver itself gives tokens.

        Each is for this device alone, and with it come labels that a report must have.
        """

    def __hash__(self) -> int:
        """Tokens are kept by it."""

    async def ask(self, route: Route) -> Response:
        """Ask for one; may raise UnreachableError."""

    def issued(self, response: Response, known: Iterable[Credential]) -> Issued:
        """Take it out of the answer, which may repeat the `known` secrets.

        Raises:
            TokenError: there is none that can be used.
            CredentialsRefusedError: it is not for us.
        """


class Token(NamedTuple):
    """A token that is kept."""

    authorization: Credential
    labels: Labels
    good_until: float
    """Monotonic seconds."""
    renewable_from: float = 0.0
    """Until then it stays, though the receiver refuses it: monotonic seconds."""
    is_ended: bool = False
    """The receiver has given it itself and refuses it: it is worth no other request."""


class Tokens:
    """Access tokens, each used until shortly before it expires."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Have none yet; `monotonic` tells the seconds."""
        self._monotonic = monotonic
        self._tokens: dict[TokenSource, Token] = {}

    async def authorization(self, source: TokenSource, route: Route) -> Credential:
        """Give the header of a token; raises as `token` does."""
        return (await self.token(source, route)).authorization

    async def token(self, source: TokenSource, route: Route) -> Token:
        """Give a token that is still good or a new one.

        Raises:
            UnreachableError: whoever gives tokens gave no answer.
            TokenError: it gave no token.
            CredentialsRefusedError: the token is not for us.
        """
        now = self._monotonic()
        self._tokens = {key: token for key, token in self._tokens.items() if now < token.good_until}
        token = self._tokens.get(source)
        if token is None or token.is_ended:
            return await self.renewed(source, route)
        return token

    async def renewed(self, source: TokenSource, route: Route) -> Token:
        """Give a new token: the receiver did not accept the last one.

        A renewed token that is refused, too, stays until its end, or for an hour where it has
        none: the token is not what is wrong, and a fleet would ask for one at each retry. So does
        one in whose place no other could be had. One of the receiver's own that it has accepted in
        between is renewed.

        Raises: as `token` does.
        """
        asked_at, last = self._monotonic(), self._tokens.get(source)
        if last is not None and asked_at < last.renewable_from:
            return last
        if last is not None and source.is_the_receiver:
            self._tokens[source] = last._replace(is_ended=True)
        response = await source.ask(route)
        known = [] if last is None else [last.authorization]
        issued = source.issued(response, known)
        good_until = asked_at + issued.seconds - min(EARLY_SECONDS, EARLY * issued.seconds)
        renewable_from = 0.0
        if last is not None:
            renewable_from = good_until if isfinite(good_until) else asked_at + ENDLESS_SECONDS
        token = Token(issued.authorization, issued.labels, good_until, renewable_from)
        self._tokens[source] = token
        return token

    def note_accepted(self, source: TokenSource) -> None:
        """Note that the receiver has accepted the token: if it is refused later, it has ended."""
        token = self._tokens.get(source)
        if token is not None and token.renewable_from:
            self._tokens[source] = token._replace(renewable_from=0.0)


class Grant(NamedTuple):
    """A receiver's access token: the one that is good now, for each request."""

    tokens: Tokens
    source: TokenSource
    route: Route

    async def token(self) -> Token:
        """Give it; raises as `Tokens.token` does."""
        return await self.tokens.token(self.source, self.route)

    async def renewed(self) -> Token:
        """Give another, or the same where it may not be renewed; raises as well."""
        return await self.tokens.renewed(self.source, self.route)

    def note_accepted(self) -> None:
        """Note that the receiver has accepted the token.

        It counts for the receiver's own, which is good for a day; one of a token server ends soon,
        and several receivers may have it.
        """
        if self.source.is_the_receiver:
            self.tokens.note_accepted(self.source)

    async def labels(self) -> Labels:
        """Give the labels that come with it; none where none ever do, and nobody is asked."""
        return (await self.token()).labels if self.source.is_the_receiver else ()


def seconds_in(told: object) -> float:
    """Read how long a token is good: servers write a number, or a text with one in it."""
    try:
        seconds = float(str(told))
    except ValueError:
        return inf
    return inf if isnan(seconds) else max(0.0, seconds)
