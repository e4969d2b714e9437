"""What rules should record, of devices whose lives are known."""

from tests.fleet_demo import recorded
from tests.fleet_demo.device import DAY_MS, HOUR_MS, MINUTE_MS, Fault
from tests.fleet_demo.expecting.sight import Sight, percent, total, totals_by
from tests.fleet_demo.expecting.versions import behind, code, rolled_back
from tests.fleet_demo.recorded import Values, newest
from tests.fleet_demo.recording import EVERY_MS
from tests.fleet_demo.truth import Truth
from tests.unit.fleet_demo.factories import BEGIN, NOW, a_life, a_span

ONE, TWO = (("site", "site-01"),), (("site", "site-02"),)


def _truth() -> Truth:
    lives = [
        a_life(id="a"),
        a_life(id="b", site="site-02"),
        a_life(id="c", site="site-02", off=(a_span(3),)),
    ]
    return Truth(lives, NOW)


def test_devices_and_what_they_have_are_counted_by_site() -> None:
    truth = _truth()

    assert recorded.known(truth, NOW) == {ONE: 1, TWO: 2}
    assert recorded.seen(truth, NOW) == {ONE: 1, TWO: 1}
    assert recorded.silent(truth, NOW) == {ONE: 0, TWO: 1}
    assert recorded.cores(truth, NOW) == {ONE: 2, TWO: 2}
    assert sum(recorded.running(truth, NOW).values()) == 2


def test_what_was_recorded_is_kept_for_as_long_as_a_panel_looks_back() -> None:
    truth = _truth()
    gone_ms = NOW + 2 * DAY_MS
    kept_ms = 20 * MINUTE_MS

    def record(_: Truth, at_ms: int) -> Values:
        return {ONE: float(at_ms)} if at_ms < gone_ms else {}

    assert newest(record, truth, NOW + 19 * MINUTE_MS, kept_ms) == {ONE: NOW}
    assert newest(record, truth, NOW + 20 * MINUTE_MS, kept_ms) == {}
    assert newest(record, truth, gone_ms + HOUR_MS, 3 * HOUR_MS) == {ONE: gone_ms - EVERY_MS}


def test_panels_add_up_what_sites_have() -> None:
    sight = Sight(_truth(), _truth())

    assert total(recorded.seen)(sight, NOW) == {(): 2}
    assert totals_by(recorded.seen, "site")(sight, NOW) == {ONE: 1, TWO: 1}
    share = percent(total(recorded.silent), total(recorded.known))
    assert share(sight, NOW) == {(): 100 / 3}
    assert total(recorded.seen)(sight, NOW + 9 * DAY_MS) == {}


def test_versions_are_compared_as_numbers() -> None:
    assert code("4.9.10") < code("4.18.2") < code("4.18.10")


def test_devices_are_behind_or_rolled_back_by_their_versions() -> None:
    begin_ms = BEGIN - DAY_MS
    back = ((begin_ms, "4.20.8"), (NOW - 5 * DAY_MS, "4.21.2"), (NOW - 3 * DAY_MS, "4.20.8"))
    truth = Truth(
        [
            a_life(id="newest", versions=((begin_ms, "4.21.2"),)),
            a_life(id="behind", versions=((begin_ms, "4.19.17"),)),
            a_life(id="rolled back", versions=back),
        ],
        NOW,
    )

    [(device, version, missing)] = behind(Sight(truth, truth), NOW)
    [(other, now_runs)] = rolled_back(truth, NOW)

    assert (device.device.id, version, missing) == ("behind", "4.19.17", 2)
    assert (other.device.id, now_runs) == ("rolled back", "4.20.8")


def test_dropped_samples_are_counted_in_the_last_two_days() -> None:
    life = a_life(unlinked=(a_span(9, 1.2),), reports_itself=True, fault=Fault.DROPPED)
    [each] = Truth([life], NOW).known

    assert recorded.dropped(each, NOW) > 0
    assert recorded.dropped(each, NOW - 7 * DAY_MS) == 0
    assert recorded.dropping(Truth([life], NOW), NOW) == {ONE: 1}


def test_samples_of_a_day_are_those_of_one_that_has_arrived() -> None:
    [each] = Truth([a_life()], NOW).known

    assert recorded.samples_of_a_day(each, NOW) == 24
    assert len(each.window(("cluster:memory_usage_bytes:sum", ""), NOW, DAY_MS)) == 2
