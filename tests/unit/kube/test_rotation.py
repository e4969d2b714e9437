"""The API server's CA changes while the process lives, and with it every session's trust."""

import ssl
from pathlib import Path

import pytest

from microshift_telemetry.kube.access import ApiAccess, Material
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeUnreachableError
from tests.support.certificates import Authority, server_context
from tests.unit.sources.canned_api import serve

PATH = "/api/v1/namespaces/kube-system"
HOSTS = ["127.0.0.1"]


class Rotation:
    """An API server's certificate and the file that a client trusts, which change one by one."""

    def __init__(self, directory: Path) -> None:
        self._old, self._new = (Authority(directory / name, name) for name in ("old", "new"))
        self.tls = server_context(self._old.issue("server", HOSTS))
        self.trusted = directory / "ca.crt"
        self.trusted.write_bytes(self._old.ca_file.read_bytes())

    def of_the_server(self) -> None:
        pair = self._new.issue("server", HOSTS)
        self.tls.load_cert_chain(pair.certificate, pair.key)

    def of_the_file(self) -> None:
        self.trusted.write_bytes(self._new.ca_file.read_bytes())

    def client(self, server: str) -> KubeClient:
        return KubeClient(ApiAccess(server, ca=Material(file=self.trusted)))


@pytest.fixture
def rotation(tmp_path: Path) -> Rotation:
    return Rotation(tmp_path)


async def test_our_requests_go_on_under_a_new_authority(rotation: Rotation) -> None:
    async with serve({PATH: {"a": 1}}, rotation.tls) as api:
        kube = rotation.client(api.server)
        before = await kube.get(PATH)
        rotation.of_the_server()
        with pytest.raises(KubeUnreachableError, match="certificate verification failed"):
            await kube.get(PATH)
        rotation.of_the_file()

        assert await kube.get(PATH) == before
        await kube.close()


async def test_a_session_that_kopf_has_goes_on_too(rotation: Rotation) -> None:
    async with (
        serve({PATH: {}}, rotation.tls) as api,
        rotation.client(api.server).open_session() as session,
    ):
        async with session.get(api.server + PATH) as before:
            assert before.status == 200
        rotation.of_the_server()
        rotation.of_the_file()
        async with session.get(api.server + PATH) as after:
            assert after.status == 200


async def test_the_old_authority_is_trusted_no_longer(rotation: Rotation) -> None:
    async with serve({PATH: {}}, rotation.tls) as api:
        kube = rotation.client(api.server)
        await kube.get(PATH)
        rotation.of_the_file()

        with pytest.raises(KubeUnreachableError, match="certificate verification failed"):
            await kube.get(PATH)
        await kube.close()


@pytest.mark.parametrize("half", [b"", b"-----BEGIN CERTIFICATE-----\n"], ids=["empty", "torn"])
async def test_a_file_that_is_being_written_changes_nothing(
    rotation: Rotation, half: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve({PATH: {"a": 1}}, rotation.tls) as api:
        kube = rotation.client(api.server)
        rotation.trusted.write_bytes(half)
        first = await kube.get(PATH)
        rotation.trusted.unlink()
        second = await kube.get(PATH)
        await kube.close()

    assert first == second == {"a": 1}
    assert "contains no PEM certificate" in caplog.messages[0]
    assert str(rotation.trusted) in caplog.messages[1]


async def test_a_client_certificate_rotates_with_its_key(
    rotation: Rotation, tmp_path: Path
) -> None:
    clients, newcomers = (Authority(tmp_path / name, name) for name in ("clients", "newcomers"))
    shown = clients.issue("operator")
    rotation.tls.load_verify_locations(clients.ca_file)
    rotation.tls.verify_mode = ssl.CERT_REQUIRED
    async with serve({PATH: {}}, rotation.tls) as api:
        files = (Material(file=file) for file in (rotation.trusted, shown.certificate, shown.key))
        ca, certificate, key = files
        kube = KubeClient(ApiAccess(api.server, ca=ca, certificate=certificate, key=key))
        await kube.get(PATH)
        renewed = newcomers.issue("operator")
        shown.certificate.write_bytes(renewed.certificate.read_bytes())
        shown.key.write_bytes(renewed.key.read_bytes())
        with pytest.raises(KubeUnreachableError):
            await kube.get(PATH)
        rotation.tls.load_verify_locations(newcomers.ca_file)

        assert await kube.get(PATH) == {}
        await kube.close()


def test_by_itself_the_context_trusts_nobody(rotation: Rotation) -> None:
    context = rotation.client("https://127.0.0.1:1").access.tls_context()

    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.get_ca_certs() == []
