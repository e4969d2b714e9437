"""The system's roots are loaded once, and only where somebody is verified by them."""

import json
import os
import ssl
import subprocess
import sys

import pytest

from tests.support.certificates import Authority

COUNT = """
import json, os, ssl
import microshift_telemetry.__main__
from aiohttp import connector
from microshift_telemetry.tls import system_context

contexts = connector._SSL_CONTEXT_VERIFIED, connector._SSL_CONTEXT_UNVERIFIED, system_context()
roots = [context.cert_store_stats()["x509_ca"] for context in contexts]
print(json.dumps([roots, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")]))
"""


@pytest.mark.parametrize("is_set", [False, True], ids=["the system's", "a file of the user's"])
def test_aiohttp_loads_no_roots_and_we_load_them_all(
    is_set: bool,  # noqa: FBT001
    authority: Authority,
) -> None:
    file = str(authority.ca_file)
    own = {"SSL_CERT_FILE": file, "SSL_CERT_DIR": "/nonexistent"} if is_set else {}
    expected = ssl.create_default_context(cafile=file if is_set else None).cert_store_stats()
    told = subprocess.run(
        [sys.executable, "-c", COUNT],
        env={"PATH": os.defpath, **own},
        check=True,
        capture_output=True,
        text=True,
    )
    roots, *kept = json.loads(told.stdout)

    assert roots == [0, 0, expected["x509_ca"]]
    assert kept == [own.get("SSL_CERT_FILE"), own.get("SSL_CERT_DIR")]
