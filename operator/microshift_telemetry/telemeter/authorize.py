"""`POST /authorize`: a token of the spec → the access token for uploads, with labels for them.

Source: telemeter-server, `/authorize`, with every answer that it gives.
"""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from microshift_telemetry.errors import excerpt
from microshift_telemetry.foreign_text import is_page
from microshift_telemetry.sample.metrics import CLUSTER_ID_LABEL, DISTINGUISHING_LABELS
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.sending.answer import parse_retry_after
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.credentials import Credential, CredentialsRefusedError
from microshift_telemetry.sending.proxies import CREDENTIALS_ADVICE
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.receiver import USER_AGENT
from microshift_telemetry.sending.redaction import Redactor
from microshift_telemetry.sending.route import Route
from microshift_telemetry.sending.tokens import (
    MAX_ANSWER_BYTES,
    Issued,
    TokenError,
    seconds_in,
)
from microshift_telemetry.spec.endpoint import Endpoint

PATH = "/authorize"

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_NOT_DEMANDABLE = DISTINGUISHING_LABELS | {"__name__"}
"""They tell our series apart, so that one value for all of them would mix these up."""

_CORRECT_TOKEN = "correct the token that spec.authorization names"  # noqa: S105  # advice
_CORRECT_ENDPOINT = "set spec.endpoint to the base URL of a telemeter server"


@dataclass(frozen=True, slots=True)
class Authorization:
    """What telemeter is asked for an access token."""

    base: Endpoint
    cluster_id: str
    token: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Those of the spec: what stands before the server may want them."""

    named_by = "spec.endpoint"
    is_the_receiver = True

    @property
    def url(self) -> Endpoint:
        """Where it is asked for."""
        return self.base.below(f"{PATH}?id={quote(self.cluster_id, safe='')}")

    async def ask(self, route: Route) -> Response:
        """Ask by a request without a body."""
        headers = {
            **dict(self.headers),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": USER_AGENT,
            "Authorization": f"Bearer {self.token}",
        }
        async with aclosing(Connection(self.url, route)) as connection:
            return await connection.post(b"", headers, MAX_ANSWER_BYTES)

    def issued(self, response: Response, known: Iterable[Credential]) -> Issued:
        """Take the token and its labels out of an answer, which is quoted only if it has none.

        Raises:
            TokenError: the answer has none that can be used.
            CredentialsRefusedError: it is for another cluster.
        """
        if not 200 <= response.status_code <= 299:
            raise self._refusal(response, self._said(response, known))
        answer = _json_object(response.beginning)
        try:
            authorization = Credential(f"Bearer {_text(answer, 'token')}", self.token)
            labels = _labels(answer)
        except ValueError as error:
            why = str(error)
        else:
            own = self._own(labels)
            return Issued(authorization, seconds_in(answer.get("expiresInSeconds")), own)
        # Raised out here, without the error behind it, which may know the token.
        if is_page(response.headers.get("content-type", ""), response.beginning):
            raise self._elsewhere(
                f"returns a web page ({self._said(response, known)})",
                "if it is the login page of your network, log in there; otherwise "
                f"{_CORRECT_ENDPOINT}",
            )
        raise self._elsewhere(f"gives no access token: {why}", _CORRECT_ENDPOINT)

    @property
    def _place(self) -> str:
        return f"spec.endpoint: {self.base.origin}: {PATH}"

    def _own(self, labels: Mapping[str, str]) -> Labels:
        """Give the labels beside our own `_id`, which must be ours."""
        cluster_id = labels.get(CLUSTER_ID_LABEL, self.cluster_id)
        if cluster_id != self.cluster_id:
            raise CredentialsRefusedError(
                f"{self._place} gives an access token for cluster {excerpt(cluster_id)}, and this "
                f"device is {self.cluster_id}; nothing is sent; {_CORRECT_TOKEN}"
            )
        return tuple(sorted(pair for pair in labels.items() if pair[0] != CLUSTER_ID_LABEL))

    def _refusal(self, response: Response, said: str) -> TokenError:
        match response.status_code:
            case 407:
                text = f"the proxy before {self._place} rejects the operator's credentials (407)"
                return TokenError(text, is_lasting=True, advice=CREDENTIALS_ADVICE)
            case 401 | 403:
                return self._lasting(f"rejects the token ({said})", _CORRECT_TOKEN)
            case 409:
                return self._lasting(
                    f"knows this cluster ID under another account ({said})",
                    "use the pull secret of that account, or give the device another cluster ID",
                )
            case 400:
                return self._lasting(f"rejects the request ({said})", _CORRECT_TOKEN)
            case code if code in {408, 429} or 500 <= code <= 599:
                wait = parse_retry_after(
                    response.headers.get("retry-after"), response.headers.get("date")
                )
                text = f"{self._place} gives no access token at the moment ({said})"
                return TokenError(text, is_lasting=False, retry_after_seconds=wait)
            case _:
                return self._elsewhere(f"is not there ({said})", _CORRECT_ENDPOINT)

    def _lasting(self, text: str, advice: str) -> TokenError:
        return TokenError(f"{self._place} {text}", is_lasting=True, advice=advice)

    def _elsewhere(self, text: str, advice: str) -> TokenError:
        return TokenError(
            f"{self._place} {text}", is_lasting=True, advice=advice, is_elsewhere=True
        )

    def _said(self, response: Response, known: Iterable[Credential]) -> str:
        """Quote an answer, without what we said ourselves and what we were given before."""
        header = Credential(f"Bearer {self.token}", *(value for _, value in self.headers))
        redactor = Redactor.of([header, *known])
        page = is_page(response.headers.get("content-type", ""), response.beginning)
        said = redactor.quote(response.beginning, is_page=page)
        return f"{response.status_code}: {said}" if said else str(response.status_code)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _text(answer: Mapping[str, Any], name: str) -> str:
    text = answer.get(name)
    if not isinstance(text, str) or not text:
        raise ValueError(f"its answer has no {name}")
    return text


def _labels(answer: Mapping[str, Any]) -> Mapping[str, str]:
    """Read the labels; raises ValueError where a series can't have them."""
    labels = answer.get("labels") or {}
    if not isinstance(labels, dict):
        raise ValueError("its labels are no object")  # noqa: TRY004  # a value of the answer
    for name, value in labels.items():
        if not _LABEL_NAME.fullmatch(name) or not isinstance(value, str):
            raise ValueError(f"its label {excerpt(repr(name))} is none")
        if name in _NOT_DEMANDABLE:
            raise ValueError(f"it demands one value of label {name} for all series")
        if not _is_utf8(value):
            raise ValueError(f"its value of label {excerpt(name)} is not UTF-8")
    return labels


def _is_utf8(text: str) -> bool:
    """Tell whether a text can be sent: JSON can spell half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
