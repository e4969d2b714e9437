from datetime import timedelta
from typing import Any

import pytest

from microshift_telemetry.controller.specs import fingerprint
from microshift_telemetry.sending.credentials import CredentialsRefusedError, refuse_unsafe
from microshift_telemetry.spec.authorization import PullSecret
from microshift_telemetry.spec.errors import SpecError
from tests.unit.factories import an_effective

KEY = {"name": "receiver", "key": "token"}
BEARER = {"type": "Bearer", "bearer": {"credentials": KEY}}
BASIC = {"type": "Basic", "basic": {"username": KEY, "password": KEY}}
OAUTH2 = {
    "type": "OAuth2",
    "oauth2": {"clientId": {"secret": KEY}, "clientSecret": KEY, "tokenUrl": "https://l.example"},
}


def an_upload(**spec: Any) -> Any:
    return an_effective(protocol="TelemeterUpload", **spec)


def test_nothing_said_means_remote_write() -> None:
    spec = an_effective()

    assert spec.destination.protocol.name == "RemoteWrite"
    assert spec.destination.target == spec.destination.endpoint


def test_an_upload_goes_to_red_hat_by_itself_with_the_pull_secret() -> None:
    spec = an_upload()

    assert spec.destination.endpoint.url == "https://infogw.api.openshift.com/"
    assert spec.destination.target.url == "https://infogw.api.openshift.com/upload"
    assert spec.destination.authorization == PullSecret()


@pytest.mark.parametrize(
    "url", ["https://infogw.api.openshift.com", "HTTPS://INFOGW.api.openshift.com:443/"]
)
def test_the_default_base_has_the_pull_secret_however_it_is_written(url: str) -> None:
    assert an_upload(endpoint=url).destination.authorization == PullSecret()


@pytest.mark.parametrize("url", ["https://h.example/a/b", "https://h.example/a/b/"])
def test_a_base_may_have_a_path(url: str) -> None:
    to = an_upload(endpoint=url, authorization=BEARER).destination

    assert to.target.url == "https://h.example/a/b/upload"
    assert to.target.shown == "https://h.example/a/b/upload"


@pytest.mark.parametrize("aggregation", [None, "Auto", "None", "Average"])
def test_usage_is_sent_as_means_whatever_else_is_asked_for(aggregation: str | None) -> None:
    assert an_upload(aggregation=aggregation).aggregation == "Average"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        pytest.param(
            {"sendingInterval": "4m"},
            "spec.sendingInterval: 4m is shorter than 4m30s: TelemeterUpload sends each report in "
            "one upload, and the receiver accepts no two uploads within that time",
            id="too often",
        ),
        pytest.param(
            {"endpoint": "https://h.example"},
            "spec.authorization.type: TelemeterUpload exchanges a token for an access token, and "
            "None has none; set it to Bearer or PullSecret",
            id="an own server without credentials",
        ),
        pytest.param({"authorization": {"type": "None"}}, "and None has none", id="none"),
        pytest.param({"authorization": BASIC}, "and Basic has none", id="a password"),
        pytest.param({"authorization": OAUTH2}, "and OAuth2 has none", id="another token server"),
        pytest.param(
            {"endpoint": "https://h.example/?tenant=a", "authorization": BEARER},
            "spec.endpoint: has a query; TelemeterUpload wants a base URL, to which it adds ",
            id="a query",
        ),
        pytest.param(
            {"externalLabels": {"site": "ü" * 128}},
            "the value of site has more than 255 bytes of UTF-8, which TelemeterUpload does not",
            id="a long label",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(spec: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError) as caught:
        an_upload(**spec)

    assert words in str(caught.value)
    if "endpoint" not in spec or "authorization" not in spec:
        assert an_effective(**spec)  # by remote write it does


def test_the_shortest_interval_is_the_receivers() -> None:
    assert an_upload(sendingInterval="4m30s").sending_interval == timedelta(seconds=270)


def test_an_opt_out_counts_whatever_else_the_spec_holds() -> None:
    assert not an_upload(status="Disabled", sendingInterval="1m").enabled


def test_the_pull_secret_goes_to_its_owner_only() -> None:
    to = an_upload(endpoint="https://h.example", authorization={"type": "PullSecret"}).destination

    with pytest.raises(CredentialsRefusedError, match=r"never sent to h\.example"):
        refuse_unsafe(to, frozenset({"infogw.api.openshift.com"}))
    refuse_unsafe(an_upload().destination, frozenset({"infogw.api.openshift.com"}))


def test_no_token_is_exchanged_over_plain_http() -> None:
    to = an_upload(endpoint="http://h.example", authorization=BEARER).destination

    with pytest.raises(CredentialsRefusedError, match="never sent over plain http"):
        refuse_unsafe(to, frozenset())


def test_the_protocol_is_part_of_the_destination() -> None:
    by_upload = an_upload(endpoint="https://h.example", authorization=BEARER).destination
    by_write = an_effective(endpoint="https://h.example", authorization=BEARER).destination

    assert fingerprint(by_upload) != fingerprint(by_write)
    assert by_upload.written != by_write.written


def test_an_upgrade_changes_no_fingerprint_of_remote_write() -> None:
    """A fleet would else report at once, each device anew."""
    assert fingerprint(an_effective().destination) == FIRST


FIRST = "2b2133c809d52463"
