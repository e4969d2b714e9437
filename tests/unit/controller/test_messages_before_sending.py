"""What keeps a report from being sent leads to the condition that the reference page promises."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector, SendingRules
from microshift_telemetry.controller.findings import not_sent
from microshift_telemetry.controller.lookup import Lookup
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.errors import KubeForbiddenError
from microshift_telemetry.sending.connection import UnreachableError
from microshift_telemetry.sending.credentials import PULL_SECRET_FILE
from microshift_telemetry.sending.tokens import TokenError
from microshift_telemetry.settings import Settings
from microshift_telemetry.sources.host import Host
from microshift_telemetry.status.conditions import Finding, conditions_from
from microshift_telemetry.status.reasons import ConditionStatus, SamplingReason
from tests.support.fake_kube import FakeKube
from tests.support.fakes import FakeHost
from tests.support.life import ENDPOINT
from tests.unit.controller.promises import (
    DENIED_READ,
    MISSING,
    NO_CA,
    NO_ENTRY,
    TOKEN_LATER,
    TOKEN_REFUSED,
    UNREADABLE,
    UNSAFE,
    promised,
)
from tests.unit.factories import an_effective
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

HTTPS = "https://receiver.example/api/v1/write"
BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": "receiver", "key": "token"}}}
CA = {"ca": {"configMap": {"name": "receiver-ca", "key": "ca.crt"}}}
IN_NAMESPACE = "/api/v1/namespaces/telemetry"


async def what_stops(
    spec: Mapping[str, Any], objects: Mapping[str, Any], host: Host, *, is_away: bool = False
) -> TelemetryError:
    """Prepare to send, and give the error that comes of it."""
    kube = FakeKube()
    kube.objects.update(objects)
    cluster = Cluster(kube, host, Settings())
    await cluster.identify()
    kube.is_away = is_away
    rules = SendingRules(Settings().pull_secret_hosts)
    connector = Connector(cluster, Lookup(kube, "telemetry"), rules, SystemClock())
    with pytest.raises(TelemetryError) as caught:
        await connector.connect(an_effective(**spec).destination)
    return caught.value


@pytest.mark.parametrize(
    ("came", "spec", "objects"),
    [
        pytest.param(UNSAFE, {"endpoint": ENDPOINT, "authorization": BEARER}, {}, id="plain-http"),
        pytest.param(
            UNSAFE, {"endpoint": HTTPS, "authorization": {"type": "PullSecret"}}, {}, id="foreign"
        ),
        pytest.param(UNSAFE, {"tlsConfig": {"serverName": "a.example"}}, {}, id="another-name"),
        pytest.param(MISSING, {}, {}, id="no-pull-secret"),
        pytest.param(MISSING, {"endpoint": HTTPS, "authorization": BEARER}, {}, id="no-secret"),
        pytest.param(
            MISSING,
            {"endpoint": HTTPS, "authorization": BEARER},
            {f"{IN_NAMESPACE}/secrets/receiver": {"data": {}}},
            id="no-key",
        ),
        pytest.param(MISSING, {"endpoint": HTTPS, "tlsConfig": CA}, {}, id="no-config-map"),
        pytest.param(
            NO_CA,
            {"endpoint": HTTPS, "tlsConfig": CA},
            {f"{IN_NAMESPACE}/configmaps/receiver-ca": {"data": {"ca.crt": "nonsense"}}},
            id="no-certificate",
        ),
    ],
)
async def test_what_keeps_from_sending_is_told_as_promised(
    came: str, spec: Mapping[str, Any], objects: Mapping[str, Any], tmp_path: Path
) -> None:
    error = await what_stops(spec, objects, Host(tmp_path))

    found = not_sent(error)

    assert (found.reason, found.message) == promised(came, error=error)
    assert not isinstance(error, UnreachableError)


async def test_an_owner_who_has_opted_out_is_told_as_promised_and_is_ready(tmp_path: Path) -> None:
    """Source: OpenShift's documentation, "Opting out of remote health reporting"."""
    pull_secret = tmp_path / PULL_SECRET_FILE
    pull_secret.parent.mkdir(parents=True)
    pull_secret.write_text('{"auths": {"quay.io": {"auth": "b3RoZXI="}}}')
    error = await what_stops({}, {}, Host(tmp_path))

    found = not_sent(error)

    assert (found.reason, found.message) == promised(NO_ENTRY, error=error)
    collected = Finding(SamplingReason.SAMPLES_COLLECTED, "")
    ready, *_ = conditions_from(collected, found, was_delivered=False, is_late=True)
    assert (ready.status, ready.reason) == (ConditionStatus.TRUE, "OptedOut")


def test_a_denied_secret_is_told_as_promised() -> None:
    error = KubeForbiddenError("/api/v1/namespaces/telemetry/secrets/receiver: 403: forbidden")

    found = not_sent(error)

    assert (found.reason, found.message) == promised(DENIED_READ, error=error)


async def test_a_silent_api_server_is_told_as_promised() -> None:
    error = await what_stops({"endpoint": HTTPS, "tlsConfig": CA}, {}, FakeHost(), is_away=True)

    found = not_sent(error)

    assert (found.reason, found.message) == promised(UNREADABLE, error=error)


@pytest.mark.parametrize(("came", "is_lasting"), [(TOKEN_REFUSED, True), (TOKEN_LATER, False)])
def test_a_token_server_is_told_as_promised(came: str, *, is_lasting: bool) -> None:
    error = TokenError("spec.authorization.oauth2.tokenUrl: sso.example", is_lasting=is_lasting)

    found = not_sent(error)

    assert (found.reason, found.message) == promised(came, error=error)
