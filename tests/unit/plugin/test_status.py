"""What `kubectl telemetry status --watch` shows while an API server comes and goes."""

import pytest

from microshift_telemetry_cli.destination import Destination
from microshift_telemetry_cli.errors import KubectlError
from microshift_telemetry_cli.kubectl import ANEW, QUIET, Event
from microshift_telemetry_cli.pods import Operator
from microshift_telemetry_cli.screen import NOTHING_CONFIGURED, Scene, screen
from microshift_telemetry_cli.status import Watched
from microshift_telemetry_cli.style import Style
from tests.unit.plugin.scenes import NOON, a_body, a_destination

ADDED = Event("ADDED", a_body())
UNSEEN = Operator(is_running=None, detail="the connection was refused")


class ApiServer:
    """Answers with what is there; None while it is away."""

    def __init__(self) -> None:
        self.there: list[Destination] | None = [a_destination()]

    def __call__(self) -> list[Destination]:
        if self.there is None:
            raise KubectlError("kubectl get failed", "the connection was refused")
        return self.there


@pytest.fixture
def api_server() -> ApiServer:
    return ApiServer()


@pytest.fixture
def watched(api_server: ApiServer) -> Watched:
    made = Watched(api_server)
    made.take(ADDED)
    return made


def names(watched: Watched) -> list[str]:
    return [each.name for each in watched.destinations]


def drawn(watched: Watched) -> str:
    scene = Scene(UNSEEN, watched.destinations, is_stale=watched.is_stale)
    return "\n".join(screen(scene, NOON, Style()))


def test_while_the_api_server_is_away_the_screen_shows_what_was_known(
    api_server: ApiServer, watched: Watched
) -> None:
    """It is away for a minute whenever MicroShift restarts, and the telemetry goes on."""
    api_server.there = None

    changes = [watched.take(event) for event in (ANEW, QUIET, ANEW)]

    assert (changes, names(watched)) == ([True, False, False], ["cluster"])
    assert "cluster: last known: works" in drawn(watched)
    assert NOTHING_CONFIGURED not in drawn(watched)


def test_without_an_answer_nobody_says_that_nothing_is_configured(api_server: ApiServer) -> None:
    watched = Watched(api_server)
    api_server.there = None

    watched.take(ANEW)

    assert NOTHING_CONFIGURED not in drawn(watched)


def test_what_was_deleted_meanwhile_goes_once_it_is_back(
    api_server: ApiServer, watched: Watched
) -> None:
    api_server.there = None
    watched.take(ANEW)
    api_server.there = []

    changed = watched.take(QUIET)

    assert (changed, names(watched), watched.is_stale) == (True, [], False)


def test_what_is_deleted_before_a_new_watch_begins_goes_too(
    api_server: ApiServer, watched: Watched
) -> None:
    watched.take(ANEW)
    api_server.there = []

    assert (watched.take(QUIET), names(watched)) == (True, [])


def test_a_watch_that_is_renewed_changes_nothing(watched: Watched) -> None:
    """An API server ends each after a while."""
    assert [watched.take(event) for event in (ANEW, QUIET, QUIET)] == [False, False, False]


def test_what_a_watch_tells_is_known(watched: Watched) -> None:
    watched.take(Event("ADDED", a_body("plant")))
    watched.take(Event("DELETED", a_body()))

    assert names(watched) == ["plant"]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(
            Event("ERROR", {"kind": "Status", "code": 410, "reason": "Expired"}),
            id="it has expired",
        ),
        pytest.param(Event("BOOKMARK", {"metadata": {"resourceVersion": "7"}}), id="a bookmark"),
    ],
)
def test_what_a_watch_tells_of_itself_is_no_destination(
    api_server: ApiServer, watched: Watched, event: Event
) -> None:
    assert (watched.take(event), names(watched)) == (False, ["cluster"])

    api_server.there = None
    watched.take(ANEW)

    assert (watched.take(event), watched.is_stale) == (False, True)
