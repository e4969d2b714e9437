"""What can go wrong between us and the API server."""

from microshift_telemetry.errors import TelemetryError


class KubeError(TelemetryError):
    """The API server did not give what was asked; the text starts with the request's path."""


class KubeUnreachableError(KubeError):
    """No answer: nothing listens, the connection broke, or time ran out."""


class KubeUnconnectedError(KubeUnreachableError):
    """There was no connection: the request has not gone out."""


class KubeUnauthorizedError(KubeError):
    """401, also after the token was read again; or there is no token to read."""


class KubeForbiddenError(KubeError):
    """403: our role lacks the permission."""


class KubeNotFoundError(KubeError):
    """404: no such object, or no such kind."""


class KubeConflictError(KubeError):
    """409: the object is not the one that was meant."""


class KubeAnswerError(KubeError):
    """Any other status, or an answer that makes no sense."""


class KubeExpiredError(KubeAnswerError):
    """410: a paged list is too old to be continued."""
