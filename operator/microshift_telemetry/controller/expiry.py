"""What has waited too long, or in too large a company, is given up: counted, and logged."""

import logging

from microshift_telemetry.buffer.dating import expired
from microshift_telemetry.buffer.records import LossReason
from microshift_telemetry.buffer.store import Store
from microshift_telemetry.clock import Instant
from microshift_telemetry.controller.specs import Specs
from microshift_telemetry.logs import about
from microshift_telemetry.status.body import LOSS_NAMES
from microshift_telemetry.status.events import WHY_DROPPED

logger = logging.getLogger(__name__)


class Expiry:
    """The passes of one TelemetryConfig that nobody waits for any more."""

    def __init__(self, name: str, store: Store, specs: Specs) -> None:
        """Give up nothing yet; `store` has what waits."""
        self._name = name
        self._store = store
        self._specs = specs
        self._known: frozenset[LossReason] = frozenset()

    def look(self, instant: Instant) -> None:
        """Give up what is older than it may be; looks in a row that do so log one line."""
        lost = expired(self._store.ledger, instant, self._specs.max_age)
        self._store.record(*lost)
        for each in lost:
            level = logging.DEBUG if each.reason in self._known else logging.WARNING
            reason = LOSS_NAMES[each.reason]
            extra = about(self._name, passes=len(each.times_ms), reason=reason)
            logger.log(level, "dropped samples: %s", WHY_DROPPED[reason], extra=extra)
        self._known = frozenset(each.reason for each in lost)
