"""Certificates as another library writes them, and what is none."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.check.certificate import CertificateError, parse_certificate
from tests.support.certificates import Authority


def der(pem: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem.read_text())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "Plant CA, Müller & Söhne")


def test_it_reads_what_is_in_it(authority: Authority) -> None:
    hosts = ["receiver.example", "192.0.2.7", "2001:db8::7"]
    found = parse_certificate(der(authority.issue("receiver", hosts).certificate))

    assert (found.subject, found.issuer) == ("receiver", "Plant CA, Müller & Söhne")
    assert found.names == tuple(hosts)
    assert found.not_before == datetime(1970, 1, 1, tzinfo=UTC)


def test_it_agrees_with_another_library_on_every_kind_of_date(authority: Authority) -> None:
    for days in (1, 365, 365 * 30, 365 * 100):  # UTCTime ends with 2049
        authority.not_after = datetime(2026, 11, 20, 8, tzinfo=UTC) + timedelta(days=days)
        pem = authority.issue(f"for-{days}-days").certificate
        theirs = x509.load_pem_x509_certificate(pem.read_bytes())

        found = parse_certificate(der(pem))

        assert found.not_after == theirs.not_valid_after_utc
        assert (found.names, found.subject) == ((), f"for-{days}-days")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_certificate_or_an_error(noise: bytes) -> None:
    with pytest.raises(CertificateError):
        parse_certificate(noise)


@given(data=st.data())
def test_a_damaged_one_is_read_or_an_error(authority: Authority, data: st.DataObject) -> None:
    whole = bytearray(der(authority.ca_file))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    try:
        parse_certificate(bytes(whole))
    except CertificateError as error:
        assert "certificate" in str(error)  # noqa: PT017  # it need not be raised
