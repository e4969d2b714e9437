"""What is said of credentials: where they lie, never what they are."""

import pytest

from microshift_telemetry.check.credentials import credentials_line, missing_line
from microshift_telemetry.check.line import Verdict
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.errors import (
    KubeForbiddenError,
    KubeNotFoundError,
    KubeUnreachableError,
)
from microshift_telemetry.sending.credentials import (
    CredentialsMissingError,
    CredentialsRefusedError,
    OptedOutError,
)
from microshift_telemetry.sending.route import TlsConfigError
from microshift_telemetry.sources.host import HostError
from tests.unit.factories import an_effective

USER = {"username": {"name": "proxy", "key": "user"}, "password": {"name": "proxy", "key": "pw"}}


def because(cause: Exception) -> CredentialsMissingError:
    error = CredentialsMissingError("Secret receiver, key token: it is not there")
    error.__cause__ = cause
    return error


def test_each_is_named_with_its_place() -> None:
    spec = an_effective(
        endpoint="https://receiver.example/",
        authorization={"type": "Basic", "basic": {**USER}},
        headers=[
            {"name": "X-Plain", "value": "a"},
            {"name": "X-Key", "valueFrom": {"secretKeyRef": {"name": "key", "key": "k"}}},
        ],
        proxyUrl="http://proxy.example:3128",
        proxyBasicAuth=USER,
        tlsConfig={
            "ca": {"configMap": {"name": "ca", "key": "bundle"}},
            "cert": {"secret": {"name": "client", "key": "crt"}},
            "keySecret": {"name": "client", "key": "key"},
        },
    )

    assert credentials_line(spec.destination).seen.split("; ") == [
        "the user name of Secret proxy, key user and the password of Secret proxy, key pw",
        "header X-Key: Secret key, key k",
        "for the proxy: Secret proxy, key pw",
        "CA: ConfigMap ca, key bundle",
        "client certificate: Secret client, key crt",
    ]


def test_by_default_it_is_the_pull_secret_and_for_an_own_endpoint_nothing() -> None:
    own = an_effective(endpoint="https://receiver.example/").destination

    assert credentials_line(an_effective().destination).seen.startswith("the pull secret, /etc/")
    assert credentials_line(own).seen == "no credentials (spec.authorization.type: None)"


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (because(KubeNotFoundError("404")), "create it"),
        (because(HostError("/etc/crio/x: no such file")), "mounted into the pod"),
        (
            CredentialsMissingError('Secret receiver has no key "tokn"; its keys are: password'),
            "the key's name",
        ),
        (CredentialsRefusedError("spec.endpoint: plain http"), "nothing was sent"),
        (OptedOutError("no entry"), "use your own receiver"),
        (TlsConfigError("spec.tlsConfig.ca: contains no PEM certificate"), "store PEM data there"),
        (KubeForbiddenError("403"), "apply the Role"),
        (KubeUnreachableError("no answer"), "check that MicroShift is running"),
        (TelemetryError("whatever"), "correct the field named at the beginning of this line"),
    ],
)
def test_what_is_missing_is_told_with_its_own_remedy(error: TelemetryError, remedy: str) -> None:
    line = missing_line(error)

    is_will = isinstance(error, OptedOutError)
    assert (line.verdict, line.seen) == (Verdict.OK if is_will else Verdict.FAILED, str(error))
    assert remedy in line.remedy
