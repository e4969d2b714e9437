import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.sending.proxies import ProxyError, environment_proxies
from microshift_telemetry.spec.endpoint import parse_endpoint

CANARY = "hunter2"


def is_proxied(url: str, no_proxy: str) -> bool:
    proxies = environment_proxies("http://proxy.example:3128", "http://plain.example", no_proxy)
    return proxies.for_endpoint(parse_endpoint(url, "")) is not None


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://a.example", "http://secure.example:3128/"),
        ("http://a.example", "http://plain.example:8080/"),
        ("https://localhost:9090", None),
        ("https://localhost.:9090", None),
        ("https://LOCALHOST", None),
        ("https://not-localhost", "http://secure.example:3128/"),
        ("https://127.0.0.1", None),
        ("https://[::1]:9090", None),
        ("https://[::ffff:127.0.0.1]:9090", None),
    ],
)
def test_each_scheme_has_its_own_proxy_and_the_device_itself_none(
    url: str, proxy: str | None
) -> None:
    """No expectation is taken from us: these are the rules of Go's `httpproxy`."""
    proxies = environment_proxies("http://secure.example:3128", "plain.example:8080", "")

    found = proxies.for_endpoint(parse_endpoint(url, ""))

    assert (found and found.url.url) == proxy


def test_without_variables_there_is_no_proxy() -> None:
    assert environment_proxies("", " ", "").for_endpoint(parse_endpoint("https://a", "")) is None


@pytest.mark.parametrize(
    ("entry", "covered", "not_covered"),
    [
        pytest.param("*", ["a.example", "10.0.0.1"], [], id="all"),
        pytest.param("a.example", ["a.example", "b.a.example"], ["ba.example", "x"], id="name"),
        pytest.param(".a.example", ["b.a.example"], ["a.example", "ba.example"], id="suffix"),
        pytest.param("*.a.example", ["b.a.example"], ["a.example"], id="star"),
        pytest.param("A.Example", ["a.example"], ["b.example"], id="capitals"),
        pytest.param(
            "a.example:8443", ["a.example:8443"], ["a.example:9443", "a.example"], id="port"
        ),
        pytest.param("a.example:443", ["a.example"], ["a.example:8443"], id="the-schemes-own-port"),
        pytest.param("10.1.2.3", ["10.1.2.3", "10.1.2.3:9"], ["10.1.2.30", "x.10.1.2.3"], id="ip"),
        pytest.param("10.1.2.3:9", ["10.1.2.3:9"], ["10.1.2.3"], id="address-and-port"),
        pytest.param("10.0.0.0/8", ["10.1.2.3", "10.255.0.1:9"], ["11.0.0.1", "a.example"], id="n"),
        pytest.param("10.1.2.3/8", ["10.9.9.9"], ["11.0.0.1"], id="a-network-by-a-host"),
        pytest.param("fd00::/8", ["[fd12::1]", "[fd12::1]:9"], ["[fe80::1]", "10.0.0.1"], id="v6"),
        pytest.param("fd12::1", ["[fd12:0:0::1]"], ["[fd12::2]"], id="an-address-of-v6"),
        pytest.param("[fd12::1]:9", ["[fd12::1]:9"], ["[fd12::1]"], id="v6-and-port"),
        pytest.param("10.0.0.0/99", [], ["10.0.0.1", "a.example"], id="no-network"),
        pytest.param("10.0.0.0/255.0.0.0", [], ["10.0.0.1"], id="a-netmask"),
        pytest.param("x, a.example ,y", ["a.example", "x", "y"], ["z"], id="a-list"),
        pytest.param("a.example.", ["a.example", "b.a.example", "a.example."], ["x"], id="dot"),
        pytest.param("a.example", ["a.example.", "b.a.example."], ["ba.example."], id="dot-asked"),
        pytest.param(".a.example.", ["b.a.example", "b.a.example."], ["a.example."], id="dots"),
        pytest.param("*.a.example.", ["b.a.example"], ["a.example", "a.example."], id="star-dot"),
        pytest.param("a.example.:8443", ["a.example:8443"], ["a.example"], id="dot-and-port"),
        pytest.param("*a.example", [], ["a.example", "ba.example"], id="a-star-without-a-dot"),
        pytest.param(":443", [], ["a.example", "a.example."], id="a-port-only"),
        pytest.param(".", [], ["a.example", "a.example."], id="a-dot-only"),
        pytest.param("[fd12::1]", ["[fd12::1]", "[fd12::1]:9"], ["[fd12::2]"], id="brackets"),
        pytest.param("10.1.2.3", ["[::ffff:10.1.2.3]"], ["[::ffff:10.1.2.4]"], id="v4-as-v6"),
        pytest.param("::ffff:10.1.2.3", ["10.1.2.3"], ["10.1.2.4"], id="v6-as-v4"),
        pytest.param("10.0.0.0/8", ["[::ffff:10.1.2.3]"], ["[::ffff:11.1.2.3]"], id="n-as-v6"),
        pytest.param("fe80::1", ["[fe80::1%25eth0]"], ["[fe80::2%25eth0]"], id="a-zone"),
    ],
)
def test_no_proxy_covers_names_suffixes_addresses_and_networks(
    entry: str, covered: list[str], not_covered: list[str]
) -> None:
    assert [host for host in covered if is_proxied(f"https://{host}", entry)] == []
    assert [host for host in not_covered if not is_proxied(f"https://{host}", entry)] == []


def test_a_password_in_a_variable_goes_to_the_proxy_and_not_into_its_url() -> None:
    proxy = environment_proxies(f"http://me:{CANARY}%40@proxy.example", "", "").https

    assert proxy is not None
    assert proxy.url.url == "http://proxy.example/"
    assert proxy.authorization is not None
    assert proxy.authorization.reveal() == "Basic bWU6aHVudGVyMkA="
    assert CANARY not in repr(proxy)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"socks5://me:{CANARY}@a.example", "the scheme is not http or https"),
        (f"http://me:{CANARY}@", "has no host"),
        (f"http://{CANARY}@a.example", "the password: empty"),
        (f"http://me:{CANARY}@a.example:99999", "not a URL"),
        (f"http://[{CANARY}", "not a URL"),
        (f"http://a%3ab:{CANARY}@a.example", "cannot contain a colon"),
    ],
)
def test_a_variable_that_names_no_proxy_is_named_and_not_shown(text: str, said: str) -> None:
    with pytest.raises(ProxyError, match=rf"^HTTPS_PROXY: .*{said}") as caught:
        environment_proxies(text, "", "")

    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_of_the_environment_is_a_traceback(proxy: str, no_proxy: str) -> None:
    try:
        proxies = environment_proxies(proxy, proxy, no_proxy)
    except ProxyError:
        return
    proxies.for_endpoint(parse_endpoint("https://a.example:8443", ""))
