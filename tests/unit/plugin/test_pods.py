"""Whether the operator runs, and what keeps it from running."""

from typing import Any

import pytest

from microshift_telemetry_cli.pods import Operator, operator_from


def a_pod(*conditions: dict[str, str], **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "op-1"}, "status": {"conditions": list(conditions), **status}}


def a_container(reason: str, message: str = "", last: str = "") -> list[dict[str, Any]]:
    waiting = {"reason": reason, "message": message}
    ended = {"terminated": {"message": last}} if last else {}
    return [{"state": {"waiting": waiting}, "lastState": ended}]


READY = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-20T12:00:00Z"}
NOT_READY = {"type": "Ready", "status": "False"}
UNSCHEDULED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/1 nodes are available",
}


@pytest.mark.parametrize(
    ("pods", "detail"),
    [
        ([], "no pod in namespace ours"),
        ([a_pod(phase="Pending")], "pod op-1: Pending, not ready"),
        ([{"metadata": {"name": "op-1"}}], "pod op-1: Unknown, not ready"),
        ([a_pod(UNSCHEDULED)], "pod op-1: Unschedulable: 0/1 nodes are available"),
        (
            [a_pod(containerStatuses=a_container("ImagePullBackOff", "Back-off pulling image"))],
            "pod op-1: ImagePullBackOff: Back-off pulling image",
        ),
        (
            [
                a_pod(
                    NOT_READY,
                    containerStatuses=a_container(
                        "CrashLoopBackOff", "back-off 5m", "no CRD\nhere\n"
                    ),
                )
            ],
            "pod op-1: CrashLoopBackOff: no CRD here",
        ),
    ],
    ids=["none", "pending", "new", "unscheduled", "image", "crash"],
)
def test_what_keeps_it_from_running_is_told(pods: list[Any], detail: str) -> None:
    assert operator_from(pods, "ours") == Operator(is_running=False, detail=detail)


def test_one_pod_that_is_ready_is_enough() -> None:
    """While a Deployment replaces it there may be two."""
    pods = [a_pod(NOT_READY, phase="Pending"), a_pod(READY)]

    assert operator_from(pods, "ours") == Operator(True, "2026-11-20T12:00:00Z")  # noqa: FBT003  # as it is


def test_of_a_long_message_the_end_is_told() -> None:
    """A traceback, or a log, says at its end what happened."""
    message = f"{'x' * 500} the cause"

    detail = operator_from([a_pod(containerStatuses=a_container("Error", message))], "x").detail

    assert detail.endswith(" the cause")
    assert len(detail) < 330
