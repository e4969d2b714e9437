"""The products as somebody has set them up, each with its model."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.models.cortex import Cortex as CortexModel
from tests.models.model import DAY_MS, HOUR_MS, MINUTE_MS, Model
from tests.models.prometheus import Prometheus as PrometheusModel
from tests.models.thanos import Thanos as ThanosModel
from tests.models.victoria_metrics import VictoriaMetrics as VictoriaMetricsModel
from tests.receivers.cortex import Cortex
from tests.receivers.prometheus import Prometheus
from tests.receivers.store import Server
from tests.receivers.thanos import Thanos
from tests.receivers.victoria_metrics import VictoriaMetrics

BURST = 50


@dataclass(frozen=True, slots=True)
class Setting:
    """A product in one setting."""

    product: str
    """As `RECEIVERS=` and its program are named."""
    words: str
    """What is set, as the table of `docs/receivers.md` says it."""
    server: Callable[[Path], Server]
    model: Callable[[], Model]

    @property
    def name(self) -> str:
        """A name for a folder, a test, a TelemetryConfig."""
        return f"{self.product}-{self.words.replace(' ', '-').lower()}"


IN_THE_TABLE = (
    Setting(
        "prometheus",
        "no window",
        lambda directory: Prometheus(directory, None),
        lambda: PrometheusModel(is_busy=False),
    ),
    Setting(
        "prometheus",
        "30h",
        lambda directory: Prometheus(directory, "30h"),
        lambda: PrometheusModel(window_ms=30 * HOUR_MS, is_busy=False),
    ),
    Setting(
        "thanos",
        "no window",
        lambda directory: Thanos(directory, None),
        lambda: ThanosModel(is_busy=False),
    ),
    Setting(
        "thanos",
        "30h",
        lambda directory: Thanos(directory, "30h"),
        lambda: ThanosModel(window_ms=30 * HOUR_MS, is_busy=False),
    ),
    Setting(
        "thanos",
        "7d",
        lambda directory: Thanos(directory, "7d"),
        lambda: ThanosModel(window_ms=7 * DAY_MS, is_busy=False),
    ),
    Setting(
        "cortex",
        "no window",
        lambda directory: Cortex(directory, None),
        lambda: CortexModel(is_busy=False),
    ),
    Setting(
        "cortex",
        "7d",
        lambda directory: Cortex(directory, "7d"),
        lambda: CortexModel(window_ms=7 * DAY_MS, is_busy=False),
    ),
    Setting(
        "victoria-metrics",
        "defaults",
        lambda directory: VictoriaMetrics(directory, None),
        VictoriaMetricsModel,
    ),
    Setting(
        "victoria-metrics",
        "retention 1d",
        lambda directory: VictoriaMetrics(directory, "1d"),
        lambda: VictoriaMetricsModel(retention_ms=DAY_MS),
    ),
)

ON_THE_WIRE = (
    *IN_THE_TABLE,
    Setting(
        "thanos",
        "future 5m",
        lambda directory: Thanos(directory, None, future_window="5m"),
        lambda: ThanosModel(future_window_ms=5 * MINUTE_MS, is_busy=False),
    ),
    Setting(
        "cortex",
        "burst",
        lambda directory: Cortex(directory, "7d", burst=BURST),
        lambda: CortexModel(window_ms=7 * DAY_MS, burst=BURST, rate=1e9, is_busy=False),
    ),
)
"""With those that differ in their answers only."""


def chosen(settings: Iterable[Setting]) -> list[Setting]:
    """Keep those of the products that `RECEIVERS=thanos,victoria-metrics` names; without it, all.

    Raises:
        LookupError: it names a product that there is not.
    """
    asked = os.environ.get("RECEIVERS", "")  # noqa: TID251  # for tests only
    products = {each.strip() for each in asked.split(",") if each.strip()}
    known = {setting.product for setting in ON_THE_WIRE}
    if unknown := products - known:
        names = ", ".join(sorted(unknown))
        raise LookupError(f"RECEIVERS: {names}: not one of {', '.join(sorted(known))}")
    return [setting for setting in settings if setting.product in (products or known)]
