"""The protocols of `spec.protocol`: what each of them allows a spec to say."""

from datetime import timedelta
from typing import NamedTuple

from microshift_telemetry.errors import excerpt
from microshift_telemetry.spec.authorization import Authorization, NoAuthorization
from microshift_telemetry.spec.duration import format_duration
from microshift_telemetry.spec.endpoint import (
    DEFAULT_ENDPOINT,
    TELEMETER_URL,
    TELEMETER_WRITE_PATH,
    Endpoint,
    parse_endpoint,
)
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields
from microshift_telemetry.spec.shaping import ExternalLabels, utf8_bytes


class Protocol(NamedTuple):
    """What a spec must know of a protocol; how it is spoken stands in the folder of its name."""

    name: str
    receiver: str
    """Who speaks it, for messages."""
    default_endpoint: Endpoint
    telemeter_path: str
    """At which a telemeter server speaks it."""
    path: str = ""
    """Below `spec.endpoint`, to which reports go."""
    issuer: str = "the token server"
    """Who gives access tokens, for messages."""
    authorizations: frozenset[str] | None = None
    """The types of `spec.authorization` that make sense; None: all."""
    is_averaged: bool = False
    """A report is its newest pass, with means, whatever `spec.aggregation` says."""
    demands_labels: bool = False
    """The receiver tells labels that each series must have, when it gives a token."""
    shortest_interval: timedelta = timedelta(0)
    """Between two reports, as the receiver wants it."""
    longest_label_bytes: int | None = None
    """Of a label's value; None: as long as the CRD allows."""
    mark: tuple[str, ...] = ()
    """What tells a destination of it from others of the same URL; none of the first protocol's, as
    journals of before have it."""

    def refuse_interval(self, sending_interval: timedelta | None) -> None:
        """Check `spec.sendingInterval`; raises SpecError where it is too short."""
        if sending_interval is not None and sending_interval < self.shortest_interval:
            raise SpecError(
                f"spec.sendingInterval: {format_duration(sending_interval)} is shorter than "
                f"{format_duration(self.shortest_interval)}: {self.name} sends each report in one "
                "upload, and the receiver accepts no two uploads within that time"
            )

    def refuse_authorization(
        self, authorization: Authorization | None, endpoint: Endpoint | None
    ) -> None:
        """Check `spec.authorization`; raises SpecError where the protocol can't use it."""
        if self.authorizations is None:
            return
        if authorization is None and endpoint in {None, self.default_endpoint}:
            return
        kind = (authorization or NoAuthorization()).type
        if kind not in self.authorizations:
            allowed = " or ".join(sorted(self.authorizations))
            raise SpecError(
                f"spec.authorization.type: {self.name} exchanges a token for an access token, and "
                f"{kind} has none; set it to {allowed}"
            )

    def refuse_endpoint(self, endpoint: Endpoint | None) -> None:
        """Check `spec.endpoint`; raises SpecError where no path can be added to it."""
        if self.path and endpoint is not None and "?" in endpoint.url:
            raise SpecError(
                f"spec.endpoint: has a query; {self.name} wants a base URL, to which it adds "
                f"{self.path}"
            )

    def refuse_labels(self, labels: ExternalLabels) -> None:
        """Check `spec.externalLabels`; raises SpecError where a value is too long."""
        for name, value in labels:
            if (
                self.longest_label_bytes is not None
                and utf8_bytes(value) > self.longest_label_bytes
            ):
                raise SpecError(
                    f"spec.externalLabels: the value of {excerpt(name)} has more than "
                    f"{self.longest_label_bytes} bytes of UTF-8, which {self.name} does not allow"
                )


REMOTE_WRITE = Protocol(
    "RemoteWrite", "remote-write receiver", DEFAULT_ENDPOINT, TELEMETER_WRITE_PATH
)

_UPLOAD_PATH = "/upload"
TELEMETER_UPLOAD = Protocol(
    name="TelemeterUpload",
    receiver="telemeter server",
    default_endpoint=parse_endpoint(TELEMETER_URL, "spec.endpoint"),
    telemeter_path=_UPLOAD_PATH,
    path=_UPLOAD_PATH,
    issuer="/authorize",
    authorizations=frozenset({"PullSecret", "Bearer"}),
    is_averaged=True,
    demands_labels=True,
    shortest_interval=timedelta(minutes=4, seconds=30),
    longest_label_bytes=255,
    mark=("TelemeterUpload",),
)
"""Source: telemeter-server, `POST /upload`: one upload in 4 min 30 s, labels of 255 bytes."""

PROTOCOLS = {each.name: each for each in (REMOTE_WRITE, TELEMETER_UPLOAD)}


def parse_protocol(spec: Fields) -> Protocol:
    """Read `spec.protocol`.

    Raises:
        SpecError: there is no such protocol.
    """
    return PROTOCOLS[spec.one_of("protocol", *PROTOCOLS) or REMOTE_WRITE.name]
