import pytest

from microshift_telemetry.controller.pace import Pace
from microshift_telemetry.spec.effective import Destination
from tests.unit.factories import an_effective
from tests.unit.sending.token_server import Seconds

GAP = 270.0
BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": "a", "key": "b"}}}


def an_upload(**spec: object) -> Destination:
    return an_effective(protocol="TelemeterUpload", **spec).destination


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_the_first_request_of_a_new_object_waits_for_nothing(seconds: Seconds) -> None:
    assert Pace(seconds).wait_seconds(an_upload(), is_new=True) == 0.0


def test_a_process_that_knows_of_no_earlier_request_waits_from_its_start(seconds: Seconds) -> None:
    pace = Pace(seconds)
    seconds.now += 100

    assert pace.wait_seconds(an_upload(), is_new=False) == GAP - 100


def test_the_next_request_waits_from_the_last_sign_of_the_one_before(seconds: Seconds) -> None:
    pace, to = Pace(seconds), an_upload()
    pace.note(to)
    seconds.now += 20  # a slow link
    pace.note(to)

    assert pace.wait_seconds(to, is_new=True) == GAP
    seconds.now += GAP
    assert pace.wait_seconds(to, is_new=True) == 0.0


def test_another_spec_for_the_same_place_waits_as_well(seconds: Seconds) -> None:
    pace = Pace(seconds)
    pace.note(an_upload())

    assert pace.wait_seconds(an_upload(externalLabels={"site": "x"}), is_new=True) == GAP


def test_another_path_of_the_same_server_waits_as_well(seconds: Seconds) -> None:
    pace = Pace(seconds)
    pace.note(an_upload(endpoint="https://h.example/a", authorization=BEARER))
    other = an_upload(endpoint="https://h.example/b", authorization=BEARER)

    assert pace.wait_seconds(other, is_new=True) == GAP


def test_another_place_waits_for_nothing(seconds: Seconds) -> None:
    pace = Pace(seconds)
    pace.note(an_upload())
    other = an_upload(endpoint="https://h.example", authorization=BEARER)

    assert pace.wait_seconds(other, is_new=True) == 0.0


def test_remote_write_never_waits(seconds: Seconds) -> None:
    pace, to = Pace(seconds), an_effective().destination
    pace.note(to)

    assert pace.wait_seconds(to, is_new=False) == 0.0
