"""Who stands on the way: an authority, an open proxy, a token server that speaks TLS."""

from collections.abc import Iterator

import pytest

from microshift_telemetry.sending.route import Route, TlsSettings
from tests.support.certificates import Authority
from tests.support.fault_receiver import FaultReceiver, always
from tests.support.forward_proxy import ForwardProxy
from tests.unit.sending.token_server import a_token


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def open_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForwardProxy]:
    with ForwardProxy(tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


@pytest.fixture
def server(authority: Authority) -> Iterator[FaultReceiver]:
    with FaultReceiver(always(a_token()), authority=authority) as server:
        yield server


@pytest.fixture
def route(authority: Authority) -> Route:
    return Route(TlsSettings(ca=authority.ca_file.read_bytes()).context())
