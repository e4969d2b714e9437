"""PEM texts → TLS contexts; for the API server and for receivers."""

import os
import ssl

from microshift_telemetry.errors import TelemetryError


class PemError(TelemetryError):
    """A certificate or a key that can't be used; the text says which."""


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
        raise PemError("holds no PEM certificate") from None


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
        raise PemError("no PEM certificate with its private key, without a password") from None
    finally:
        os.close(file)
