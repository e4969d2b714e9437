"""The four who answer the operator, on loopback: honest ones, and one that is not."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.certificates import Authority, server_context

API, TOKEN_SERVER, RECEIVER, PROXY = "API server", "token server", "receiver", "proxy"
NAMES = (API, TOKEN_SERVER, RECEIVER, PROXY)

SENT = {
    "client": "q7Zr2VnB8xKd4TmW1sLp6YcJ9gHf3RaE",
    "password": 'Wd5/k+Rt8=Zp1&Xv"3<Nb7Qm2Js9Gy4Lc',
    "header": "H3mQz8-Yt1Vx6-Ks4Bn9-Wd2Rj7<b>Pf5Lg0  Cu4Ny8-Ta6Xe1-Zo5Ri3-Km7Gh2",
    "bearer": "eyT4Nw8Zs2Kx6Qd1Vb9Mj5Rg3Hy7Lp0Fc",
    "pull-secret": "Pu3Ls8Ec1Rt6Zx4Vq9Kb2Nm7Wd5Hj0Gf",
}
"""Ours, each in a Secret or a file; one has what a page's text has lost: tags and double spaces."""
GIVEN = {
    "access_token": "At9Xk2Wm5Qr8Zb1Vn4Ls7Jd3Hy6Gp0Fc",
    "refresh_token": "Rf6Tn1Yk8Sx3Bw9Dq4Zm7Lv2Jg5Hc0Pr",
    "id_token": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJkZXZpY2U3In0.Vx8Kq3Zn5Wb1Rt7M",
    "session": "Ck4Gv9Nz2Xs7Lt1Qb6Wm3Rj8Yd5Hp0Kf",
}
"""What a token server and cookies bring."""

Says = Callable[[bytes], bytes]
"""A request as it came → an answer as it goes out."""

NO_CONTENT = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"


def an_object(document: object) -> bytes:
    """Answer 200 with JSON."""
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@dataclass(slots=True)
class End:
    """One of the four: what it says, and in how many pieces."""

    honest: Says
    says: Says | None = None
    """Instead, for once; None: what is honest."""
    pieces: int = 1
    address: str = ""
    said: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            request = await _request(reader)
            said = (self.says or self.honest)(request)
            self.said.append(said)
            if said == TUNNEL:
                await _tunnel(request.split()[1].decode(), reader, writer)
            else:
                await self._write(said, writer)
        writer.close()
        with suppress(ConnectionError, ssl.SSLError, TimeoutError):
            await writer.wait_closed()

    async def _write(self, said: bytes, writer: asyncio.StreamWriter) -> None:
        size = len(said) // self.pieces + 1
        for at in range(0, len(said), size):
            writer.write(said[at : at + size])
            await writer.drain()
            await asyncio.sleep(0)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    _, _, length = head.lower().partition(b"content-length:")
    return head + await reader.readexactly(int(length.split(b"\r\n")[0] or b"0"))


async def _tunnel(target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    host, _, port = target.rpartition(":")
    far_reader, far_writer = await asyncio.open_connection(host, int(port))
    writer.write(TUNNEL)
    await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


def _api(ca: str) -> Says:
    """Give the Secrets, the ConfigMap with the CA, and the namespace that is the cluster's id."""
    secrets: Mapping[str, object] = {
        f"/secrets/{name} ": {"data": {"key": base64.b64encode(value.encode()).decode()}}
        for name, value in SENT.items()
    }
    objects: Mapping[str, object] = {
        **secrets,
        "/configmaps/ca ": {"data": {"ca.crt": ca}},
        "/namespaces/kube-system ": {"metadata": {"uid": "0f8fad5b-d9cb-469f-a165-70867728950e"}},
    }

    def says(request: bytes) -> bytes:
        line = request.split(b"\r\n")[0].decode()
        return an_object(next(each for path, each in objects.items() if path in line))

    return says


@asynccontextmanager
async def four_ends(directory: Path) -> AsyncIterator[Mapping[str, End]]:
    """Listen: receiver and token server with TLS, the API server and the proxy without."""
    authority = Authority(directory)
    tls = server_context(authority.issue("ends", hosts=["127.0.0.1"]))
    ends = {
        API: End(_api(authority.ca_file.read_text())),
        TOKEN_SERVER: End(lambda _: an_object({**GIVEN, "token_type": "Bearer"})),
        RECEIVER: End(lambda _: NO_CONTENT),
        PROXY: End(lambda _: TUNNEL),
    }
    async with AsyncExitStack() as stack:
        for name, end in ends.items():
            is_encrypted = name in {TOKEN_SERVER, RECEIVER}
            listening = asyncio.start_server(
                end.serve, "127.0.0.1", 0, ssl=tls if is_encrypted else None
            )
            server = await stack.enter_async_context(await listening)
            port = server.sockets[0].getsockname()[1]
            end.address = f"{'https' if is_encrypted else 'http'}://127.0.0.1:{port}"
        yield ends
