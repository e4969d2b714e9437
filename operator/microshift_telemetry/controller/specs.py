"""The spec as it is asked for and the one in force: an edit narrows at once and widens later."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from microshift_telemetry.clock import Clock
from microshift_telemetry.spec.change import settling_time, usable_at_once
from microshift_telemetry.spec.effective import Destination, Effective, effective_from
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.telemetry_config import MAX_AGE, TelemetryConfig


class Specs:
    """Decides which spec reports are sent by; the wait is told in `spec/change.py`."""

    def __init__(self, config: TelemetryConfig, clock: Clock) -> None:
        """Judge the spec that the object has at first sight, as if it were just edited."""
        self._clock = clock
        self._config = config
        self._newest = _newest_from(config)
        self._opt_out = _opt_out_of(config, before=_known_opt_out(config))
        self._in_force: Effective | None = None
        self._edited_at = clock.monotonic()
        self._is_edited = False

    @property
    def config(self) -> TelemetryConfig:
        """The newest form of the object."""
        return self._config

    @property
    def newest(self) -> Effective | None:
        """What the spec asks for; None when it can't be used."""
        return self._newest

    @property
    def in_force(self) -> Effective | None:
        """What reports are sent by; None as long as nothing may be sent."""
        return self._in_force

    @property
    def is_enabled(self) -> bool:
        """Tell whether sources may be read."""
        return self._newest is not None and self._newest.enabled

    @property
    def error(self) -> SpecError | None:
        """What is wrong with the spec; None when it can be used."""
        return self._config.spec if isinstance(self._config.spec, SpecError) else None

    @property
    def opt_out(self) -> int:
        """The generation of the last spec that opted out; 0 when none is known."""
        return self._opt_out

    @property
    def is_settling(self) -> bool:
        """Tell whether nothing may be sent, since an edit has not stood long enough."""
        return self._is_edited and self.is_enabled and self._in_force is None

    @property
    def wait_seconds(self) -> float | None:
        """How long until the newest spec has settled; None when there is nothing to wait for."""
        if self._newest is None or not self._newest.enabled or self._in_force == self._newest:
            return None
        return self._stands_in_seconds(self._newest)

    @property
    def settled_at(self) -> datetime:
        """From when on the newest spec may be used for sending."""
        return self._clock.now() + timedelta(seconds=self.wait_seconds or 0.0)

    @property
    def has_stood(self) -> bool:
        """Tell whether the newest spec has stood long enough to do what can't be undone."""
        return self._newest is not None and self._stands_in_seconds(self._newest) == 0

    @property
    def max_age(self) -> timedelta:
        """How long samples wait; as long as they may until the newest spec has stood."""
        return self._newest.max_age if self._newest and self.has_stood else MAX_AGE

    def _stands_in_seconds(self, newest: Effective) -> float:
        stands_at = self._edited_at + settling_time(newest).total_seconds()
        return max(0.0, stands_at - self._clock.monotonic())

    def see(self, config: TelemetryConfig) -> None:
        """Take a newer form of the object with the same spec."""
        self._config = config

    def take(self, config: TelemetryConfig) -> None:
        """Take an edited spec; nothing is in force afterwards when nothing may be sent."""
        self._config = config
        self._edited_at, self._is_edited = self._clock.monotonic(), True
        self._newest = _newest_from(config)
        self._opt_out = _opt_out_of(config, before=self._opt_out)
        self._in_force = usable_at_once(self._in_force, self._newest)

    def settle(self, *, at_once: bool = False) -> bool:
        """Let the newest spec send once it has stood long enough; tell whether it does from now."""
        wait = self.wait_seconds
        if wait is None or (wait > 0 and not at_once):
            return False
        self._in_force, self._is_edited = self._newest, False
        return True


class Requests:
    """What `requestedAt` asks for, and whether it was answered."""

    def __init__(self, requested_at: str | None, status: Mapping[str, object]) -> None:
        """Take up what the object's status says."""
        handled = status.get("lastHandledRequestedAt")
        self._newest = requested_at
        self._handled = handled if isinstance(handled, str) else None
        self._has_pass = False

    @property
    def handled(self) -> str | None:
        """The last value that was answered."""
        return self._handled

    @property
    def is_open(self) -> bool:
        """Tell whether a report is asked for that was not made yet."""
        return self._newest not in {None, self._handled}

    @property
    def has_pass(self) -> bool:
        """Tell whether the pass that was asked for is made: the next attempt is the answer."""
        return self.is_open and self._has_pass

    def take(self, requested_at: str | None) -> bool:
        """Take the annotation as it is now; tell whether it asks for something new."""
        is_new = requested_at not in {None, self._newest, self._handled}
        self._newest = requested_at
        self._has_pass &= not is_new
        return is_new

    def note_pass(self) -> None:
        """Note that a pass for a report was made."""
        self._has_pass = True

    def answer(self) -> None:
        """Note that what was asked for is done, as far as it can be."""
        if self.is_open:
            self._handled = self._newest
        self._has_pass = False


@lru_cache(maxsize=16)
def fingerprint(destination: Destination) -> str:
    """Tell where reports go and as whom, so that "was delivered" means this destination."""
    parts = (
        destination.endpoint.url,
        destination.authorization,
        destination.headers,
        destination.tls,
        destination.proxy,
        *destination.protocol.mark,
    )
    return sha256(repr(parts).encode(errors="surrogatepass")).hexdigest()[:16]


def _known_opt_out(config: TelemetryConfig) -> int:
    known = config.status.get("lastOptOutGeneration")
    return known if isinstance(known, int) and known > 0 else 0


def _opt_out_of(config: TelemetryConfig, before: int) -> int:
    newest = _newest_from(config)
    return before if newest is None or newest.enabled else config.generation


def _newest_from(config: TelemetryConfig) -> Effective | None:
    return None if isinstance(config.spec, SpecError) else effective_from(config.spec)
