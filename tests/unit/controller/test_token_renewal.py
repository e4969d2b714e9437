"""A receiver refuses an access token, and no other is issued: its word on the samples stands."""

import asyncio
from collections.abc import Iterator, Mapping

import pytest

from microshift_telemetry.controller.connecting import TOKEN_SERVER
from microshift_telemetry.controller.findings import not_sent
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.route import Route
from microshift_telemetry.sending.tokens import Grant, TokenError, Tokens
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.fakes import FakeConnector, FakeReceiver
from tests.support.fault_receiver import Answer as Reply
from tests.support.fault_receiver import Fault, FaultReceiver, always, in_turn
from tests.unit.controller.promises import (
    TOKEN_NOT_RENEWED,
    TOKEN_RENEWED_LATER,
    TOKEN_SERVER_AWAY,
    promised,
)
from tests.unit.controller.test_rounds import Sender
from tests.unit.sending.token_server import Seconds, a_request, a_token

NO_TOKEN = Reply(503, b"maintenance")


@pytest.fixture
def refusing() -> Iterator[FaultReceiver]:
    with FaultReceiver(always(Reply(401, b"revoked"))) as receiver:
        yield receiver


class GrantedConnector(FakeConnector):
    """Leads to a real receiver, with tokens of a real token server."""

    def __init__(self, receiver: FaultReceiver, token_server: FaultReceiver) -> None:
        super().__init__(FakeReceiver())
        self._url = receiver.url
        request, route = a_request(token_server.url), Route(peer=TOKEN_SERVER)
        self._grant = Grant(Tokens(Seconds()), request, route)

    async def connect(self, _: Destination) -> Receiver:
        return Receiver(Connection(parse_endpoint(self._url, ""), Route()), {}, self._grant)


ASKS_TO_WAIT = {"Retry-After": "1200"}


def a_sender(receiver: FaultReceiver, token_server: FaultReceiver) -> Sender:
    sender = Sender()
    sender.rounds._connector = GrantedConnector(receiver, token_server)
    sender.wait(10, 5)
    return sender


@pytest.mark.parametrize("failing", [NO_TOKEN, Fault.CLOSE, Fault.RESET])
async def test_samples_that_came_with_a_refused_token_are_not_maybe_stored(
    refusing: FaultReceiver, failing: Reply | Fault
) -> None:
    """The token server got its request whole, and that says nothing of the receiver's."""
    with FaultReceiver(in_turn(a_token(1), failing)) as token_server:
        sender = a_sender(refusing, token_server)

        await sender.send()

    assert len(token_server.requests) == 2
    assert [*sender.store.ledger.backlog.marked()] == []
    assert sender.store.ledger.offered is None


async def test_nor_are_they_where_the_attempt_ends_before_the_renewal(
    refusing: FaultReceiver,
) -> None:
    """An edit of the spec ends it, or the end of the process."""
    with FaultReceiver(in_turn(a_token(1), Fault.HANG)) as token_server:
        sender = a_sender(refusing, token_server)
        sending = asyncio.create_task(sender.send())
        await asyncio.to_thread(token_server.wait_for_requests, 2, 10)
        assert sender.store.ledger.offered is None
        sending.cancel()
        await asyncio.wait([sending])

    assert [*sender.store.ledger.backlog.marked()] == []


@pytest.mark.parametrize(
    ("failing", "came"),
    [
        pytest.param(NO_TOKEN, TOKEN_RENEWED_LATER, id="503"),
        pytest.param(Reply(429, b"slower"), TOKEN_RENEWED_LATER, id="429"),
        pytest.param(Reply(401, b"unknown client"), TOKEN_NOT_RENEWED, id="401"),
        pytest.param(Fault.CLOSE, TOKEN_SERVER_AWAY, id="away"),
    ],
)
async def test_the_receivers_refusal_is_told_before_the_token_servers_failure(
    refusing: FaultReceiver, failing: Reply | Fault, came: str
) -> None:
    with FaultReceiver(in_turn(a_token(1), failing)) as token_server:
        sender = a_sender(refusing, token_server)

        await sender.send()

        place = f"spec.authorization.oauth2.tokenUrl: {token_server.address}"
        if isinstance(failing, Reply):
            said = (
                f"{place}: the token server issued no token ({failing.status}: "
                f"{failing.body.decode()})"
            )
            error = not_sent(TokenError(said, is_lasting=failing.status == 401)).message
        else:
            error = (
                f"the token server {token_server.address}: the connection was lost; check "
                "spec.authorization.oauth2.tokenUrl and the network; samples are kept and sent "
                "later"
            )
    found = sender.rounds.finding
    told = promised(came, answer="401: revoked", error=error)
    assert (found.reason, found.message) == told


@pytest.mark.parametrize(
    ("receivers", "token_servers", "seconds"),
    [
        pytest.param({}, Reply(503, b"", ASKS_TO_WAIT), 1200, id="the-token-server"),
        pytest.param({}, Reply(429, b"", ASKS_TO_WAIT), 1200, id="which-is-asked-too-often"),
        pytest.param({"Retry-After": "2400"}, Reply(503, b"", ASKS_TO_WAIT), 2400, id="both"),
        pytest.param(ASKS_TO_WAIT, Reply(503, b"", {"Retry-After": "2400"}), 2400, id="both-too"),
        pytest.param({}, Reply(400, b"", ASKS_TO_WAIT), 0, id="a-lasting-refusal"),
    ],
)
async def test_whoever_asks_for_the_longest_wait_at_a_renewal_gets_it(
    refusing: FaultReceiver, receivers: Mapping[str, str], token_servers: Reply, seconds: float
) -> None:
    refusing.script = always(Reply(401, b"revoked", dict(receivers)))
    with FaultReceiver(in_turn(a_token(1), token_servers)) as token_server:
        sender = a_sender(refusing, token_server)

        await sender.send()

    assert sender.rounds.wait_seconds is not None
    assert sender.rounds.wait_seconds >= seconds
    assert seconds or sender.rounds.wait_seconds < 1200


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_token_server_that_asks_for_a_wait_in_the_middle_of_a_round_gets_it(
    status: int,
) -> None:
    """A token for one request: the second request of the round has none."""
    short = a_token(1, expires_in=0)
    later = Reply(status, b"later", ASKS_TO_WAIT)
    with FaultReceiver() as taking, FaultReceiver(in_turn(short, later)) as token_server:
        sender = a_sender(taking, token_server)

        await sender.send()

        assert len(taking.requests) == 1

    assert sender.rounds.wait_seconds is not None
    assert 1200 <= sender.rounds.wait_seconds <= 1230
