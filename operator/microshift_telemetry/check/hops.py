"""All hops of one object, one after the other: each needs what those before it have found."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import aiohttp

from microshift_telemetry.background import Questions
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.check.clock import clock_line, time_line
from microshift_telemetry.check.credentials import credentials_line, missing_line
from microshift_telemetry.check.gateway import NO_GATEWAY, gateway_line
from microshift_telemetry.check.labels import label_lines
from microshift_telemetry.check.line import Line
from microshift_telemetry.check.network import dial, look_up, target_of
from microshift_telemetry.check.permissions import permission_lines, references_in, wanted
from microshift_telemetry.check.receiver import receiver_line, silent_line, unasked_line
from microshift_telemetry.check.reports import reports_line
from microshift_telemetry.check.sources import source_lines
from microshift_telemetry.check.spec import spec_line
from microshift_telemetry.check.state import state_line
from microshift_telemetry.check.tls import watched
from microshift_telemetry.check.tunnel import date_of, knock, proxy_line, tls_line, token_line
from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector, Prepared
from microshift_telemetry.controller.device_labels import DeviceLabels
from microshift_telemetry.controller.parts import Parts
from microshift_telemetry.controller.transports import transport_to
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.errors import KubeUnreachableError
from microshift_telemetry.report.push import push_endpoint
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.spec.effective import Effective

PREPARE_SECONDS = 6.0
REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=6.0)


@dataclass(frozen=True, slots=True)
class Subject:
    """An object, to be read only, and what its check works with, which nobody else does."""

    parts: Parts
    cluster_id: str | None
    """As the reports know it."""
    cluster: Cluster
    connector: Connector
    clock: Clock
    directory: StateDirectory
    questions: Questions
    namespace: str | None


async def hops_of(subject: Subject) -> AsyncGenerator[Sequence[Line], None]:
    """Try every hop; for an object that is Disabled, those of the device alone."""
    parts, spec = subject.parts, subject.parts.specs.newest
    yield [spec_line(parts)]
    if spec is None:
        return
    is_trusted = parts.timekeeper.is_trusted
    yield [clock_line(subject.clock.read(), is_trusted=is_trusted)]
    permissions = wanted(subject.namespace, references_in(spec.destination))
    yield await permission_lines(subject.cluster.kube, permissions)
    yield [await state_line(subject.directory, parts.specs.config.uid, parts.store.note)]
    if not spec.enabled:
        return
    reads = subject.cluster.reads()
    sources = await source_lines(reads, spec.excluded, subject.clock.monotonic)
    labels = DeviceLabels(parts.specs.config.name, subject.cluster)
    read = await labels.look(spec.destination, reads.seen_node)
    yield [*sources, *label_lines(spec, read)]
    try:
        prepared = await _prepared(subject, spec)
    except TelemetryError as error:
        yield [missing_line(error)]
        return
    yield [credentials_line(spec.destination)]
    async with aclosing(_on_the_way(subject, spec, prepared)) as hops:
        async for lines in hops:
            yield lines


async def _prepared(subject: Subject, spec: Effective) -> Prepared:
    try:
        async with asyncio.timeout(PREPARE_SECONDS):
            return await subject.connector.prepare(spec.destination)
    except TimeoutError:
        text = (
            f"the API server did not return the Secrets and ConfigMaps within {PREPARE_SECONDS:g} s"
        )
        raise KubeUnreachableError(text) from None


async def _on_the_way(
    subject: Subject, spec: Effective, prepared: Prepared
) -> AsyncGenerator[Sequence[Line], None]:
    """Go to the receiver as a report does: no credential before TLS is agreed on."""
    to, clock, grant = spec.destination, subject.clock, prepared.grant
    target, question = target_of(to.endpoint, prepared.route), transport_to(to).question
    line, addresses = await look_up(target, subject.questions)
    yield [line]
    yield [await dial(target, addresses, clock.monotonic)]
    route, context = watched(prepared.route)
    async with aclosing(Connection(to.target, route, REQUEST_TIMEOUT)) as connection:
        knocked = await knock(connection)
        yield [proxy_line(to.endpoint, prepared.route, knocked, context)]
        yield [await tls_line(to, route, knocked, context, clock.now())]
        yield [await token_line(grant, REQUEST_TIMEOUT.total)]
        if question is None:
            date = date_of(knocked)
            yield [unasked_line(to)]
        else:
            try:
                answer = await Receiver(connection, prepared.headers, grant).post(question)
            except TelemetryError as error:
                yield [silent_line(error)]
                return
            date = answer.date
            yield [receiver_line(answer, to)]
        is_trusted = subject.parts.timekeeper.is_trusted
        yield [time_line(date, clock.read(), is_trusted=is_trusted)]
    yield [await _gateways(subject, spec)]
    yield [reports_line(subject.parts, spec, subject.cluster_id, clock.now())]


async def _gateways(subject: Subject, spec: Effective) -> Line:
    if spec.gateway is None:
        return NO_GATEWAY
    async with aclosing(
        subject.connector.connect_gateway(push_endpoint(spec.gateway))
    ) as connection:
        return await gateway_line(spec.gateway, connection)
