"""What is asked of a token server, what it gives, and a clock."""

import json

from microshift_telemetry.sending.oauth2 import (
    TokenRequest,
)
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.fault_receiver import Answer as Reply

SECRET = "s3cret/with+signs"


class Seconds:
    """A monotonic clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_token(number: int = 1, **others: object) -> Reply:
    told = {"access_token": f"token-{number}", "token_type": "Bearer", "expires_in": 600}
    return Reply(200, json.dumps({**told, **others}).encode())


def a_request(url: str) -> TokenRequest:
    return TokenRequest(parse_endpoint(url, ""), "device", SECRET)
