"""What is said of a certificate, accepted or not."""

from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from microshift_telemetry.check.certificate import Certificate
from microshift_telemetry.check.line import Line, Verdict
from microshift_telemetry.check.tls import (
    Agreed,
    agreed_line,
    refused_line,
    shown_certificate,
    watched,
)
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.hops import Trouble
from microshift_telemetry.sending.route import Route, TlsSettings
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.certificates import Authority
from tests.support.fakes import MORNING
from tests.support.fault_receiver import FaultReceiver
from tests.unit.factories import an_effective

DAY = timedelta(days=1)
TIMEOUT = aiohttp.ClientTimeout(total=5)


def a_certificate(
    days: int = 90, since: int = -90, names: tuple[str, ...] = ("receiver.example",)
) -> Certificate:
    return Certificate("receiver", "Plant CA", names, MORNING + since * DAY, MORNING + days * DAY)


def accepted(certificate: Certificate | None, **tls: object) -> Line:
    to = an_effective(endpoint="https://receiver.example/", tlsConfig=tls).destination
    return agreed_line(Agreed("TLSv1.3", certificate), to, MORNING)


def refused(why: str, certificate: Certificate | None, **tls: object) -> Line:
    to = an_effective(endpoint="https://receiver.example/", tlsConfig=tls).destination
    trouble = Trouble(
        f"TLS with the receiver: certificate verification failed: {why}", "check spec.tlsConfig"
    )
    return refused_line(UnreachableError(trouble), certificate, to, MORNING)


def test_an_accepted_one_is_described_with_the_list_of_cas() -> None:
    ca = {"configMap": {"name": "ca", "key": "bundle"}}

    assert accepted(a_certificate(), ca=ca).seen == (
        'TLSv1.3; certificate for receiver.example, issued by "Plant CA", until 2027-02-18; '
        "verified against ConfigMap ca, key bundle"
    )
    assert accepted(None).seen == "TLSv1.3; verified against the system's root CAs"


def test_one_that_ends_soon_is_a_warning() -> None:
    assert accepted(a_certificate(days=15)).verdict is Verdict.OK
    assert accepted(a_certificate(days=13)).verdict is Verdict.WARNING


def test_one_that_nobody_verifies_is_said_to_be_so() -> None:
    line = accepted(a_certificate(days=-5), insecureSkipVerify=True)

    assert (line.verdict, "not verified" in line.seen) == (Verdict.OK, True)


def test_many_names_are_counted() -> None:
    names = tuple(f"{letter}.example" for letter in "abcde")

    assert (
        "for a.example, b.example, c.example and 2 more"
        in accepted(a_certificate(names=names)).seen
    )


@pytest.mark.parametrize(
    ("why", "certificate", "seen", "remedy"),
    [
        ("certificate has expired", a_certificate(days=-1), "has expired", "renew the certificate"),
        ("not yet valid", a_certificate(since=1), "the device's clock shows 2026-11-20T", "clock"),
        (
            "Hostname mismatch, certificate is not valid for 'receiver.example'",
            a_certificate(names=("other.example",)),
            "is not for receiver.example: for other.example",
            "serverName",
        ),
        (
            "unable to get local issuer certificate",
            a_certificate(),
            'issued by "Plant CA", which is not in the system\'s root CAs',
            'add the certificate of "Plant CA" to spec.tlsConfig.ca',
        ),
        ("EE certificate key too weak", a_certificate(), "key too weak", "replace the"),
        ("whatever", None, "certificate verification failed: whatever", "check spec.tlsConfig"),
    ],
    ids=["expired", "not yet", "other name", "unknown issuer", "weak", "unseen"],
)
def test_a_refused_one_is_told_by_what_is_wrong_with_it(
    why: str, certificate: Certificate | None, seen: str, remedy: str
) -> None:
    line = refused(why, certificate)

    assert line.verdict is Verdict.FAILED
    assert seen in line.seen
    assert remedy in line.remedy


async def test_who_shows_a_certificate_that_is_not_accepted_gets_no_request(tmp_path: Path) -> None:
    with FaultReceiver(authority=Authority(tmp_path, "Plant CA")) as receiver:
        endpoint = parse_endpoint(receiver.url, "spec.endpoint")

        certificate = await shown_certificate(endpoint, Route(), TIMEOUT)

        assert certificate is not None
        assert certificate.issuer == "Plant CA"
        assert certificate.names == ("127.0.0.1", "localhost")
        assert (len(receiver.connections), receiver.requests) == (1, [])


async def test_a_watched_route_is_the_same_route(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "Plant CA")
    trusting = TlsSettings(ca=authority.ca_file.read_bytes()).context()
    with FaultReceiver(authority=authority) as receiver:
        endpoint = parse_endpoint(receiver.url, "spec.endpoint")
        for context, is_accepted in ((trusting, True), (None, False)):
            route, seen = watched(Route(context))
            connection = Connection(endpoint, route, TIMEOUT)
            try:
                await connection.get_root({})
            except UnreachableError:
                assert not is_accepted
            finally:
                await connection.aclose()
            assert seen.has_begun
            assert (seen.agreed is not None) is is_accepted
        assert len(receiver.requests) == 1
