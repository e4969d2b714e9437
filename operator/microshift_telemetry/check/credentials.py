"""What a destination's spec names: whether it is there, and where; never what it is."""

from collections.abc import Iterator

from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.errors import KubeError, KubeForbiddenError, KubeNotFoundError
from microshift_telemetry.sending.credentials import (
    PULL_SECRET_FILE,
    CredentialsMissingError,
    CredentialsRefusedError,
    OptedOutError,
)
from microshift_telemetry.sending.route import TlsConfigError
from microshift_telemetry.sources.host import HostError
from microshift_telemetry.spec.authorization import (
    Authorization,
    Basic,
    Bearer,
    NoAuthorization,
    OAuth2,
    PullSecret,
)
from microshift_telemetry.spec.effective import Destination


def credentials_line(to: Destination) -> Line:
    """Tell what was found, of a destination that could be prepared."""
    return Line(Hop.CREDENTIALS, Verdict.OK, "; ".join(_found(to)))


def missing_line(error: TelemetryError) -> Line:
    """Tell what could not be found, or may not be used; an owner who opts out does no wrong."""
    verdict = Verdict.OK if isinstance(error, OptedOutError) else Verdict.FAILED
    return Line(Hop.CREDENTIALS, verdict, str(error), _remedy(error))


def shown_authorization(authorization: Authorization) -> str:
    """Name what proves who we are, and where it lies."""
    match authorization:
        case NoAuthorization():
            return "no credentials (spec.authorization.type: None)"
        case PullSecret():
            return f"the pull secret, /{PULL_SECRET_FILE}"
        case Bearer(credentials):
            return f"the token of {credentials}"
        case Basic(user):
            return f"the user name of {user.username} and the password of {user.password}"
        case OAuth2():
            return f"the client secret of {authorization.client_secret}"


def _found(to: Destination) -> Iterator[str]:
    yield shown_authorization(to.authorization)
    for header in to.headers:
        if not isinstance(header.value, str):
            yield f"header {header.name}: {header.value}"
    if to.proxy is not None and to.proxy.user is not None:
        yield f"for the proxy: {to.proxy.user.password}"
    if to.tls.ca is not None:
        yield f"CA: {to.tls.ca}"
    if to.tls.client is not None:
        yield f"client certificate: {to.tls.client.certificate}"


def _remedy(error: TelemetryError) -> str:
    match error:
        case CredentialsRefusedError():
            return "nothing was sent; see CredentialsRefused in docs/troubleshooting.md"
        case OptedOutError():
            return "to use your own receiver, set spec.endpoint"
        case CredentialsMissingError():
            return _remedy_of_missing(error)
        case TlsConfigError():
            return "store PEM data there: certificates for ca and cert, a private key for keySecret"
        case KubeForbiddenError():
            return "apply the Role microshift-telemetry again"
        case KubeError():
            return "check that MicroShift is running: `systemctl status microshift`"
        case _:
            return "correct the field named at the beginning of this line"


def _remedy_of_missing(error: CredentialsMissingError) -> str:
    match error.__cause__:
        case KubeNotFoundError():
            return "create it in the operator's namespace"
        case HostError():
            return "check that the file exists and is mounted into the pod"
        case _:
            return "correct the key's name in the spec, or its value"
