"""What an opt-out says that it has done."""

from microshift_telemetry.controller.overview import SAMPLING_DISABLED
from microshift_telemetry_cli.switch import farewell
from tests.unit.plugin.scenes import OFF, a_destination

IS_OFF = "cluster is off: nothing is measured or sent any more"


def off(message: str) -> list[str]:
    sampling = ("False", "Disabled", message)
    return farewell(a_destination(), a_destination("cluster", "True", OFF, sampling))


def test_what_was_waiting_is_deleted() -> None:
    assert off(SAMPLING_DISABLED.message) == [
        IS_OFF,
        "deleted: 60 samples that had not been sent yet",
    ]


def test_what_a_disk_does_not_let_go_is_told() -> None:
    """The operator adds it, and tries again."""
    said = f"{SAMPLING_DISABLED.message}; /var/lib/x: read-only file system"

    assert off(said) == [IS_OFF, "not deleted: /var/lib/x: read-only file system"]


def test_where_nothing_waits_nothing_is_deleted() -> None:
    before = a_destination(pendingSamples=0)

    assert farewell(before, a_destination("cluster", "True", OFF)) == [
        IS_OFF,
        "nothing was waiting, so nothing was deleted",
    ]
