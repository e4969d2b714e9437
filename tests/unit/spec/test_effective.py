from datetime import timedelta

import pytest

from microshift_telemetry.spec.authorization import Authorization, NoAuthorization, PullSecret
from microshift_telemetry.spec.effective import Destination, Effective
from microshift_telemetry.spec.endpoint import DEFAULT_ENDPOINT, DEFAULT_ENDPOINT_URL
from microshift_telemetry.spec.shaping import LIFECYCLE_METRICS, SELF_METRICS
from microshift_telemetry.spec.tls import TlsConfig
from tests.unit.factories import an_effective

A_TOKEN = {"type": "Bearer", "bearer": {"credentials": {"name": "telemeter", "key": "token"}}}


def test_an_empty_spec_is_all_defaults() -> None:
    assert an_effective() == Effective(
        enabled=True,
        sending_interval=timedelta(hours=24),
        sampling_interval=timedelta(hours=1),
        destination=Destination(DEFAULT_ENDPOINT, PullSecret(), TlsConfig(), None, (), ()),
        aggregation="Auto",
        usage_unit="Percent",
        max_age=timedelta(hours=168),
        excluded=SELF_METRICS | LIFECYCLE_METRICS,
        anonymized=frozenset(),
        report_history_limit=7,
    )


def test_what_the_spec_says_is_in_force() -> None:
    effective = an_effective(
        sendingInterval="2h",
        samplingInterval="5m",
        aggregation="None",
        usageUnit="Absolute",
        buffer={"maxAge": "8h"},
    )

    assert (effective.sending_interval, effective.sampling_interval, effective.max_age) == (
        timedelta(hours=2),
        timedelta(minutes=5),
        timedelta(hours=8),
    )
    assert (effective.aggregation, effective.usage_unit) == ("None", "Absolute")


@pytest.mark.parametrize(
    ("spec", "sampling"),
    [
        ({"sendingInterval": "10m"}, timedelta(minutes=10)),
        ({"sendingInterval": "10m", "samplingInterval": "2h"}, timedelta(minutes=10)),
        ({"samplingInterval": "48h"}, timedelta(hours=24)),
        ({"sendingInterval": "2h", "samplingInterval": "2h"}, timedelta(hours=2)),
    ],
)
def test_samples_are_never_rarer_than_reports(spec: dict[str, str], sampling: timedelta) -> None:
    assert an_effective(**spec).sampling_interval == sampling


@pytest.mark.parametrize(
    ("spec", "max_age"),
    [
        ({"buffer": {"maxAge": "1h"}}, timedelta(hours=48)),
        ({"sendingInterval": "100h"}, timedelta(hours=200)),
        ({"sendingInterval": "744h", "buffer": {"maxAge": "1487h"}}, timedelta(hours=1488)),
        ({"sendingInterval": "1h", "buffer": {"maxAge": "1h"}}, timedelta(hours=2)),
    ],
)
def test_a_sample_outlives_at_least_one_failed_report(
    spec: dict[str, object], max_age: timedelta
) -> None:
    assert an_effective(**spec).max_age == max_age


@pytest.mark.parametrize(
    ("spec", "authorization"),
    [
        pytest.param({}, PullSecret(), id="the-default"),
        pytest.param({"endpoint": DEFAULT_ENDPOINT_URL}, PullSecret(), id="by-hand"),
        pytest.param(
            {"endpoint": DEFAULT_ENDPOINT_URL.replace("https://infogw", "HTTPS://INFOGW")},
            PullSecret(),
            id="by-hand-in-capitals",
        ),
        pytest.param({"endpoint": "https://a.example"}, NoAuthorization(), id="an-own-one"),
        pytest.param(
            {"endpoint": DEFAULT_ENDPOINT_URL.replace("https", "http")},
            NoAuthorization(),
            id="not-encrypted",
        ),
        pytest.param(
            {"endpoint": DEFAULT_ENDPOINT_URL + "/"}, NoAuthorization(), id="another-path"
        ),
        pytest.param({"authorization": {"type": "None"}}, NoAuthorization(), id="none-on-purpose"),
        pytest.param(
            {"endpoint": "https://a.example", "authorization": {"type": "PullSecret"}},
            PullSecret(),
            id="on-purpose",
        ),
    ],
)
def test_only_the_default_endpoint_gets_the_pull_secret_unasked(
    spec: dict[str, object], authorization: Authorization
) -> None:
    assert an_effective(**spec).destination.authorization == authorization


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            {"endpoint": "http://a.example"}, {"endpoint": "http://A.example:80/"}, id="url"
        ),
        pytest.param(
            {
                "headers": [
                    {"name": "X-Scope-OrgID", "value": "a"},
                    {"name": "X-Site", "value": "b"},
                ]
            },
            {
                "headers": [
                    {"name": "x-site", "value": "b"},
                    {"name": "x-scope-orgid", "value": "a"},
                ]
            },
            id="headers",
        ),
        pytest.param({}, {"protocol": "TelemeterUpload"}, id="Red Hat's, by either protocol"),
        pytest.param(
            {
                "endpoint": "https://a.example/base/metrics/v1/receive",
                "authorization": A_TOKEN,
            },
            {
                "endpoint": "https://A.example/base/",
                "protocol": "TelemeterUpload",
                "authorization": A_TOKEN,
            },
            id="another telemeter, by either protocol",
        ),
    ],
)
def test_two_spellings_of_a_destination_write_the_same(
    one: dict[str, object], other: dict[str, object]
) -> None:
    first, second = an_effective(**one).destination, an_effective(**other).destination

    assert first.written == second.written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("https://a.example/upload", "https://a.example/metrics/v1/receive", id="path"),
        pytest.param("https://a.example", "https://a.example/metrics/v1/receive", id="base"),
    ],
)
def test_two_paths_of_one_host_are_two_destinations_by_remote_write(one: str, other: str) -> None:
    first, second = (
        an_effective(endpoint=url, authorization=A_TOKEN).destination for url in (one, other)
    )

    assert first.written != second.written


def test_an_upload_is_no_remote_write_to_its_base() -> None:
    upload, write = (
        an_effective(
            endpoint="https://a.example/base", protocol=protocol, authorization=A_TOKEN
        ).destination
        for protocol in ("TelemeterUpload", "RemoteWrite")
    )

    assert upload.written != write.written


def test_the_values_of_headers_tell_destinations_apart_in_any_letter_case() -> None:
    first, second = (
        an_effective(headers=[{"name": "X-Scope-OrgID", "value": tenant}]).destination
        for tenant in ("edge", "Edge")
    )

    assert first.written != second.written


def test_the_default_endpoint_written_by_hand_is_the_same_destination() -> None:
    assert an_effective(endpoint=DEFAULT_ENDPOINT_URL) == an_effective()
