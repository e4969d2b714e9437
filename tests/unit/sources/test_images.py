import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources import host as host_module
from microshift_telemetry.sources.host import Host, HostError, HostFileMissingError
from microshift_telemetry.sources.images import (
    IMAGES_FILE,
    MAX_IMAGE_CHARS,
    ImageCount,
    count_elements,
)
from microshift_telemetry.sources.outcome import NoData, Readings, SourceError
from tests.unit.sources.canned_api import CannedApi, refusal
from tests.unit.sources.surroundings import (
    CONTAINERD,
    HOSTS,
    NODE_NAME,
    a_node,
    damaged_bytes,
    json_values,
    shared_reads,
)

GOLDEN = (HOSTS / "rhel-rpm" / IMAGES_FILE).read_bytes()


def in_chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize(
    ("device", "count"),
    [("rhel-rpm", 3), ("rhel-ostree", 5), ("fedora-rpm", 1), ("unquoted-os-release", 0)],
)
async def test_each_golden_device_has_its_images(kube: KubeClient, device: str, count: int) -> None:
    readings = await ImageCount().collect(shared_reads(kube, device))

    series = Series.of("cluster:usage:resources:sum", resource="images")
    assert readings == Readings((Reading(series, count),))


async def test_a_missing_file_is_an_error_that_names_it(kube: KubeClient) -> None:
    with pytest.raises(HostFileMissingError, match=rf"^/{IMAGES_FILE}: no such file$"):
        await ImageCount().collect(shared_reads(kube, "no-images"))


async def test_another_runtime_than_microshifts_has_no_such_list(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({f"/api/v1/nodes/{NODE_NAME}": a_node(nodeInfo=CONTAINERD)})

    outcome = await ImageCount().collect(shared_reads(kube, "no-images"))

    assert outcome == NoData("containerd keeps no list of images on the disk")


async def test_a_missing_file_is_an_error_while_the_node_can_not_be_read(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({f"/api/v1/nodes/{NODE_NAME}": refusal(403, "forbidden")})

    with pytest.raises(HostFileMissingError, match=rf"^/{IMAGES_FILE}: no such file$"):
        await ImageCount().collect(shared_reads(kube, "no-images"))


async def test_a_lost_mount_is_an_error_that_names_the_file(kube: KubeClient) -> None:
    with pytest.raises(HostFileMissingError, match=rf"^/{IMAGES_FILE}: no such file$"):
        await ImageCount().collect(shared_reads(kube, "lost-mounts"))


async def test_a_file_that_ends_too_early_is_an_error_that_names_it(kube: KubeClient) -> None:
    with pytest.raises(SourceError, match=rf"^/{IMAGES_FILE}: a malformed or truncated JSON array"):
        await ImageCount().collect(shared_reads(kube, "broken-images"))


async def test_a_huge_list_is_counted_in_little_memory(kube: KubeClient, tmp_path: Path) -> None:
    image = json.dumps(json.loads(GOLDEN)[0])
    file = tmp_path / IMAGES_FILE
    file.parent.mkdir(parents=True)
    file.write_text("[" + ",\n".join([image] * 20_000) + "]")
    assert file.stat().st_size > 8 << 20

    tracemalloc.start()
    try:
        readings = await ImageCount().collect(shared_reads(kube, Host(tmp_path)))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert isinstance(readings, Readings)
    assert readings.readings[0].value == 20_000
    assert peak_bytes < 1 << 20


async def test_a_file_without_end_is_refused(
    kube: KubeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "MAX_STREAM_BYTES", 1 << 20)
    file = tmp_path / IMAGES_FILE
    file.parent.mkdir(parents=True)
    file.write_text("[" + "1," * (1 << 20) + "1]")

    with pytest.raises(HostError, match=rf"^/{IMAGES_FILE}: larger than"):
        await ImageCount().collect(shared_reads(kube, Host(tmp_path)))


def test_an_element_beyond_the_bound_is_refused() -> None:
    huge = json.dumps(["x" * (MAX_IMAGE_CHARS + (256 << 10))]).encode()

    with pytest.raises(ValueError, match=r"^an element is malformed or longer than"):
        count_elements(in_chunks(huge, 64 << 10))


def test_brackets_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^nested too deeply$"):
        count_elements(in_chunks(b"[" * 500_000, 64 << 10))


@given(st.lists(json_values), st.sampled_from([None, 1]), st.integers(1, 40))
def test_every_array_is_counted_at_every_chunk_size(
    array: list[object], indent: int | None, size: int
) -> None:
    text = json.dumps(array, indent=indent).encode()

    assert count_elements(in_chunks(text, size)) == len(array)


@given(damaged_bytes(GOLDEN) | damaged_bytes(b'[1.5e3, -2, "a,]", {"b": [1]}]'), st.integers(1, 99))
@example(b"[1.5e3]", 2)
@example(b"[1,]", 1)
@example(b"[1] x", 3)
@example(b"[-Infinity, NaN]", 3)
@example(b"\xef\xbb\xbf[1]", 64)
@example(b'["\xc3\xa9"]', 3)
@example(b"{}", 1)
@example(b"", 1)
def test_a_damaged_list_gives_the_reference_count_or_an_error(data: bytes, size: int) -> None:
    try:
        expected = json.loads(data.decode())
    except ValueError:
        expected = None

    try:
        count = count_elements(in_chunks(data, size))
    except ValueError:
        assert not isinstance(expected, list)
    else:
        assert isinstance(expected, list)
        assert count == len(expected)
