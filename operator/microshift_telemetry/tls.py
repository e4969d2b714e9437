"""PEM texts → TLS contexts; for the API server and for receivers."""

import logging
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

from microshift_telemetry.errors import TelemetryError

logger = logging.getLogger(__name__)


_ROOTS = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Where OpenSSL looks for the system's roots, instead of where it was built to (`openssl-env`)."""


class PemError(TelemetryError):
    """A certificate or a key that can't be used; the text says which."""


@contextmanager
def without_system_roots() -> Iterator[None]:
    """Let the contexts that are made meanwhile trust nobody."""
    environment = os.environ  # noqa: TID251  # OpenSSL has no other switch
    kept = {name: environment.get(name) for name in _ROOTS}
    environment.update(dict.fromkeys(_ROOTS, os.devnull))
    try:
        yield
    finally:
        for name, value in kept.items():
            del environment[name]
            if value is not None:
                environment[name] = value


@cache
def system_context() -> ssl.SSLContext:
    """Give the one context with the system's roots: they cost a megabyte and 20 ms."""
    return ssl.create_default_context()


def trusting(ca: bytes | None) -> ssl.SSLContext:
    """Make a context that trusts a PEM bundle, or the system's roots when it is None.

    Raises:
        PemError: the bundle holds no certificate.
    """
    if ca is None:
        return ssl.create_default_context()
    try:
        # A bundle's comments may be in any language. The line break since `ssl` takes an empty
        # text for none, and would trust the system's roots.
        text = ca.decode("ascii", errors="backslashreplace") + "\n"
        return ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError):
        raise PemError("contains no PEM certificate") from None


def show_certificate(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Let a context show a certificate (PEM, intermediates behind it) to who asks for one.

    Raises:
        PemError: one of the two is none, they don't belong together, or the key has a password.
    """
    # `ssl` loads a key from files only, and the root filesystem is read-only: a file in memory.
    file = os.memfd_create("client-certificate", os.MFD_CLOEXEC)
    try:
        with open(file, "wb", closefd=False) as writer:
            writer.write(certificate + b"\n" + key)
        # With no password given, OpenSSL would ask for one at the terminal.
        context.load_cert_chain(f"/proc/self/fd/{file}", password="")
    except (ssl.SSLError, ValueError, OSError):
        raise PemError("not a PEM certificate with its unencrypted private key") from None
    finally:
        os.close(file)


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """What a context is made of, as PEM."""

    ca: bytes | None = None
    """None: the system's roots."""
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)

    def context(self) -> ssl.SSLContext:
        """Make the context.

        Raises:
            PemError: a certificate or the key can't be used.
        """
        context = trusting(self.ca)
        if self.certificate and self.key:
            show_certificate(context, self.certificate, self.key)
        return context


class RotatingContext(ssl.SSLContext):
    """A context whose files may rotate: each new connection takes them as they are by then.

    A session keeps the context that it was opened with, and kopf its session until a 401. So the
    context stays the same object, and lends `asyncio` another for each handshake. By itself it
    trusts nobody.
    """

    def __new__(cls, *_: object) -> Self:
        """Make one for a client."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, name: str, read: Callable[[], TlsMaterial]) -> None:
        """Read for the first time; `name` tells in the log whose files these are.

        Raises:
            PemError: what was read can't be used; or whatever `read` raises.
        """
        self._name, self._read = name, read
        self._material = read()
        self._context = self._material.context()

    def wrap_bio(self, *buffers: Any, **options: Any) -> ssl.SSLObject:
        """Begin a handshake with the files as they are; one that can't be used changes nothing."""
        try:
            if (material := self._read()) != self._material:
                self._context, self._material = material.context(), material
                logger.info("%s: reloaded the CA or the client certificate", self._name)
        except TelemetryError as error:
            logger.warning(
                "%s: cannot reload the CA and the client certificate, which stay in use: %s",
                self._name,
                error,
            )
        return self._context.wrap_bio(*buffers, **options)
