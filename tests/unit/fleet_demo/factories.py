"""Devices and fleets that tests begin with."""

from dataclasses import replace
from typing import Any

from tests.fleet_demo.device import DAY_MS, HOUR_MS, MINUTE_MS, Device, Hardware, Span
from tests.fleet_demo.life import Life, lived
from tests.fleet_demo.planning import Plan

NOW = 1_800_000_000_000 - 1_800_000_000_000 % DAY_MS
"""A midnight."""
BEGIN = NOW - 10 * DAY_MS
HARDWARE = Hardware("amd64", 2, 2 << 30, 32 << 30, "ostree", "9.6", "10.0.0.7")
PHASE = 90 * MINUTE_MS
"""Passes at half past, reports at half past one."""


def a_plan(**more: Any) -> Plan:
    """Plan a small fleet."""
    return replace(Plan(devices=200, seed=7, now_ms=NOW), **more)


def a_device(**more: Any) -> Device:
    """Make a device that has been there long before."""
    versions = ((BEGIN - DAY_MS, "4.20.8"),)
    return replace(Device(1, "an-id", "site-01", HARDWARE, versions, PHASE), **more)


def a_life(**more: Any) -> Life:
    """Let such a device live ten days."""
    return lived(a_device(**more), seed=7, begin_ms=BEGIN, now_ms=NOW)


def a_span(first_days_ago: float, last_days_ago: float = -1) -> Span:
    """Name a time by days before now."""
    return Span(NOW - round(first_days_ago * DAY_MS), NOW - round(last_days_ago * DAY_MS))


def hours(*of: int) -> list[int]:
    """Give moments so many hours before now."""
    return [NOW - each * HOUR_MS for each in of]
