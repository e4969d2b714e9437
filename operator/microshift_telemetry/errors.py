"""The root of our errors; every stage hangs its own below it.

TelemetryError                    bad input or a failing neighbour; its text may be shown
├── SettingsError                 settings.py: the process cannot start like this
├── SpecError                     spec/errors.py: a field of the TelemetryConfig
├── AccessError                   kube/access.py: no way to speak to the API server
├── KubeError                     kube/errors.py: the API server
│   ├── KubeUnreachableError      no answer
│   │   └── KubeUnconnectedError  nor a connection
│   ├── KubeUnauthorizedError     401
│   ├── KubeForbiddenError        403
│   ├── KubeNotFoundError         404
│   ├── KubeConflictError         409
│   └── KubeAnswerError           any other status, or an answer that makes no sense
│       └── KubeExpiredError      410: a list went stale between two pages
├── NoThreadError                 background.py: the device gives no more threads
├── SilenceError                  background.py: a file that nobody answers for
├── JobError                      buffer/worker.py: a bug in what was done with the disk
├── HostError                     sources/host.py: a file of the device
│   └── HostFileMissingError      there is no such file
├── SourceError                   sources/outcome.py: one source lost its readings of this pass
├── JournalError                  buffer/state_directory.py: nothing can be kept on the disk
│   └── StateDirectoryInUseError  another process keeps its journals there
├── NoPreviewError                controller/preview.py: no report to show
│   └── UnknownNameError          no object of this name has anything to send
├── BusyError                     controller/asides.py: another check or dry run is under way
├── CutError                      controller/asides.py: its object was edited meanwhile
├── CertificateError              check/certificate.py: a server's certificate that is none
├── RenewalError                  controller/renewal.py: the pod is not made anew
├── LabelsUnreadError             controller/device_labels.py: no answer about a label's value
├── ClockError                    controller/timekeeping.py: the clock is wrong, or nobody knows
├── CredentialsMissingError       sending/credentials.py: a Secret, a file, an entry in it
├── OptedOutError                 sending/credentials.py: the pull secret has no entry for it
├── CredentialsRefusedError       sending/credentials.py: we do not send this one there
├── PemError                      tls.py: a certificate or a key that is none
├── TlsConfigError                sending/route.py: a PEM text that the spec names
├── ProxyError                    sending/proxies.py: a variable that names no proxy
├── AiohttpError                  sending/aiohttp_internals.py: it lacks what we override
├── UnreachableError              sending/connection.py: no answer
└── TokenError                    sending/tokens.py: nobody gives an access token
    └── OtherLabelsError          a new one demands other labels than the request has

The text of each starts with the field, file or host that is wrong, never holds a credential, and
quotes at most 256 characters of foreign text.
"""

EXCERPT_CHARS = 256


class TelemetryError(Exception):
    """Bad input or a failing neighbour; a bug is never one of these."""


def excerpt(foreign: str) -> str:
    """Cut foreign text to what fits in one log line and one condition."""
    line = " ".join(foreign.split())
    printable = "".join(char if char.isprintable() else "?" for char in line)
    return printable if len(printable) <= EXCERPT_CHARS else printable[: EXCERPT_CHARS - 1] + "…"
