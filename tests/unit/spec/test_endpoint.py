import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.spec.endpoint import (
    DEFAULT_ENDPOINT,
    Endpoint,
    Origin,
    parse_endpoint,
)
from microshift_telemetry.spec.errors import SpecError

CANARY = "hunter2"


def an_endpoint(url: str) -> Endpoint:
    return parse_endpoint(url, "spec.endpoint")


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        pytest.param(
            "https://prometheus.example/api/v1/write?tenant=a&b",
            (
                "https://prometheus.example/api/v1/write?tenant=a&b",
                Origin("https", "prometheus.example", 443),
            ),
            id="path-and-query",
        ),
        pytest.param(
            "HTTP://Receiver.Example/Push",
            ("http://receiver.example/Push", Origin("http", "receiver.example", 80)),
            id="upper-case",
        ),
        pytest.param(
            "http://[::1]:9090/write",
            ("http://[::1]:9090/write", Origin("http", "::1", 9090)),
            id="ipv6",
        ),
        pytest.param(
            "https://[2001:DB8::7]",
            ("https://[2001:db8::7]/", Origin("https", "2001:db8::7", 443)),
            id="ipv6-without-a-port-and-a-path",
        ),
        pytest.param(
            "https://a.example:443/x",
            ("https://a.example/x", Origin("https", "a.example", 443)),
            id="the-port-of-the-scheme",
        ),
        pytest.param(
            "http://a.example:443/x",
            ("http://a.example:443/x", Origin("http", "a.example", 443)),
            id="the-port-of-another-scheme",
        ),
        pytest.param(
            "http://a.example:/x",
            ("http://a.example/x", Origin("http", "a.example", 80)),
            id="an-empty-port",
        ),
        pytest.param(
            "http://a.example:8443/x#part",
            ("http://a.example:8443/x", Origin("http", "a.example", 8443)),
            id="a-fragment-goes",
        ),
        pytest.param(
            "https://a.example/u@v?w=x@y",
            ("https://a.example/u@v?w=x@y", Origin("https", "a.example", 443)),
            id="an-at-sign-in-the-path",
        ),
    ],
)
def test_a_url_is_taken_apart(url: str, endpoint: tuple[str, Origin]) -> None:
    parsed = an_endpoint(url)

    assert (parsed.url, parsed.origin) == endpoint
    assert parsed.written == url.removesuffix("#part")


@pytest.mark.parametrize("tail", ["/a%3Ab", "/a:b", "/%2f", "/a/../b", "/./a//b", "/?x=%3a&y=a+b"])
def test_paths_and_queries_are_not_touched(tail: str) -> None:
    assert an_endpoint(f"https://a.example{tail}").url == f"https://a.example{tail}"
    assert an_endpoint(f"HTTPS://A.example:443{tail}").written == f"HTTPS://A.example:443{tail}"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("", "the scheme is not http or https", id="empty"),
        pytest.param("prometheus.example/write", "the scheme is not", id="no-scheme"),
        pytest.param("ftp://a.example", "the scheme is not http or https", id="another-scheme"),
        pytest.param("file:///etc/passwd", "the scheme is not http or https", id="a-file"),
        pytest.param("https:", "has no host", id="a-scheme-only"),
        pytest.param("https:a.example", "has no host", id="no-slashes"),
        pytest.param("https:///write", "has no host", id="three-slashes"),
        pytest.param("https://:443/write", "has no host", id="a-port-only"),
        pytest.param("https://a.example/a b", "contains a space", id="a-space"),
        pytest.param(" https://a.example", "contains a space", id="a-leading-space"),
        pytest.param("https://a.example\n", "a control character", id="a-newline"),
        pytest.param("https://a.example/\r\nX: y", "control character", id="a-header-inside"),
        pytest.param("https://a\\b", "an invalid character", id="a-backslash-in-the-host"),
        pytest.param("https://a<b>", "an invalid character", id="brackets-in-the-host"),
        pytest.param("https://a.example:http/", "not a URL such as", id="a-port-by-name"),
        pytest.param("https://a.example:65536/", "not a URL such as", id="a-port-too-high"),
        pytest.param("https://a.example:-1/", "not a URL such as", id="a-port-below-zero"),
        pytest.param("https://a.example:0/", "port 0", id="port-zero"),
        pytest.param("https://[::1", "not a URL such as", id="an-open-bracket"),
        pytest.param("https://[a.example]/", "not a URL such as", id="a-name-in-brackets"),
        pytest.param(f"https://me:{CANARY}@a.example", "contains credentials", id="credentials"),
        pytest.param(f"https://{CANARY}@a.example", "contains credentials", id="a-user"),
        pytest.param("https://@a.example", "contains credentials", id="an-empty-user"),
        pytest.param(f"https://me:{CANARY}@", "contains credentials", id="credentials-and-no-host"),
        pytest.param(f"https://me:{CANARY}/x@a.example", "not a URL", id="a-slash-in-a-password"),
        pytest.param(f"https://me:{CANARY}#x@a.example", "not a URL", id="a-hash-in-a-password"),
        pytest.param(f"https://me:{CANARY}\u2100@a.example", "non-ASCII", id="nfkc"),
        pytest.param("https://bücher.example/", "non-ASCII", id="a-host-beyond-ascii"),
        pytest.param("https://a.example/ü", "non-ASCII", id="a-path-beyond-ascii"),
        pytest.param(f"https://me:{CANARY}@a.example:b", "contains credentials", id="both-wrong"),
    ],
)
def test_what_is_no_receivers_url_is_refused_without_quoting_it(url: str, said: str) -> None:
    with pytest.raises(SpecError, match=rf"^spec\.endpoint: .*{said}") as caught:
        an_endpoint(url)

    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


@given(
    st.text()
    | st.text().map("https://{}".format)
    | st.text("abc.:/?#[]@\\%0123456789 \u2100", max_size=30).map("HTTP://{}".format)
)
def test_any_text_gives_an_endpoint_or_a_spec_error(url: str) -> None:
    try:
        endpoint = an_endpoint(url)
    except SpecError:
        return
    assert endpoint.origin.host
    assert 0 < endpoint.origin.port < 65536
    assert endpoint.url.startswith(f"{endpoint.origin.scheme}://")
    assert an_endpoint(endpoint.url) == endpoint
    assert URL(endpoint.url, encoded=True).raw_host == endpoint.origin.host


@pytest.mark.parametrize(
    "url",
    [
        "https://infogw.api.openshift.com/metrics/v1/receive",
        "HTTPS://infogw.api.openshift.com/metrics/v1/receive",
        "https://INFOGW.api.openshift.com:443/metrics/v1/receive",
    ],
)
def test_the_default_endpoint_written_by_hand_equals_it(url: str) -> None:
    assert an_endpoint(url) == DEFAULT_ENDPOINT


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example/x", "a.example:443"),
        ("http://[::1]:9090", "[::1]:9090"),
        ("http://192.0.2.7", "192.0.2.7:80"),
    ],
)
def test_an_origin_is_written_with_its_port(url: str, written: str) -> None:
    assert str(an_endpoint(url).origin) == written


def test_only_https_is_encrypted() -> None:
    assert an_endpoint("HTTPS://a.example").is_encrypted
    assert not an_endpoint("HTTP://a.example").is_encrypted


def test_a_spec_error_may_be_shown() -> None:
    assert issubclass(SpecError, TelemetryError)
