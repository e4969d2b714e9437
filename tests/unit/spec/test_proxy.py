import pytest

from microshift_telemetry.spec.endpoint import parse_endpoint
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields
from microshift_telemetry.spec.proxy import ProxyConfig, parse_proxy
from microshift_telemetry.spec.references import KeyReference, UserReference

USER = {"username": {"name": "p", "key": "user"}, "password": {"name": "p", "key": "word"}}
PROXY = parse_endpoint("http://proxy.example:3128", "")


@pytest.mark.parametrize(
    ("spec", "proxy"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"proxyBasicAuth": USER}, None, id="a-user-and-no-proxy"),
        pytest.param({"proxyUrl": "HTTP://Proxy.example:3128"}, ProxyConfig(PROXY), id="open"),
        pytest.param(
            {"proxyUrl": "http://proxy.example:3128", "proxyBasicAuth": USER},
            ProxyConfig(
                PROXY,
                UserReference(
                    KeyReference("Secret", "p", "user"), KeyReference("Secret", "p", "word")
                ),
            ),
            id="with-a-user",
        ),
    ],
)
def test_a_proxy_is_what_the_spec_names(spec: object, proxy: ProxyConfig | None) -> None:
    assert parse_proxy(Fields(spec, "spec")) == proxy


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"proxyUrl": "socks5://proxy.example"}, "proxyUrl"),
        ({"proxyUrl": "http://me:secret@proxy.example"}, "proxyUrl"),
        ({"proxyUrl": "http://p", "proxyBasicAuth": {"a": 1}}, "proxyBasicAuth.username.name"),
    ],
    ids=["socks", "credentials", "no-user"],
)
def test_what_is_no_proxy_is_named(spec: object, field: str) -> None:
    with pytest.raises(SpecError, match=rf"^spec\.{field}: "):
        parse_proxy(Fields(spec, "spec"))
