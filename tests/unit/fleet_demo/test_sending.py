"""The requests of a life, read by a decoder that shares no code with the encoder."""

from collections import Counter

import pytest

from tests.fleet_demo.life import CPU, Life
from tests.fleet_demo.sending import requests
from tests.support.decoder import DecodedSeries, decode_request
from tests.unit.fleet_demo.factories import a_life, a_span


def _decoded(life: Life) -> list[tuple[DecodedSeries, ...]]:
    return [decode_request(request.body) for request in requests(life)]


def test_every_sample_of_a_life_is_sent_once_with_its_value() -> None:
    life = a_life(unlinked=(a_span(7, 2),), reports_itself=True)

    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for series in (each for request in _decoded(life) for each in request):
        labels = dict(series.labels)
        key = (labels["__name__"], labels.get("resource", ""))
        found.setdefault(key, []).extend(series.samples)

    assert found.keys() >= life.columns.keys()
    for key, column in life.columns.items():
        samples = sorted(found[key])
        assert [time_ms for time_ms, _ in samples] == list(life.times_ms)
        assert [value for _, value in samples] == pytest.approx(list(column), rel=1e-12)


def test_every_series_has_the_device_and_its_site() -> None:
    life = a_life()

    labels = {
        (dict(series.labels)["_id"], dict(series.labels)["site"])
        for request in _decoded(life)
        for series in request
    }

    assert labels == {("an-id", "site-01")}


def test_a_slow_device_says_so_in_a_label() -> None:
    [first, *_] = _decoded(a_life(every_days=7))

    assert {dict(series.labels).get("report_every") for series in first} == {"168h"}


def test_what_never_changes_is_sent_once_a_report_at_its_newest_instant() -> None:
    life = a_life(reports_itself=True)
    static = {"microshift_version", "cluster_version", "microshift_telemetry_build_info"}

    sent = Counter(
        (dict(series.labels)["__name__"], *series.samples)
        for request in _decoded(life)
        for series in request
        if dict(series.labels)["__name__"] in static
    )

    assert sent == {
        (name, (life.times_ms[report.last], 1.0)): 1 for name in static for report in life.reports
    }


def test_a_report_is_two_requests_and_after_an_outage_three() -> None:
    """Between grid points the last pass of the grid is younger than an hour, and goes apart."""
    sound, late = a_life(), a_life(unlinked=(a_span(8, 1.5),))

    sizes = [len(request.body) for request in requests(late)]

    assert len(_decoded(sound)) == 2 * len(sound.reports)
    assert len(sizes) == 2 * len(late.reports) + 1
    assert 3 * sorted(sizes)[-2] < max(sizes) < 64 * 1024


def test_usage_is_sent_in_percent() -> None:
    life = a_life()

    values = [
        value
        for request in _decoded(life)
        for series in request
        if dict(series.labels)["__name__"] == CPU[0]
        for _, value in series.samples
    ]

    assert values == pytest.approx(list(life.columns[CPU]), rel=1e-12)
