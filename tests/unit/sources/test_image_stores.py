"""Images in the stores beside CRI-O's own: counted, or their store is named."""

import json
from pathlib import Path

import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sources.host import Host
from microshift_telemetry.sources.image_stores import STORAGE_CONFS, parse_stores
from microshift_telemetry.sources.images import MORE_ON_THE_NODE, STORE, ImageCount
from microshift_telemetry.sources.outcome import Readings
from tests.unit.sources.canned_api import CannedApi
from tests.unit.sources.surroundings import NODE_NAME, a_node, shared_reads

ETC, USR = STORAGE_CONFS
SHARED, LIB = "srv/images", "usr/lib/containers/storage"
CONF = """\
[storage]
driver = "overlay" # additionalimagestores = ["/none"]
[storage.options]
# additionalimagestores = ["/none"]
additionalimagestores = [ # two
  "/srv/images",
  # "/none",
  '/usr/lib/containers/storage/', # the vendor's
] # "/none"
other = ["/none"]
"""


def lay(root: Path, stores: dict[str, int], **confs: str) -> Host:
    """Lay out stores with so many images each, and what configures them."""
    for store, images in stores.items():
        file = root / store / "overlay-images/images.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps([{"id": str(each)} for each in range(images)]))
    for name, text in zip((ETC, USR), (confs.get("etc"), confs.get("usr")), strict=True):
        if text is not None:
            (root / name).parent.mkdir(parents=True)
            (root / name).write_text(text)
    return Host(root)


async def counted(kube: KubeClient, host: Host) -> tuple[float, str]:
    outcome = await ImageCount().collect(shared_reads(kube, host))
    assert isinstance(outcome, Readings)
    [reading] = outcome.readings
    return reading.value, outcome.note


async def test_every_store_that_can_be_read_is_counted(kube: KubeClient, tmp_path: Path) -> None:
    host = lay(tmp_path, {STORE: 3, SHARED: 2, LIB: 7}, etc=CONF, usr="not looked at")

    assert await counted(kube, host) == (12, "")


async def test_the_vendors_configuration_counts_where_the_admin_has_none(
    kube: KubeClient, tmp_path: Path
) -> None:
    host = lay(tmp_path, {STORE: 3, LIB: 7}, usr=f'additionalimagestores=["/{LIB}"]')

    assert await counted(kube, host) == (10, "")


async def test_a_store_that_can_not_be_read_is_named(kube: KubeClient, tmp_path: Path) -> None:
    host = lay(tmp_path, {STORE: 3, SHARED: 2}, etc=CONF)

    lost = f"/{LIB}/overlay-images/images.json: no such file"
    said = f"{lost}: the images of this additional store are not counted"
    assert await counted(kube, host) == (5, said)


async def test_a_broken_list_costs_its_own_store_alone(kube: KubeClient, tmp_path: Path) -> None:
    host = lay(tmp_path, {STORE: 3, SHARED: 2, LIB: 7}, etc=CONF)
    (tmp_path / SHARED / "overlay-images/images.json").write_text('[{"id": ')

    count, said = await counted(kube, host)

    assert count == 10
    assert said.startswith(
        f"/{SHARED}/overlay-images/images.json: a malformed or truncated JSON array"
    )


async def test_a_configuration_that_can_not_be_read_is_named(
    kube: KubeClient, tmp_path: Path
) -> None:
    host = lay(tmp_path, {STORE: 3})
    (tmp_path / ETC).mkdir(parents=True)

    said = f"/{ETC}: not a regular file: images of additional stores are not counted"
    assert await counted(kube, host) == (3, said)


@pytest.mark.parametrize(
    ("listed", "note"), [(3, ""), (4, MORE_ON_THE_NODE), (50, MORE_ON_THE_NODE)]
)
async def test_without_the_configuration_the_nodes_own_list_shows_that_some_are_missing(
    api: CannedApi, kube: KubeClient, tmp_path: Path, listed: int, note: str
) -> None:
    images = [{"names": [f"registry.example/{each}"]} for each in range(listed)]
    api.lay_down({f"/api/v1/nodes/{NODE_NAME}": a_node(images=images)})

    assert await counted(kube, lay(tmp_path, {STORE: 3})) == (3, note)


async def test_a_long_list_is_not_compared_with_that_of_the_node_which_is_cut(
    api: CannedApi, kube: KubeClient, tmp_path: Path
) -> None:
    assert await counted(kube, lay(tmp_path, {STORE: 50})) == (50, "")
    assert f"/api/v1/nodes/{NODE_NAME}" not in [request.path for request in api.requests]


@pytest.mark.parametrize(
    ("text", "stores"),
    [
        (CONF, (SHARED, LIB)),
        ("", ()),
        ("additionalimagestores = [\n]", ()),
        ('additionalimagestores = ["/a", "", "b"', ("a", "b")),
        ("additionalimagestores = 5", ()),
        ("#additionalimagestores = ['/a']", ()),
        ("additionalimagestores=['/a#b']", ("a#b",)),
    ],
)
def test_the_array_of_stores_is_read(text: str, stores: tuple[str, ...]) -> None:
    assert parse_stores(text) == stores
