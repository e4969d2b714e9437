"""What has to be there before the first tick: the resource, and a place to keep samples."""

import asyncio
import logging
from contextlib import suppress
from functools import partial

from microshift_telemetry.buffer.state_directory import (
    IN_MEMORY,
    StateDirectory,
    StateDirectoryInUseError,
)
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import (
    KubeAnswerError,
    KubeNotFoundError,
    KubeUnreachableError,
)
from microshift_telemetry.kube.kinds import Kind
from microshift_telemetry.settings import SettingsError
from microshift_telemetry.spec.telemetry_config import GROUP, KIND, PLURAL, VERSION

RETRY_SECONDS = 2.0
OUR_KIND = Kind(f"{GROUP}/{VERSION}", KIND)
LIST_PATH = f"/apis/{GROUP}/{VERSION}/{PLURAL}"

logger = logging.getLogger(__name__)


async def served_uids(kube: KubeClient, stop: asyncio.Event) -> frozenset[str] | None:
    """Wait for the API server and list the UIDs of all TelemetryConfigs; None when told to stop.

    Raises:
        SettingsError: the CRD is not installed.
        KubeError: the API server refuses us.
    """
    said = ""
    while not stop.is_set():
        try:
            return await listed_uids(kube)
        except KubeNotFoundError as error:
            raise SettingsError(f"the CRD {PLURAL}.{GROUP} is not installed") from error
        except (KubeUnreachableError, KubeAnswerError) as error:
            if str(error) != said:
                logger.warning("waiting for the API server: %s", error)
            said = str(error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
    return None


async def claim(directory: StateDirectory) -> None:
    """Claim the state directory; one that can't be used now may be usable later.

    Raises:
        StateDirectoryInUseError: another process works with it.
    """
    try:
        await directory.worker.ask(directory.hold)
    except StateDirectoryInUseError:
        raise
    except TelemetryError as trouble:
        logger.warning("%s: %s", IN_MEMORY, trouble)


def remove_left_overs(directory: StateDirectory, uids: frozenset[str]) -> None:
    """Remove what was kept for objects that were deleted while no operator ran."""

    def note(trouble: TelemetryError | None) -> None:
        if trouble is not None:
            logger.warning("cannot delete the journals of deleted objects: %s", trouble)

    directory.worker.submit(partial(directory.remove_others, uids), note)


async def listed_uids(kube: KubeClient) -> frozenset[str]:
    """List the UIDs of all TelemetryConfigs.

    Raises:
        KubeError: the API server did not give them.
    """
    return frozenset(item["metadata"]["uid"] for item in await listed_objects(kube))


async def listed_objects(kube: KubeClient) -> list[Object]:
    """List all TelemetryConfigs, each with a name and a UID.

    Raises:
        KubeError: the API server did not give them.
    """
    answer = await kube.get(LIST_PATH)
    # Who is not in it loses what was kept for it: of another's list nobody is.
    if not OUR_KIND.is_list(answer):
        raise KubeAnswerError(f"{PLURAL}: the answer is not a list of {KIND}")
    items: list[Object] = answer["items"]
    return items
