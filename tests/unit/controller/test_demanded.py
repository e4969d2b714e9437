from microshift_telemetry.controller.demanded import DemandedLabels, with_demanded
from microshift_telemetry.report.report import TimeSeries
from tests.unit.factories import NOON, an_effective

SPEC = an_effective(
    protocol="TelemeterUpload", externalLabels={"site": "x", "rack": "y"}, anonymizeLabels=["zone"]
)
SERIES = TimeSeries((("__name__", "up"), ("_id", "a"), ("site", "x")), ((NOON, 1.0),))


def test_the_receivers_labels_stand_over_ours_and_in_their_order() -> None:
    [series] = with_demanded([SERIES], (("site", "its"), ("_tenant", "t")))

    assert series.labels == (("__name__", "up"), ("_id", "a"), ("_tenant", "t"), ("site", "its"))
    assert series.samples == SERIES.samples


def test_a_receiver_that_demands_nothing_changes_nothing() -> None:
    assert list(with_demanded([SERIES], ())) == [SERIES]


def test_labels_are_known_of_the_destination_that_has_demanded_them() -> None:
    demanded, other = (
        DemandedLabels(),
        an_effective(protocol="TelemeterUpload", proxyUrl="http://p"),
    )
    assert demanded.known(SPEC.destination) is None

    demanded.take(SPEC.destination, (("site", "its"),))

    assert demanded.known(SPEC.destination) == (("site", "its"),)
    assert demanded.known(other.destination) is None


def test_a_label_that_is_not_as_the_spec_or_a_metric_has_it_is_told_of() -> None:
    demanded = DemandedLabels()
    demanded.take(
        SPEC.destination, (("account", "7"), ("instance", "i"), ("site", "its"), ("zone", "z"))
    )

    assert demanded.notes(SPEC) == tuple(
        f"label {name} has the value that the receiver demands"
        for name in ("instance", "site", "zone")
    )
