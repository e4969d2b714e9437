"""What whoever listens at `spec.endpoint` may answer."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from microshift_telemetry.remote_write.judge import judge
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.unit.mutations.engine import Mutator
from tests.unit.mutations.trial import Failure, Kind, Refused, Trial, refused
from tests.unit.mutations.wire import HANG, http, speaking

SEED = 20_261_121

NO_HTTP, BROKEN, NO_TIME = (
    "the response is not HTTP",
    "the connection was lost",
    "no answer in time",
)
PATIENT = aiohttp.ClientTimeout(total=30)
IMPATIENT = aiohttp.ClientTimeout(total=0.05)

STATUSES = (
    200,
    202,
    204,
    299,
    301,
    308,
    400,
    401,
    403,
    404,
    405,
    407,
    408,
    409,
    413,
    422,
    429,
    451,
)
ERRORS = (500, 501, 502, 503, 504, 599, 600, 999)
BODIES = (
    b"",
    b"out of order sample",
    "zu sp\u00e4t\nf\u00fcr mich".encode(),
    b"\xff\x00bin",
    b"\x1b[31mred",
    b"\n<!DOCTYPE html>\n<title>Log in</title>",
    b"<p>no page, but a receiver's words",
)
DATE = "Sat, 21 Nov 2026 07:00:00 GMT"
LATER = "Sat, 21 Nov 2026 07:00:30 GMT"
WAITS = ("0", "17", "3600", "999999999999999999999", "-5", "1.5", "soon", "", "\u0663", DATE, LATER)
VERDICTS = {
    **dict.fromkeys(range(200, 300), "TAKEN"),
    **dict.fromkeys((401, 403, 407), "UNAUTHORIZED"),
    **dict.fromkeys((400, 422), "REFUSED"),
    **dict.fromkeys((408, 429, *range(501, 600)), "RETRY"),
    409: "CONFLICT",
    413: "TOO_LARGE",
    500: "SERVER_ERROR",
}

Meaning = tuple[int, str, str, float]
"""Status code, verdict, the text that is quoted, seconds to wait."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """An answer as bytes, and what it was made of."""

    raw: bytes
    status: int = 0
    body: bytes = b""
    wait: str = ""
    fault: str = ""
    pieces: int = 1


def a_receivers_answer(mutator: Mutator) -> Mutant:
    status = mutator.one_of(STATUSES + ERRORS)
    body = b"" if status == 204 else mutator.one_of(BODIES)
    wait, is_dated = mutator.one_of(WAITS), mutator.once_in(2)
    headers = [f"Retry-After: {wait}".encode().decode("latin-1")] if mutator.once_in(2) else []
    headers += [f"Date: {DATE}"] if is_dated else []
    raw = http(status, body, *headers, is_chunked=status != 204 and mutator.once_in(3))
    pieces = mutator.one_of([1, 1, 3, 20])
    fault = ""
    if mutator.once_in(3):
        fault = "hang" if mutator.once_in(20) else mutator.one_of(list(FAULTS)[:-1])
        raw = FAULTS[fault](mutator, raw)
    if not headers or not headers[0].startswith("Retry"):
        wait = ""
    elif not is_dated and "," in wait:
        wait = "undated"
    return Mutant(raw, status, body, wait, fault, pieces)


def _cut_in_its_head(mutator: Mutator, raw: bytes) -> bytes:
    return raw[: mutator.chance.randint(1, raw.index(b"\r\n\r\n"))]


def _with_line(line: bytes) -> Callable[[Mutator, bytes], bytes]:
    return lambda _, raw: raw.replace(b"\r\n", b"\r\n%b\r\n" % line, 1)


NO_STATUS = (b"HTTP/1.1 1234", b"HTTP/1.1 x")
OTHERS = (b"220 mail.example ESMTP\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\r\n")
FAULTS: dict[str, Callable[[Mutator, bytes], bytes]] = {
    "nothing": lambda _, __: b"",
    "head": _cut_in_its_head,
    "version": lambda mutator, _: mutator.one_of(OTHERS),
    "digits": lambda mutator, raw: raw.replace(b"HTTP/1.1 ", mutator.one_of(NO_STATUS), 1),
    "no-colon": _with_line(b"no colon here"),
    "nul": _with_line(b"X: a\0b"),
    "endless": _with_line(b"X: " + b"x" * 20_000),
    "short": lambda _, raw: raw.replace(b"Content-Length: ", b"Content-Length: 9"),
    "hang": lambda _, __: HANG,
}
"""Ways to break an answer of which it is known what it must come to."""


def _meaning(mutant: Mutant) -> Meaning | Refused:
    """Judge by the status line where one came whole; a 2xx that may be a page by its head."""
    is_told = mutant.status == 204 or not 200 <= mutant.status <= 299
    match mutant.fault:
        case "nothing":
            return refused(BROKEN)
        case "head" if b"\r\n" not in mutant.raw or not is_told:
            return refused(BROKEN, NO_HTTP)
        case "version" | "digits":
            return refused(NO_HTTP)
        case "hang":
            return refused(NO_TIME)
        case _:
            pass
    body, wait = (b"", _cut_wait(mutant)) if mutant.fault == "head" else (mutant.body, mutant.wait)
    verdict, said = VERDICTS.get(mutant.status, "WRONG_ENDPOINT"), _quoted(body)
    if verdict == "TAKEN" and b"<!DOCTYPE html>" in body:
        verdict = "WRONG_ENDPOINT"
    return mutant.status, verdict, said, _seconds(wait)


def _cut_wait(mutant: Mutant) -> str:
    """Tell what has come of `Retry-After`, of a date only where that of the answer came too."""
    _, name, rest = mutant.raw.decode("latin-1").partition("Retry-After:")
    wait = rest.partition("\r\n")[0].strip() if name else ""
    is_dated = f"\r\nDate: {DATE}" in mutant.raw.decode("latin-1")
    return wait if is_dated or "," not in wait else "undated"


def _quoted(body: bytes) -> str:
    if body.startswith(b"\xff"):
        return "(binary data)"
    text = body.decode().replace("\n", " ")
    if "<!DOCTYPE html>" in text:
        return "Log in"
    return "".join(char if char.isprintable() else "?" for char in text).strip()


def _seconds(wait: str) -> float:
    """Read RFC 9110's two forms by hand."""
    if wait.endswith("GMT"):
        form = "%a, %d %b %Y %H:%M:%S GMT"
        span = datetime.strptime(wait, form) - datetime.strptime(DATE, form)  # noqa: DTZ007  # both GMT
        return span.total_seconds()
    return min(float(wait), 3600.0) if wait and set(wait) <= set("0123456789") else 0.0


async def test_a_receivers_answer_gives_its_meaning_or_a_documented_error() -> None:
    kind = Kind(
        mutant=a_receivers_answer,
        is_outer=lambda mutant: not mutant.fault,
        reference=_meaning,
        documented=(NO_HTTP, BROKEN, NO_TIME),
    )
    trial = Trial(kind, SEED)

    async with speaking() as speaker:
        endpoint = parse_endpoint(speaker.address, "spec.endpoint")
        for mutant in trial.mutants:
            speaker.says, speaker.pieces = mutant.raw, mutant.pieces
            timeout = IMPATIENT if mutant.raw == HANG else PATIENT
            found: Meaning | Failure
            try:
                connection = Connection(endpoint, Route(None), timeout)
                async with aclosing(Receiver(connection, {})) as receiver:
                    answer = await receiver.post(b"body")
            except UnreachableError as error:
                found = Failure(str(error))
            else:
                verdict = judge(answer).name
                found = (answer.status_code, verdict, answer.excerpt, answer.retry_after_seconds)
            trial.compare(mutant, found)
    trial.conclude()
