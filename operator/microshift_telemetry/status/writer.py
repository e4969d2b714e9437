"""The status on its way to the API server: server-side apply to `/status`, and nothing else.

kopf's own `patch` is not used: one PATCH that fails there stops a timer until the process restarts,
silently (kopf issue 642).
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeConflictError, KubeError, KubeNotFoundError
from microshift_telemetry.logs import about
from microshift_telemetry.spec.telemetry_config import GROUP, KIND, PLURAL, VERSION

FIELD_MANAGER = "microshift-telemetry"

logger = logging.getLogger(__name__)


class StatusWriter:
    """Applies one object's whole owned status; never raises into a timer."""

    def __init__(
        self, kube: KubeClient, name: str, uid: str, on_missing: Callable[[], None]
    ) -> None:
        """Write the status of the object of this name, as long as it has this UID.

        `on_missing` is called when there is no such object.
        """
        self._kube = kube
        self._on_missing = on_missing
        self._name = name
        self._uid = uid
        self._last_error = ""

    async def apply(self, status: Mapping[str, Any]) -> bool:
        """Apply a status; tell whether it arrived.

        The UID in the metadata makes the API server refuse the status of a deleted object for a
        new one of the same name. A failure is logged once, until another one or a success.
        """
        try:
            await self._kube.apply(
                f"/apis/{GROUP}/{VERSION}/{PLURAL}/{self._name}/status",
                {
                    "apiVersion": f"{GROUP}/{VERSION}",
                    "kind": KIND,
                    "metadata": {"name": self._name, "uid": self._uid},
                    "status": status,
                },
                FIELD_MANAGER,
            )
        except (KubeNotFoundError, KubeConflictError):
            self._on_missing()
            return False
        except KubeError as error:
            if str(error) != self._last_error:
                logger.warning(
                    "cannot write the status; retrying: %s", error, extra=about(self._name)
                )
            self._last_error = str(error)
            return False
        self._last_error = ""
        return True
