"""What each receiver stores of a day and of 72 hours that a real operator could not deliver."""

from pathlib import Path

import pytest

from tests.receivers.outages import HOURS, MOST_MINUTES, Row, live_through_outages
from tests.receivers.settings import IN_THE_TABLE, Setting, chosen
from tests.receivers.table import due_of, expected_of, table_lines
from tests.support.control_plane import ControlPlane
from tests.support.surroundings import lay_microshift
from tests.support.tools import Tools

SETTINGS = chosen(IN_THE_TABLE)
EACH = pytest.mark.parametrize(
    ("setting", "outage"),
    [
        pytest.param(setting, outage, id=f"{setting.name}-{outage}")
        for setting in SETTINGS
        for outage in HOURS
    ],
)
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def rows(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Live through the outages once, for all tests."""
    directory: Path = tmp_path_factory.mktemp("outages")
    with ControlPlane(directory / "control-plane", tools) as control_plane:
        lay_microshift(control_plane)
        found = live_through_outages(control_plane, directory, SETTINGS)
    print("\n".join(["", *table_lines(found)]))
    return found


def _row(rows: list[Row], setting: Setting, outage: str) -> Row:
    [row] = [each for each in rows if (each.setting, each.outage) == (setting, outage)]
    return row


@EACH
def test_a_receiver_has_what_its_window_allows(
    rows: list[Row], setting: Setting, outage: str
) -> None:
    row = _row(rows, setting, outage)

    assert row.stored == expected_of(setting, outage), row


@EACH
def test_every_pass_of_the_outage_has_waited(
    rows: list[Row], setting: Setting, outage: str
) -> None:
    assert _row(rows, setting, outage).due == due_of(outage)


@EACH
def test_what_was_dropped_is_what_the_receiver_does_not_have(
    rows: list[Row], setting: Setting, outage: str
) -> None:
    row = _row(rows, setting, outage)

    # VictoriaMetrics tells nobody what lies outside of its retention.
    lost_in_silence = setting.product == "victoria-metrics"
    assert row.dropped == (0 if lost_in_silence else row.due - row.stored), row
    assert row.pending == 0, row


@EACH
def test_fresh_data_arrives_within_twenty_minutes(
    rows: list[Row], setting: Setting, outage: str
) -> None:
    row = _row(rows, setting, outage)

    assert row.fresh_after_minutes is not None, row
    assert row.fresh_after_minutes <= MOST_MINUTES


@EACH
def test_the_condition_tells_old_samples_that_were_refused(
    rows: list[Row], setting: Setting, outage: str
) -> None:
    row = _row(rows, setting, outage)

    is_told = setting.product != "victoria-metrics" and row.stored < row.due
    assert row.reporting == ("OldSamplesRejected" if is_told else "ReportDelivered"), row
