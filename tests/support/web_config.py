"""Whom a Prometheus lets in, by its own web configuration: TLS, client certificates, a password.

It reads the files anew for each connection, the password for each request.
"""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, build_opener

import yaml

from tests.support.certificates import Authority, client_context

USER, PASSWORD = "edge", "hunter2"
PASSWORD_HASH = "$2b$04$abcdefghijklmnopqrstuuV3duMsC0HpUex6N9qapiuOHHWkwRXVm"
"""Of `PASSWORD`, by bcrypt at its lowest cost; made once, since Python comes without bcrypt."""

LISTENING_ON = ("127.0.0.1", "::1", "localhost")


class WebConfig:
    """The file, what it names, and a client that is let in whatever it asks for."""

    def __init__(
        self,
        directory: Path,
        authority: Authority,
        *,
        addresses: Sequence[str] = (),
        clients: Authority | None = None,
        asks_for_password: bool = False,
    ) -> None:
        """Write the file below `directory`.

        Args:
            directory: made where it is not there.
            authority: signs the certificate of the server.
            addresses: what the certificate names beside the loopback.
            clients: only who shows a certificate of this authority may come.
            asks_for_password: only `USER` with `PASSWORD` may come.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self.file = directory / "web.yaml"
        self._authority = authority
        self._clients_file = directory / "clients.crt"
        self._asks_for_password = asks_for_password
        pair = authority.issue("prometheus", hosts=[*LISTENING_ON, *addresses])
        server = {"cert_file": str(pair.certificate), "key_file": str(pair.key)}
        if clients is not None:
            self.admit(clients)
            server["client_auth_type"] = "RequireAndVerifyClientCert"
            server["client_ca_file"] = str(self._clients_file)
        users = {"basic_auth_users": {USER: PASSWORD_HASH}} if asks_for_password else {}
        self.file.write_text(yaml.safe_dump({"tls_server_config": server, **users}))

    def admit(self, clients: Authority) -> None:
        """Let in clients of this authority, and no longer those of the one before.

        The tests' own client comes with a certificate of the server's authority.
        """
        new = self._clients_file.with_suffix(".new")
        new.write_bytes(clients.ca_file.read_bytes() + self._authority.ca_file.read_bytes())
        new.rename(self._clients_file)

    def opener(self) -> OpenerDirector:
        """Make the tests' own client, which goes through no proxy."""
        tls = client_context(self._authority.ca_file, self._authority.issue("tests"))
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=tls))
        if self._asks_for_password:
            credentials = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            opener.addheaders.append(("Authorization", f"Basic {credentials}"))
        return opener
