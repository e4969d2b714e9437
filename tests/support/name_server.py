"""A name server that knows one name: for who asks it, and nobody else's zone."""

import socketserver
import struct
import threading
from ipaddress import IPv4Address
from typing import Self

_HEADER = struct.Struct("!HHHHHH")
_ANSWER = struct.Struct("!HHHIH")
_ADDRESS_TYPE, _INTERNET = 1, 1
_ANSWERED, _NO_SUCH_NAME = 0x8180, 0x8183
_QUESTIONS_NAME = 0xC00C
"""A pointer to the name behind the header."""
_TTL_SECONDS = 1


class NameServer:
    """Answers on port 53 of an address while it is used as a context.

    Source: RFC 1035, 4.1.
    """

    def __init__(self, listen: str, name: str, address: str) -> None:
        """Answer questions for `name` with `address`, and all others with NXDOMAIN."""
        self._name = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
        self._address = IPv4Address(address).packed
        answer = self.answer

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                query, connection = self.request
                connection.sendto(answer(query), self.client_address)

        self._server = socketserver.ThreadingUDPServer((listen, 53), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def answer(self, query: bytes) -> bytes:
        """Answer one question, which stands behind the header."""
        number, *_ = _HEADER.unpack_from(query)
        end = query.index(b"\0", _HEADER.size) + 1
        question, kind = query[_HEADER.size : end + 4], query[end : end + 2]
        is_known = query[_HEADER.size : end - 1].lower() == self._name
        has_address = is_known and kind == _ADDRESS_TYPE.to_bytes(2)
        flags = _ANSWERED if is_known else _NO_SUCH_NAME
        header = _HEADER.pack(number, flags, 1, int(has_address), 0, 0)
        if not has_address:
            return header + question
        record = (_QUESTIONS_NAME, _ADDRESS_TYPE, _INTERNET, _TTL_SECONDS, len(self._address))
        return header + question + _ANSWER.pack(*record) + self._address

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
