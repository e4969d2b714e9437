"""A device whose label `site` comes from a ConfigMap, and what is heard of it."""

from collections.abc import Iterable
from typing import Any

from microshift_telemetry.kube.bodies import Object
from tests.support.fakes import Post
from tests.support.life import ENDPOINT, NAMESPACE, Life

PATH = f"/api/v1/namespaces/{NAMESPACE}/configmaps/device"
SITE = {"name": "site", "valueFrom": {"configMapKeyRef": {"name": "device", "key": "site"}}}
HOURLY = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}
SPEC = HOURLY | {"externalLabelsFrom": [SITE]}
OUT = "label site is left out: "


def config_map(**data: Any) -> Object:
    return {"data": data}


def values(posts: Iterable[Post], name: str = "site") -> list[str | None]:
    """Give the values of a label in the order of requests; None of a request without it."""
    found = [{dict(series.labels).get(name) for series in post.series} for post in posts]
    assert all(len(each) == 1 for each in found)
    return [value for [value] in found]


def message(life: Life) -> str:
    [found] = [each for each in life.status["conditions"] if each["type"] == "Reporting"]
    text = found["message"]
    assert isinstance(text, str)
    return text
