"""What is said of a client certificate that is missing, or that the receiver does not accept."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path

import pytest

from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.route import Route, TlsSettings
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.certificates import Authority, KeyPair, server_context


@contextmanager
def doorkeeper(authority: Authority, version: ssl.TLSVersion) -> Iterator[str]:
    """Serve TLS to clients of one's own authority, and say so to others, as Go's servers do.

    asyncio's server closes the connection without sending the alert.
    """
    context = server_context(authority.issue("server", ["127.0.0.1"]), authority.ca_file)
    context.minimum_version = context.maximum_version = version

    def turn_away() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(10)
            with suppress(ssl.SSLError):
                context.wrap_socket(connection.dup(), server_side=True).close()
            connection.shutdown(socket.SHUT_WR)
            # What came and was not read would make the kernel break the connection off.
            while connection.recv(1024):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=turn_away)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


async def failure(url: str, authority: Authority, pair: KeyPair | None) -> tuple[str, str]:
    """Be turned away; give what is said of it behind the hop, and what to do."""
    shown = (pair.certificate.read_bytes(), pair.key.read_bytes()) if pair else (None, None)
    tls = TlsSettings(authority.ca_file.read_bytes(), *shown).context()
    route = Route(tls, has_certificate=pair is not None)
    async with aclosing(Connection(parse_endpoint(url, ""), route)) as connection:
        with pytest.raises(UnreachableError) as caught:
            await connection.post(b"body", {}, 100)
    return str(caught.value).partition(": ")[2], caught.value.advice


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_certificate_of_another_authority_is_not_accepted(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    authority, foreigner = Authority(tmp_path / "ours"), Authority(tmp_path / "foreign", "foreign")
    with doorkeeper(authority, version) as url:
        said = await failure(url, authority, foreigner.issue("device"))

    assert said == (
        "the server rejects the client certificate (unknown ca)",
        "correct spec.tlsConfig.cert and spec.tlsConfig.keySecret",
    )


async def test_a_certificate_that_is_asked_for_is_missed(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with doorkeeper(authority, ssl.TLSVersion.TLSv1_3) as url:
        said = await failure(url, authority, None)

    assert said == (
        "the server requires a client certificate and none is configured (certificate required)",
        "set spec.tlsConfig.cert and spec.tlsConfig.keySecret",
    )
