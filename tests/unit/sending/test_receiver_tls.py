from collections.abc import Iterator
from contextlib import aclosing

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.route import Route, TlsConfigError, TlsSettings
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.certificates import Authority, KeyPair
from tests.support.fault_receiver import FaultReceiver
from tests.unit.sending.test_receiver import failure, post


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

    assert said.startswith("certificate verification failed: ")
    assert "local issuer certificate" in said
    assert receiver.requests == []


async def test_an_authority_of_ones_own_is_not_among_the_systems_roots(
    receiver: FaultReceiver,
) -> None:
    assert (await failure(receiver.url)).startswith("certificate verification failed: ")
    assert receiver.requests == []


async def test_a_certificate_of_another_host_is_not_accepted(authority: Authority) -> None:
    with FaultReceiver(authority=authority, host="localhost") as receiver:
        url = receiver.url.replace("localhost", "127.0.0.1")

        said = await failure(url, token="token", ca=authority.ca_file.read_bytes())

    assert said.startswith("certificate verification failed: IP address mismatch")
    assert receiver.requests == []


async def test_a_connection_that_is_closing_by_itself_is_left_in_peace(
    receiver: FaultReceiver, authority: Authority
) -> None:
    """As it is for a moment when more comes than the answer's length says, in several pieces."""
    route = Route(TlsSettings(ca=authority.ca_file.read_bytes()).context())
    async with aclosing(Connection(parse_endpoint(receiver.url, ""), route)) as sender:
        assert (await sender.post(b"body", {}, 100)).status_code == 204
        connector = sender._session.connector
        assert connector is not None
        [[(idle, _)]] = connector._conns.values()
        assert idle.transport is not None
        for _ in range(2):
            idle.transport.close()

    assert connector.closed
    if (closed := idle.closed) is not None:
        await closed


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
    with pytest.raises(TlsConfigError, match=r"^spec\.tlsConfig\.ca: contains no PEM certificate$"):
        TlsSettings(ca=ca).context()


async def test_a_private_key_is_no_bundle(authority: Authority) -> None:
    key = authority.issue("a-client").key.read_bytes()
    with pytest.raises(TlsConfigError):
        TlsSettings(ca=key).context()


@pytest.fixture(scope="module")
def client(authority: Authority) -> KeyPair:
    return authority.issue("a-device")


async def call(url: str, route: Route) -> int:
    async with aclosing(Connection(parse_endpoint(url, ""), route)) as connection:
        return (await connection.post(b"body", {}, 100)).status_code


def showing(authority: Authority, pair: KeyPair | None) -> Route:
    shown = (pair.certificate.read_bytes(), pair.key.read_bytes()) if pair else (None, None)
    return Route(TlsSettings(authority.ca_file.read_bytes(), *shown).context())


async def test_who_asks_for_a_certificate_is_shown_ours(
    authority: Authority, client: KeyPair
) -> None:
    with FaultReceiver(authority=authority, asks_for_certificate=True) as receiver:
        assert await call(receiver.url, showing(authority, client)) == 204


async def test_a_certificate_of_another_authority_opens_no_door(
    authority: Authority, foreigner: Authority
) -> None:
    with FaultReceiver(authority=authority, asks_for_certificate=True) as receiver:
        for pair in (None, foreigner.issue("a-stranger")):
            with pytest.raises(UnreachableError):
                await call(receiver.url, showing(authority, pair))

    assert receiver.requests == []


async def test_a_renewed_certificate_is_another_context(
    authority: Authority, client: KeyPair
) -> None:
    before = showing(authority, client)

    assert showing(authority, client).tls is before.tls
    assert showing(authority, authority.issue("renewed")).tls is not before.tls


async def test_the_name_in_the_certificate_may_be_another(authority: Authority) -> None:
    tls = TlsSettings(ca=authority.ca_file.read_bytes()).context()
    with FaultReceiver(authority=authority, host="localhost") as receiver:
        url = receiver.url.replace("localhost", "127.0.0.1")

        assert await call(url, Route(tls, "localhost")) == 204
        with pytest.raises(UnreachableError, match="Hostname mismatch"):
            await call(url, Route(tls, "elsewhere.example"))


async def test_whoever_wants_no_proof_gets_none(receiver: FaultReceiver) -> None:
    assert await call(receiver.url, Route(TlsSettings(is_verified=False).context())) == 204


@pytest.mark.parametrize(
    ("certificate", "key"),
    [
        pytest.param("certificate", "other", id="of-another-key"),
        pytest.param("nothing", "key", id="no-certificate"),
        pytest.param("certificate", "nothing", id="no-key"),
        pytest.param("certificate", "locked", id="a-key-with-a-password"),
    ],
)
def test_a_certificate_without_its_key_is_named_and_the_key_not_shown(
    authority: Authority, client: KeyPair, certificate: str, key: str
) -> None:
    own_key = client.key.read_bytes()
    texts = {
        "certificate": client.certificate.read_bytes(),
        "key": own_key,
        "other": authority.issue("other").key.read_bytes(),
        "nothing": b"nothing",
        "locked": load_pem_private_key(own_key, None).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
        ),
    }
    settings = TlsSettings(certificate=texts[certificate], key=texts[key])

    with pytest.raises(TlsConfigError, match=r"^spec\.tlsConfig\.cert and keySecret: ") as caught:
        settings.context()

    assert "PRIVATE" not in repr(settings) + str(caught.value)
