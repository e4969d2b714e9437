"""The receivers that a search meets, and what each takes of what an outage has kept back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.models.cortex import Cortex, Mimir
from tests.models.gateway import Gateway
from tests.models.model import DAY_MS, HOUR_MS, Model
from tests.models.prometheus import Prometheus
from tests.models.telemeter import Telemeter
from tests.models.telemeter_uploads import TOKEN_SECONDS, TelemeterUploads
from tests.models.thanos import Thanos
from tests.models.victoria_metrics import VictoriaMetrics
from tests.search.device import SECRET

ALLOWED = frozenset(
    {
        "cluster:capacity_cpu_cores:sum",
        "cluster:capacity_memory_bytes:sum",
        "cluster:cpu_usage_cores:sum",
        "cluster:memory_usage_bytes:sum",
        "cluster:usage:resources:sum",
        "cluster:usage:containers:sum",
        "instance:etcd_object_counts:sum",
    }
)
GATEWAY = "gateway.example"
"""Where starts may be pushed to."""
NO_WINDOW_MS = 55 * 60_000
"""Older than this, a pass may be lost at a receiver without a window."""
WINDOW_MS = 12 * HOUR_MS

_TENANT = {"headers": [{"name": "X-Scope-OrgID", "value": "plant"}]}
_TOKEN = {
    "authorization": {
        "type": "Bearer",
        "bearer": {"credentials": {"name": SECRET, "key": "token"}},
    }
}

NO_UPLOADS = {
    "i5_uploads_and_tokens_are_few": "it gives no tokens",
    "u1_uploads_keep_their_distance": "it limits no requests",
    "u2_usage_is_the_mean_since_the_last_delivered": "it is told the values one by one",
    "u3_an_ended_token_is_renewed": "it gives no tokens",
}
NO_STARTS = {
    "s1_a_start_is_told_at_most_once": "nobody asks for starts",
    "s2_a_start_is_told_as_it_went": "nobody asks for starts",
    "s3_a_start_is_told": "nobody asks for starts",
}
WITH_STARTS = {
    **NO_UPLOADS,
    "i5_requests_are_few": "a start has requests of its own",
}
NO_BACKLOG = {
    **NO_STARTS,
    "i4_what_could_be_taken_is_stored": "an upload has no old passes, only what came of them",
    "i5_requests_are_few": "its requests are counted with those for tokens",
    "i6_one_value_for_each_time": "the server dates a sample by its own clock",
}


@dataclass(frozen=True, slots=True)
class Product:
    """A receiver and what it may be expected to store."""

    make: Callable[[], Model]
    takes_ms: int | None = None
    """How old a pass may be, in a round in which it is offered as it should be; None: any age."""
    is_silent: bool = False
    """It drops what it does not want without a word."""
    spec: Mapping[str, Any] = field(default_factory=dict)
    """What it wants to be told."""
    scheme: str = "http"
    """A token goes nowhere without TLS; the wire in memory needs none for either."""
    closes_silently: bool = False
    i3_seconds: float = 15 * 60
    is_rationing: bool = False
    """It takes so much in a while and not more: a backlog goes in bits, a wait after each."""
    token_seconds: int = 0
    """How long its access tokens are good; 0: it gives none, and takes no uploads."""
    tells_starts: bool = False
    """The spec has `lifecycle`, and MicroShift starts anew now and then."""
    left_out: Mapping[str, str] = field(default_factory=lambda: {**NO_UPLOADS, **NO_STARTS})
    """Check of `checks.py` → why it says nothing of this one."""

    @property
    def has_window(self) -> bool:
        return self.takes_ms != NO_WINDOW_MS

    @property
    def takes_uploads(self) -> bool:
        return self.token_seconds > 0


PRODUCTS: Mapping[str, Product] = {
    "prometheus": Product(Prometheus, NO_WINDOW_MS),
    "prometheus-12h": Product(lambda: Prometheus(window_ms=WINDOW_MS), WINDOW_MS),
    "prometheus-2.42-12h": Product(
        lambda: Prometheus(window_ms=WINDOW_MS, is_before_2_50=True), WINDOW_MS, i3_seconds=30 * 60
    ),
    "thanos": Product(Thanos, NO_WINDOW_MS),
    "thanos-12h": Product(lambda: Thanos(window_ms=WINDOW_MS), WINDOW_MS),
    "thanos-7d": Product(lambda: Thanos(window_ms=7 * DAY_MS)),
    "cortex": Product(Cortex, NO_WINDOW_MS, spec=_TENANT),
    "cortex-12h": Product(lambda: Cortex(window_ms=WINDOW_MS), WINDOW_MS, spec=_TENANT),
    "mimir-burst-200": Product(
        lambda: Mimir(window_ms=7 * DAY_MS, burst=200, rate=50), spec=_TENANT, is_rationing=True
    ),
    "victoria-metrics": Product(VictoriaMetrics),
    "victoria-metrics-1d": Product(
        lambda: VictoriaMetrics(retention_ms=DAY_MS), DAY_MS, is_silent=True
    ),
    "telemeter": Product(
        lambda: Telemeter(Thanos(), ALLOWED), NO_WINDOW_MS, spec=_TOKEN, scheme="https"
    ),
    "gateway-413": Product(lambda: Gateway(Prometheus(), max_samples=100), NO_WINDOW_MS),
    "gateway-502": Product(lambda: Gateway(VictoriaMetrics(), max_passes=8)),
    "closing": Product(lambda: Prometheus(window_ms=7 * DAY_MS), closes_silently=True),
}


def _uploads(token_seconds: int = TOKEN_SECONDS) -> Product:
    def make() -> Model:
        accounts, labels = {"a token": "somebody"}, {"account": "7"}
        return TelemeterUploads(accounts, labels, token_seconds=token_seconds)

    spec = {"protocol": "TelemeterUpload", **_TOKEN}
    return Product(
        make, spec=spec, scheme="https", token_seconds=token_seconds, left_out=NO_BACKLOG
    )


def _starts(lifecycle: Mapping[str, str], left_out: Mapping[str, str]) -> Product:
    return Product(
        lambda: Thanos(window_ms=8 * DAY_MS),
        spec={"lifecycle": lifecycle},
        tells_starts=True,
        left_out=left_out,
    )


UPLOADS: Mapping[str, Product] = {
    "telemeter-upload": _uploads(),
    "telemeter-upload-1h": _uploads(token_seconds=3600),
}
"""Apart from the others, so that a seed draws the same of these as ever."""

STARTS: Mapping[str, Product] = {
    "starts": _starts({"status": "Enabled"}, WITH_STARTS),
    "starts-gateway": _starts(
        {"status": "Enabled", "pushgatewayUrl": f"http://{GATEWAY}"},
        {**WITH_STARTS, "i6_one_request_at_a_time": "a push goes out beside a report"},
    ),
}
"""Apart as well; they are lived by the whole controller alone, which looks at the starts."""
ALL: Mapping[str, Product] = {**PRODUCTS, **UPLOADS, **STARTS}
