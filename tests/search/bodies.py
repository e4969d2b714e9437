"""The bodies of requests → their samples, by decoders of the tests."""

from tests.models.model import Sample
from tests.support.decoder import decode_request
from tests.support.metric_families import decode_upload

TOKEN_PATH, UPLOAD_PATH = "/authorize", "/upload"
"""How the paths of telemeter's other protocol end."""


def is_token_request(path: str) -> bool:
    return path.endswith(TOKEN_PATH)


def base_of(path: str) -> str:
    """Give the path of a destination's URL, of one to which a report went."""
    return path.removesuffix(UPLOAD_PATH)


def samples_in(path: str, body: bytes) -> list[Sample]:
    """Decode what was sent to a path; a request for a token has nothing in it."""
    if is_token_request(path):
        return []
    if path.endswith(UPLOAD_PATH):
        return [
            Sample(
                tuple(sorted([("__name__", family.name), *metric.labels])),
                metric.time_ms or 0,
                metric.value or 0.0,
            )
            for family in decode_upload(body)
            for metric in family.metrics
        ]
    return [
        Sample(series.labels, time_ms, value)
        for series in decode_request(body)
        for time_ms, value in series.samples
    ]
