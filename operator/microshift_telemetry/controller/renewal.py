"""The pod made anew where it keeps the name servers of another time, at most once an hour.

A kubelet writes a pod's resolv.conf once, when it makes the pod (kubernetes/kubernetes#42861): a
device that boots before its modem is up, or that roams, has no DNS in the pod until then.
"""

import logging
from contextlib import suppress
from functools import partial

from microshift_telemetry.buffer.renewal_file import give_turn_back, took_turn
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.clock import Clock
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeUnconnectedError, KubeUnreachableError
from microshift_telemetry.kube.own_pod import OwnPod, own_pod

GAP_SECONDS = 3600.0
"""From one new pod to the next."""
RETRY_SECONDS = 300.0
"""From one question whether there may be a new one to the next."""

logger = logging.getLogger(__name__)


class RenewalError(TelemetryError):
    """The pod is not made anew; the text says why."""


class Renewal:
    """Asks for a new pod in the place of ours; one for the process."""

    def __init__(
        self, kube: KubeClient, clock: Clock, directory: StateDirectory | None, patience: float
    ) -> None:
        """Ask for none yet.

        Args:
            kube: with the pod's own token.
            clock: tells the time since boot.
            directory: keeps when a pod was asked for last, for the next one to know.
            patience: seconds without an answer of any name server; 0: never ask.
        """
        self._kube = kube
        self._clock = clock
        self._directory = directory
        self._patience_seconds = patience
        self._trouble = ""
        self._not_before = 0.0

    def note(self, seconds: float | None) -> str:
        """Say what is done after so many seconds without DNS; empty while it is nothing."""
        if not self._is_due(seconds):
            return ""
        then = "the operator replaces the pod at most once an hour"
        if self._trouble:
            then = f"the operator cannot replace the pod: {self._trouble}"
        return f"the pod still uses the name servers from its start; {then}"

    async def ask(self, seconds: float | None) -> None:
        """Have the pod made anew after so many seconds without DNS; None: there is DNS."""
        if seconds is None or not self._is_due(seconds):
            self._trouble = ""
            return
        now = self._clock.monotonic()
        if now < self._not_before:
            return
        self._not_before = now + RETRY_SECONDS
        try:
            await self._renew(seconds)
        except KubeUnreachableError as error:  # nobody who could make another; told elsewhere
            logger.debug("cannot replace the pod: %s", error)
        except TelemetryError as error:
            if str(error) != self._trouble:
                logger.warning("cannot replace the pod: %s", error)
            self._trouble = str(error)

    def _is_due(self, seconds: float | None) -> bool:
        return seconds is not None and 0 < self._patience_seconds <= seconds

    async def _renew(self, seconds: float) -> None:
        pod = await self._renewable_pod()
        if not await self._is_our_turn(seconds):
            return
        try:
            await self._kube.delete(pod.path, pod.uid)
        except KubeUnconnectedError:
            await self._give_turn_back()
            raise
        self._trouble = ""
        logger.warning(
            "no name server has answered for %.0f s; replacing the pod, which still uses the name "
            "servers from its start",
            seconds,
        )

    async def _renewable_pod(self) -> OwnPod:
        """Give our pod, if another takes its place and asks other name servers.

        Raises:
            RenewalError: it is not so.
            KubeError: the API server did not give it.
            AccessError: the token can't be read.
        """
        pod = own_pod(self._kube.access.token())
        if pod is None:
            raise RenewalError("the ServiceAccount token is not bound to a pod")
        path = f"/api/v1/namespaces/{pod.namespace}/pods"
        # By a list: to list pods is allowed for the sake of their number.
        listed = await self._kube.get(path, fieldSelector=f"metadata.name={pod.name}")
        try:
            [found] = listed["items"]
            owners = found["metadata"].get("ownerReferences", ())
            is_controlled = any(each.get("controller") for each in owners)
            policy = found["spec"]["dnsPolicy"]
        except (ValueError, LookupError, TypeError, AttributeError):
            raise RenewalError(f"{path}: the API server does not list pod {pod.name}") from None
        if not is_controlled:
            raise RenewalError(f"pod {pod.name} has no controller that would replace it")
        if policy != "Default":
            raise RenewalError(
                f"with dnsPolicy {policy}, a new pod would use the same name servers"
            )
        return pod

    async def _is_our_turn(self, seconds: float) -> bool:
        """Tell whether the last new pod was asked for an hour ago, and note that one is now.

        Noted before it is asked for: where that can't be kept, a pod must be an hour old itself.
        """
        if self._directory is None:
            return seconds >= GAP_SECONDS
        gap_ms = round(1000 * GAP_SECONDS)
        turn = partial(took_turn, self._directory, self._clock.read(), gap_ms)
        try:
            return await self._directory.worker.ask(turn)
        except TelemetryError:
            return seconds >= GAP_SECONDS

    async def _give_turn_back(self) -> None:
        if self._directory is not None:
            with suppress(TelemetryError):
                await self._directory.worker.ask(partial(give_turn_back, self._directory))
