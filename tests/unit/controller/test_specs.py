"""The spec that is asked for, the one in force, and what `requestedAt` asks for."""

from datetime import datetime, timedelta

import pytest

from microshift_telemetry.clock import Instant
from microshift_telemetry.controller.specs import Requests, Specs, fingerprint
from microshift_telemetry.spec.shaping import LIFECYCLE_METRICS, SELF_METRICS
from tests.support.fakes import MORNING
from tests.support.life import ENDPOINT, a_config
from tests.unit.factories import an_effective

SPEC: dict[str, object] = {"endpoint": ENDPOINT}
HTTPS = "https://receiver.example/api/v1/write"
BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": "receiver", "key": "token"}}}
ELSEWHERE = {"endpoint": "http://elsewhere.example/write"}


class Seconds:
    """A clock that is set by hand."""

    at = 0.0

    def now(self) -> datetime:
        return MORNING + timedelta(seconds=self.at)

    def monotonic(self) -> float:
        return self.at

    def read(self) -> Instant:
        raise NotImplementedError


def settled(spec: dict[str, object] | None = None) -> tuple[Specs, Seconds]:
    clock = Seconds()
    specs = Specs(a_config(spec), clock)
    clock.at += 120
    assert specs.settle()
    return specs, clock


def test_what_the_object_asks_for_at_first_sight_settles_as_an_edit_does() -> None:
    clock = Seconds()
    specs = Specs(a_config(), clock)
    early = specs.settle()
    waits = specs.wait_seconds
    clock.at = 119.0
    late = specs.settle()
    clock.at = 120.0

    assert (early, waits, late) == (False, 120.0, False)
    assert not specs.is_settling  # nothing was edited: what it said before stays said
    assert specs.settle()
    assert specs.in_force == specs.newest == an_effective(**SPEC)
    assert specs.wait_seconds is None
    assert not specs.settle()


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(ELSEWHERE, id="endpoint"),
        pytest.param({"endpoint": HTTPS, "authorization": BEARER}, id="authorization"),
        pytest.param(SPEC | {"proxyUrl": "http://proxy.example:3128"}, id="proxy"),
        pytest.param(SPEC | {"headers": [{"name": "X-Tenant", "value": "a"}]}, id="headers"),
        pytest.param({"endpoint": HTTPS, "tlsConfig": {"insecureSkipVerify": True}}, id="tls"),
    ],
)
def test_an_edit_that_sends_elsewhere_sends_nothing_until_it_has_stood(
    edit: dict[str, object],
) -> None:
    specs, clock = settled()
    specs.take(a_config(edit, generation=2))
    at_once, says_so = specs.in_force, specs.is_settling
    clock.at += 119
    too_early = specs.settle()
    clock.at += 1

    assert (at_once, says_so, too_early) == (None, True, False)
    assert specs.settle()
    assert specs.in_force == an_effective(**edit)
    assert not specs.is_settling
    assert fingerprint(an_effective(**edit).destination) != fingerprint(
        an_effective(**SPEC).destination
    )


def test_an_edit_before_another_has_stood_begins_the_wait_anew() -> None:
    specs, clock = settled()
    specs.take(a_config(ELSEWHERE, generation=2))
    clock.at += 100
    specs.take(a_config(generation=3))
    clock.at += 100

    assert not specs.settle()
    assert specs.wait_seconds == 20
    assert specs.settled_at == clock.now() + timedelta(seconds=20)


def test_what_narrows_is_in_force_at_once_and_what_widens_is_not() -> None:
    excluded = {"metrics": {"exclude": ["images"]}}
    specs, clock = settled(SPEC | excluded)
    specs.take(a_config(SPEC | {"metrics": {"exclude": ["pods"]}}, generation=2))
    meanwhile = specs.in_force
    clock.at += 120
    specs.settle()

    assert meanwhile is not None
    assert meanwhile.excluded == {"images", "pods"} | SELF_METRICS | LIFECYCLE_METRICS
    assert not specs.is_settling
    assert specs.in_force is not None
    assert specs.in_force.excluded == {"pods"} | SELF_METRICS | LIFECYCLE_METRICS


@pytest.mark.parametrize("edit", [{"status": "Disabled"}, {"endpoint": "gopher://nowhere"}])
def test_what_forbids_or_makes_no_sense_is_in_force_at_once_and_never_settles(
    edit: dict[str, object],
) -> None:
    specs, clock = settled()
    specs.take(a_config(edit, generation=2))
    clock.at += 1000

    assert specs.in_force is None
    assert not specs.is_enabled
    assert not specs.is_settling
    assert not specs.settle(at_once=True)
    assert (specs.error is None) is ("status" in edit)


def test_a_request_skips_the_wait() -> None:
    specs = Specs(a_config(), Seconds())

    assert specs.settle(at_once=True)
    assert specs.in_force == specs.newest


def test_a_request_is_open_until_it_is_answered_and_asks_once() -> None:
    requests = Requests(None, {})
    asked = [requests.take(each) for each in (None, "a", "a")]
    requests.note_pass()
    has_pass = requests.has_pass
    requests.answer()

    assert asked == [False, True, False]
    assert has_pass
    assert requests.handled == "a"
    assert not requests.is_open
    assert not requests.take("a")


def test_the_answer_to_a_newer_request_needs_a_pass_of_its_own() -> None:
    requests = Requests("a", {})
    requests.note_pass()
    is_new = requests.take("b")

    assert is_new
    assert requests.is_open
    assert not requests.has_pass


@pytest.mark.parametrize("handled", ["a", None, 7])
def test_a_restart_asks_again_only_for_what_was_not_handled(handled: object) -> None:
    requests = Requests("a", {"lastHandledRequestedAt": handled})

    assert requests.is_open is (handled != "a")


def test_labels_and_intervals_are_no_other_destination() -> None:
    one = an_effective(**SPEC).destination
    other = an_effective(**SPEC, sendingInterval="1h", externalLabels={"site": "a"}).destination

    assert fingerprint(one) == fingerprint(other)
