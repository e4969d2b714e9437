"""The sender with one of its rules broken, to show that the search would find it."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from microshift_telemetry.buffer.form import Form
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.controller import attempt, forms, launches, rounds
from microshift_telemetry.controller.lifecycle import LifecycleJobs
from microshift_telemetry.controller.pace import Pace
from microshift_telemetry.controller.pushes import Pushed, Pushes
from microshift_telemetry.controller.transports import transport_to
from microshift_telemetry.delivery import course, lessons
from microshift_telemetry.delivery.round import Ended, Round
from microshift_telemetry.delivery.selection import Layout, Selection
from microshift_telemetry.delivery.steps import Offer, Reply, Step
from microshift_telemetry.remote_write.judge import judge
from microshift_telemetry.sending.answer import Answer, Verdict
from microshift_telemetry.sending.tokens import Grant
from microshift_telemetry.sending.transport import Transport
from microshift_telemetry.sources.launch import Launch, LaunchTold, next_launch
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.effective import Destination, Effective
from microshift_telemetry.spec.endpoint import Endpoint

Steps = Generator[Step, Reply, Ended]


@contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """Put something in the place of a module's or a class' own for a while."""
    real = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, real)


def _rounds_open_with_everything() -> AbstractContextManager[None]:
    def no_probe(_self: Round) -> Generator[Step, Reply, None]:
        yield from ()

    return replaced(Round, "_open", no_probe)


@contextmanager
def _fresh_pass_is_of_the_due_time() -> Iterator[None]:
    """Freeze the newest pass when a report falls due."""
    frozen: dict[str, int | None] = {}
    note_due, is_usable = rounds.Rounds.note_due, Selection.is_usable

    def note(self: rounds.Rounds) -> None:
        frozen["newest"] = self._workshop.passes.newest_ms
        note_due(self)

    def at_any_age(self: Selection, time_ms: int | None, now_ms: int) -> bool:
        return is_usable(self, time_ms, time_ms or now_ms)

    def frozen_layout(**fields: Any) -> Layout:
        return Layout(**{**fields, "newest_ms": frozen.get("newest", fields["newest_ms"])})

    with ExitStack() as stack:
        stack.enter_context(replaced(rounds.Rounds, "note_due", note))
        stack.enter_context(replaced(Selection, "is_usable", at_any_age))
        stack.enter_context(replaced(forms, "Layout", frozen_layout))
        yield


def _suspected_is_refused() -> AbstractContextManager[None]:
    steps = Round.steps

    def refusing(self: Round) -> Steps:
        ended = yield from steps(self)
        refused = {*ended.refused_ms, *self._exchange.selection.suspects}
        return replace(ended, refused_ms=tuple(sorted(refused)))

    return replaced(Round, "steps", refusing)


def _errors_are_never_refusals() -> AbstractContextManager[None]:
    return replaced(lessons, "ERROR_ROUNDS", 1_000_000)


def _errors_are_refusals_a_round_later() -> AbstractContextManager[None]:
    return replaced(lessons, "ERROR_ROUNDS", course.ERROR_ROUNDS + 1)


def _conflict_takes() -> AbstractContextManager[None]:
    def judged(answer: Answer) -> Verdict:
        return Verdict.TAKEN if answer.status_code == 409 else judge(answer)

    def speaking(to: Destination) -> Transport:
        return transport_to(to)._replace(judge=judged)

    return replaced(attempt, "transport_to", speaking)


def _everything_goes_in_the_new_form() -> AbstractContextManager[None]:
    def newest(_ledger: Ledger, form: Form, _offer: Offer) -> Form:
        return form

    return replaced(attempt, "form_in", newest)


def _no_restart_is_waited_for() -> AbstractContextManager[None]:
    wait_seconds = Pace.wait_seconds

    def as_if_new(self: Pace, to: Destination, *, is_new: bool) -> float:  # noqa: ARG001
        return wait_seconds(self, to, is_new=True)

    return replaced(Pace, "wait_seconds", as_if_new)


def _a_refused_token_stays() -> AbstractContextManager[None]:
    return replaced(Grant, "renewed", Grant.token)


def _an_upload_is_of_the_newest_pass_alone() -> AbstractContextManager[None]:
    def newest(self: Round, fresh_ms: int) -> Generator[Step, Reply, Verdict]:
        return (yield from self._exchange.offer((fresh_ms,), is_fresh=True))

    return replaced(Round, "_offer_fresh", newest)


def _a_pass_does_not_note_what_it_tells() -> AbstractContextManager[None]:
    note = LaunchTold.note

    def note_nothing(self: LaunchTold, launch: Launch | None, spec: Effective) -> None:
        note(self, launch, spec)

    return replaced(LaunchTold, "note", note_nothing)


@contextmanager
def _a_push_is_not_noted() -> Iterator[None]:
    def note(self: Pushes, launch: Launch, *, is_told: bool) -> None:
        """Note nothing."""

    def has_none(self: Pushed, gateway: Endpoint, start: MicroshiftStart) -> bool:  # noqa: ARG001
        return False

    with replaced(Pushes, "_note", note), replaced(Pushed, "has", has_none):
        yield


def _no_version_is_kept() -> AbstractContextManager[None]:
    def forgetful(_last: Launch | None, *args: Any, **flags: Any) -> Launch:
        return next_launch(None, *args, **flags)

    return replaced(launches, "next_launch", forgetful)


def _no_report_is_asked_for() -> AbstractContextManager[None]:
    def ask(self: LifecycleJobs, spec: Effective, cluster_id: str) -> None:
        """Ask for nothing."""

    return replaced(LifecycleJobs, "_ask_for_report", ask)


MUTATIONS: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "rule-1": _rounds_open_with_everything,
    "rule-4": _fresh_pass_is_of_the_due_time,
    "rule-5": _suspected_is_refused,
    "rule-7": _errors_are_never_refusals,
    "rule-7-late": _errors_are_refusals_a_round_later,
    "rule-8": _conflict_takes,
    "rule-12": _everything_goes_in_the_new_form,
    "upload-gap": _no_restart_is_waited_for,
    "upload-token": _a_refused_token_stays,
    "upload-mean": _an_upload_is_of_the_newest_pass_alone,
    "start-told": _a_pass_does_not_note_what_it_tells,
    "start-pushed": _a_push_is_not_noted,
    "start-before": _no_version_is_kept,
    "start-soon": _no_report_is_asked_for,
}


def mutated(name: str | None) -> AbstractContextManager[None]:
    """Break a rule for a while; None breaks none."""
    return nullcontext() if name is None else MUTATIONS[name]()
