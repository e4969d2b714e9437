"""The scripted receiver shows each fault as a client meets it, and remembers what came in."""

import http.client
import socket
import ssl
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.certificates import Authority, client_context
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, Place, always, in_turn
from tests.support.waiting import wait_for


def _connect(receiver: FaultReceiver, timeout: float = 10) -> http.client.HTTPConnection:
    url = urlsplit(receiver.url)
    assert url.hostname is not None
    return http.client.HTTPConnection(url.hostname, url.port, timeout=timeout)


def _post(connection: http.client.HTTPConnection, body: bytes = b"body") -> int:
    """Post, and leave nothing open where that fails: the collector would warn in another test."""
    try:
        connection.request("POST", "/write", body, {"X-Tenant": "blue"})
        response = connection.getresponse()
        response.read()
    except OSError:
        connection.close()
        raise
    return response.status


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_requests_are_answered_by_the_script_and_remembered(host: str) -> None:
    slow_down = Answer(503, b"later", {"Retry-After": "7"})
    with FaultReceiver(in_turn(slow_down, Answer(204)), host=host) as receiver:
        connection = _connect(receiver)
        connection.request("POST", "/write", b"first", {"X-Tenant": "blue"})
        refused = connection.getresponse()
        assert (refused.status, refused.read()) == (503, b"later")
        assert refused.headers["Retry-After"] == "7"
        assert [_post(connection), _post(connection)] == [204, 204]
        connection.close()

    first, *_ = receiver.requests
    assert (first.method, first.target, first.body) == ("POST", "/write", b"first")
    assert first.headers["x-tenant"] == "blue"
    assert len(receiver.requests) == 3
    assert len(receiver.connections) == 1


def test_a_port_that_another_has_taken_is_said_at_once() -> None:
    receiver = FaultReceiver()
    with (
        socket.create_server((receiver.host, receiver.port)),
        pytest.raises(OSError, match=f"{receiver.port}.*address already in use"),
    ):
        receiver.__enter__()


def test_a_hanging_request_tells_when_the_client_let_go() -> None:
    with FaultReceiver(always(Fault.HANG)) as receiver:
        connection = _connect(receiver, timeout=0.2)
        with pytest.raises(TimeoutError):
            _post(connection)
        let_go = time.monotonic()
        connection.close()
        [request] = receiver.wait_for_requests(1, seconds=10)
        cut_at = wait_for("the cut", lambda: request.cut_at, seconds=10)

    assert abs(cut_at - let_go) < 1


def test_a_receiver_ends_while_a_request_hangs() -> None:
    with FaultReceiver(always(Fault.HANG)) as receiver:
        connection = _connect(receiver)
        connection.request("POST", "/write", b"body")
        receiver.wait_for_requests(1, seconds=10)

    with pytest.raises(ConnectionRefusedError):
        _post(_connect(receiver))
    connection.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.RESET, ConnectionResetError), (Fault.CLOSE, http.client.RemoteDisconnected)],
)
def test_a_broken_connection_is_seen_as_such(fault: Fault, error: type[Exception]) -> None:
    with FaultReceiver(always(fault)) as receiver, pytest.raises(error):
        _post(_connect(receiver))


@pytest.mark.parametrize("place", [Place.HEAD, Place.BODY])
def test_a_request_can_be_cut_before_it_is_whole(place: Place) -> None:
    with FaultReceiver() as receiver:
        receiver.cuts = lambda at: at is place
        with pytest.raises(ConnectionResetError):
            _post(_connect(receiver), b"twelve bytes")

    [request] = receiver.requests
    assert not request.is_whole
    assert request.body == (b"" if place is Place.HEAD else b"twelve")


def test_a_handshake_can_be_cut_once(tmp_path: Path) -> None:
    authority, cuts = Authority(tmp_path), iter([True, False])
    with FaultReceiver(authority=authority) as receiver:
        receiver.cuts = lambda at: at is Place.HANDSHAKE and next(cuts)
        url = urlsplit(receiver.url)
        assert url.hostname is not None
        context = client_context(authority.ca_file)
        cut, whole = (
            http.client.HTTPSConnection(url.hostname, url.port, timeout=10, context=context)
            for _ in range(2)
        )
        with pytest.raises(ConnectionResetError):
            _post(cut)
        assert _post(whole) == 204
        whole.close()

    assert len(receiver.requests) == 1


def test_an_answer_may_say_a_wrong_length_and_end() -> None:
    answer = Answer(400, b"too old", declared_bytes=70)
    with FaultReceiver(always(answer)) as receiver:
        connection = _connect(receiver)
        connection.request("POST", "/write", b"body")
        with connection.getresponse() as response, pytest.raises(http.client.IncompleteRead):
            response.read()
        connection.close()


def test_an_answer_may_come_slowly() -> None:
    with FaultReceiver(always(Answer(503, b"later", seconds=0.3))) as receiver:
        connection = _connect(receiver)
        connection.request("POST", "/write", b"body")
        response, began = connection.getresponse(), time.monotonic()
        assert response.read() == b"later"
        connection.close()

    assert time.monotonic() - began > 0.2


def test_a_connection_whose_handshake_fails_is_counted(tmp_path: Path) -> None:
    with FaultReceiver(authority=Authority(tmp_path / "ours")) as receiver:
        url = urlsplit(receiver.url)
        stranger = client_context(Authority(tmp_path / "other").ca_file)
        with (
            socket.create_connection((url.hostname, url.port)) as connection,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            stranger.wrap_socket(connection, server_hostname=url.hostname)

        assert len(receiver.connections) == 1
        assert receiver.requests == []


def test_a_receiver_with_an_authority_speaks_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with FaultReceiver(authority=authority) as receiver:
        url = urlsplit(receiver.url)
        assert url.hostname is not None
        connection = http.client.HTTPSConnection(
            url.hostname, url.port, timeout=10, context=client_context(authority.ca_file)
        )
        assert _post(connection) == 204
        connection.close()
