"""A device's life → the requests that the operator sends of it, by the operator's own code."""

from collections.abc import Generator, Iterator

from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Answered, Fate, Offered, PassMade
from microshift_telemetry.controller.forms import form_in, layout_of
from microshift_telemetry.delivery.course import Course
from microshift_telemetry.delivery.round import Round
from microshift_telemetry.delivery.steps import Offer, Reply
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.report import time_series
from microshift_telemetry.sample.metrics import (
    ARCH_LABEL,
    CAPACITY_CPU,
    CAPACITY_DISK,
    CAPACITY_MEMORY,
    CLUSTER_VERSION,
    ETCD_OBJECTS,
    INSTANCE_TYPE_LABEL,
    LIFECYCLE_CATALOGUE,
    MICROSHIFT_VERSION,
    OS_ID_LABEL,
    RESOURCE_COUNT,
)
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.sending.transport import Encoded
from tests.fleet_demo.device import SECOND_MS, Device, external_labels
from tests.fleet_demo.life import (
    BUILD_INFO,
    CPU,
    DISK,
    MEMORY,
    OPERATOR_VERSION,
    Key,
    Life,
    Report,
)

NO_SALT = b""
"""No label is hidden."""


def requests(life: Life) -> Iterator[Encoded]:
    """Send a life's reports, one after the other; each request that is taken out was accepted."""
    device, ledger, course = life.device, Ledger(), Course()
    form = Form(Shape(device.id, "Percent", external_labels(device)))
    columns = [
        (_series(device, key), _total(device, key), life.columns[key]) for key in life.columns
    ]
    for report in life.reports:
        for place in range(report.first, report.last + 1):
            readings = tuple(
                Reading(series, column[place])
                if total is None
                else Reading(series, column[place] * total / 100, total)
                for series, total, column in columns
            )
            if place == report.last and report.start is not None:
                told = Series.of(LIFECYCLE_CATALOGUE[0].name, **report.start.labels)
                readings = (*readings, Reading(told, 1.0))
            ledger.apply(PassMade(SamplePass(life.times_ms[place], readings)))
        course = yield from _round(ledger, form, course, life, report)


def _round(
    ledger: Ledger, form: Form, course: Course, life: Life, report: Report
) -> Generator[Encoded, None, Course]:
    newest_ms = life.times_ms[report.last]
    layout = layout_of(ledger, form, newest_ms, is_first=True)
    now_ms, reply = newest_ms + SECOND_MS, None
    steps = Round(layout, course, now_ms).steps()
    static = _static(life.device, report.version)
    while True:
        try:
            step = steps.send(reply)  # type: ignore[arg-type]  # None begins
        except StopIteration as end:
            ended: Course = end.value.course
            return ended
        assert isinstance(step, Offer), "the fresh pass is a second old"
        its_form = form_in(ledger, form, step)
        request = WriteRequest(step.times_ms, its_form, static if step.is_fresh else ())
        yield encode(time_series(request, ledger.backlog, NO_SALT))
        ledger.apply(Offered(step.times_ms, its_form))
        ledger.apply(Answered(Fate.TAKEN))
        reply = Reply(now_ms)


def _series(device: Device, key: Key) -> Series:
    metric, resource = key
    if metric == RESOURCE_COUNT.name:
        return Series.of(metric, resource=resource)
    if metric == ETCD_OBJECTS.name:
        return Series.of(metric, instance=device.hardware.address)
    return Series.of(metric)


def _total(device: Device, key: Key) -> float | None:
    hardware = device.hardware
    totals = {CPU: hardware.cores, MEMORY: hardware.memory_bytes, DISK: hardware.disk_bytes}
    return totals.get(key)


def _static(device: Device, version: str) -> tuple[Reading, ...]:
    hardware = device.hardware
    node = {ARCH_LABEL: hardware.arch, OS_ID_LABEL: "rhel", INSTANCE_TYPE_LABEL: "rhde"}
    capacities = {
        CAPACITY_CPU: hardware.cores,
        CAPACITY_MEMORY: hardware.memory_bytes,
        CAPACITY_DISK: hardware.disk_bytes,
    }
    how = hardware.deployment_type
    versions = [
        Series.of(CLUSTER_VERSION.name, version=version, type=f"microshift-{how}"),
        Series.of(
            MICROSHIFT_VERSION.name,
            version=version,
            os_version_id=hardware.os_version_id,
            deployment_type=how,
        ),
    ]
    if device.reports_itself:
        versions.append(Series.of(BUILD_INFO, version=OPERATOR_VERSION))
    return (
        *(Reading(Series.of(each.name, **node), value) for each, value in capacities.items()),
        *(Reading(series, 1.0) for series in versions),
    )
