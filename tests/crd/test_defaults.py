"""What the API server itself puts into a spec: as little as possible, for it stays there."""

from collections.abc import Iterator

import pytest

from tests.crd.rule import Object
from tests.crd.telemetry_configs import TelemetryConfigs

NAME = "defaults"


@pytest.fixture(autouse=True)
def _nothing_stays(telemetry_configs: TelemetryConfigs) -> Iterator[None]:
    yield
    telemetry_configs.delete(NAME)


@pytest.mark.parametrize("spec", [None, {}, {"status": "Enabled"}], ids=["none", "empty", "same"])
def test_an_object_that_says_nothing_is_enabled(
    telemetry_configs: TelemetryConfigs, spec: Object | None
) -> None:
    created = telemetry_configs.create(NAME, spec)

    assert created["spec"] == {"status": "Enabled"}


def test_an_opt_out_is_kept_as_it_is(telemetry_configs: TelemetryConfigs) -> None:
    created = telemetry_configs.create(NAME, {"status": "Disabled"})

    assert created["spec"] == {"status": "Disabled"}


def test_an_opt_out_survives_the_next_start_of_the_shipped_manifest(
    telemetry_configs: TelemetryConfigs,
) -> None:
    telemetry_configs.apply_at_start(NAME, {})
    telemetry_configs.edit(NAME, {"status": "Disabled"})

    restarted = telemetry_configs.apply_at_start(NAME, {})

    assert restarted["spec"] == {"status": "Disabled"}


@pytest.mark.parametrize("spec", [None, {}], ids=["no spec", "empty spec"])
def test_an_apply_may_take_the_last_field_away(
    telemetry_configs: TelemetryConfigs, spec: Object | None
) -> None:
    telemetry_configs.apply_at_start(NAME, {"endpoint": "https://receiver.example.com/"})

    applied = telemetry_configs.apply_at_start(NAME, spec)

    assert applied["spec"] == {"status": "Enabled"}
