"""A server of a test leaves no connection behind that a later test would be blamed for."""

import asyncio
import gc
import socket
import warnings
from pathlib import Path

import pytest

from tests.support.certificates import Authority, client_context, server_context
from tests.support.server_thread import ServerThread


class Curt(ServerThread):
    """Says goodbye by TLS at once, and waits for the client's."""

    def __init__(self, authority: Authority) -> None:
        super().__init__()
        self._tls = server_context(authority.issue("curt", hosts=[self.host]))

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, self.host, self.port, ssl=self._tls)

    async def _serve(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()


@pytest.mark.parametrize("handshakes", [1, 0])
def test_a_client_that_never_says_goodbye_is_let_go_of(tmp_path: Path, handshakes: int) -> None:
    authority = Authority(tmp_path, "curt")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        with (
            Curt(authority) as server,
            socket.create_connection((server.host, server.port)) as client,
        ):
            if handshakes:
                context = client_context(authority.ca_file)
                client = context.wrap_socket(client, server_hostname=server.host)
                assert client.recv(1) == b""
        client.close()
        gc.collect()

    assert [str(warning.message) for warning in caught] == []
