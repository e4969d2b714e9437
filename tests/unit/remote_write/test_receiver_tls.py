from collections.abc import Iterator

import pytest

from microshift_telemetry.remote_write.answer import Answer
from microshift_telemetry.remote_write.receiver import Receiver, TlsConfigError
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.certificates import Authority
from tests.support.fault_receiver import FaultReceiver
from tests.unit.remote_write.test_receiver import failure, post


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def foreigner(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("foreigner"), "another authority")


@pytest.fixture
def receiver(authority: Authority) -> Iterator[FaultReceiver]:
    with FaultReceiver(authority=authority) as receiver:
        yield receiver


async def test_a_receiver_under_the_given_authority_is_trusted(
    receiver: FaultReceiver, authority: Authority
) -> None:
    assert await post(receiver.url, ca=authority.ca_file.read_bytes()) == Answer(204)


async def test_a_bundle_may_hold_several_authorities_and_comments(
    receiver: FaultReceiver, authority: Authority, foreigner: Authority
) -> None:
    comment = "# Zertifizierungsstelle für Geräte\n".encode()
    bundle = foreigner.ca_file.read_bytes() + comment + authority.ca_file.read_bytes()

    assert await post(receiver.url, ca=bundle) == Answer(204)


async def test_a_receiver_under_a_foreign_authority_gets_no_request(
    receiver: FaultReceiver, foreigner: Authority
) -> None:
    said = await failure(receiver.url, token="token", ca=foreigner.ca_file.read_bytes())

    assert said.startswith("certificate not accepted: ")
    assert "local issuer certificate" in said
    assert receiver.requests == []


async def test_an_authority_of_ones_own_is_not_among_the_systems_roots(
    receiver: FaultReceiver,
) -> None:
    assert (await failure(receiver.url)).startswith("certificate not accepted: ")
    assert receiver.requests == []


async def test_a_certificate_of_another_host_is_not_accepted(authority: Authority) -> None:
    with FaultReceiver(authority=authority, host="localhost") as receiver:
        url = receiver.url.replace("localhost", "127.0.0.1")

        said = await failure(url, token="token", ca=authority.ca_file.read_bytes())

    assert said.startswith("certificate not accepted: IP address mismatch")
    assert receiver.requests == []


async def test_a_connection_that_is_closing_by_itself_is_left_in_peace(
    receiver: FaultReceiver, authority: Authority
) -> None:
    """As it is for a moment when more comes than the answer's length says, in several pieces."""
    endpoint = parse_endpoint(receiver.url, "spec.endpoint")
    async with Receiver(endpoint, None, authority.ca_file.read_bytes()) as sender:
        assert await sender.post(b"body") == Answer(204)
        connector = sender._session.connector
        assert connector is not None
        [[(idle, _)]] = connector._conns.values()
        assert idle.transport is not None
        for _ in range(2):
            idle.transport.close()

    assert connector.closed


@pytest.mark.parametrize(
    "ca",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n", id="a-line-break"),
        pytest.param(b"roots", id="a-text"),
        pytest.param("für".encode(), id="not-ascii"),
        pytest.param(b"\xff\xfe\0\0", id="binary"),
        pytest.param(
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            id="not-a-certificate",
        ),
    ],
)
async def test_what_is_no_bundle_is_refused_and_never_means_the_systems_roots(ca: bytes) -> None:
    endpoint = parse_endpoint("https://a.example", "spec.endpoint")

    with pytest.raises(TlsConfigError, match=r"^spec\.tlsConfig\.ca: holds no PEM certificate$"):
        Receiver(endpoint, None, ca)


async def test_a_private_key_is_no_bundle(authority: Authority) -> None:
    key = authority.issue("a-client").key.read_bytes()
    endpoint = parse_endpoint("https://a.example", "spec.endpoint")

    with pytest.raises(TlsConfigError):
        Receiver(endpoint, None, key)
