"""A receiver refuses an access token, and no other is issued: its word on the samples stands."""

import asyncio
from collections.abc import Iterator

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
from tests.unit.controller.promises import TOKEN_NOT_RENEWED, promised
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


@pytest.mark.parametrize("failing", [NO_TOKEN, Reply(401, b"unknown client"), Fault.CLOSE])
async def test_the_receivers_refusal_is_told_before_the_token_servers_failure(
    refusing: FaultReceiver, failing: Reply | Fault
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
    told = promised(TOKEN_NOT_RENEWED, answer="401: revoked", error=error)
    assert (found.reason, found.message) == told
