"""Links of the device below the root at which it is mounted: `outside` is never reached."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from microshift_telemetry.pages import refusal
from microshift_telemetry.sources.host import Host, HostError, HostFileMissingError
from microshift_telemetry.sources.images import IMAGE_STORE
from microshift_telemetry.sources.os_release import read_os_release

SECRET = "etc/crio/openshift-pull-secret"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A device with a pull secret beside its usual place, and a file of the same name outside."""
    for place in (tmp_path / "host", tmp_path):
        (place / "etc/crio").mkdir(parents=True)
        (place / "etc/crio/x.json").write_text("inside" if place.name == "host" else "outside")
    return tmp_path / "host"


@pytest.mark.parametrize(
    "links",
    [
        pytest.param({SECRET: "x.json"}, id="neighbour"),
        pytest.param({SECRET: "/etc/crio/x.json"}, id="absolute"),
        pytest.param({SECRET: "../crio/x.json"}, id="by the parent"),
        pytest.param({SECRET: "../../../../etc/crio/./x.json"}, id="above the root"),
        pytest.param({SECRET: "/../etc//crio/x.json"}, id="absolute above the root"),
        pytest.param(
            {SECRET: "a", "etc/crio/a": "/etc/crio/b", "etc/crio/b": "x.json"}, id="chain"
        ),
        pytest.param({SECRET: "/run/crio/x.json", "run": "/etc"}, id="absolute folder"),
        pytest.param({SECRET: "/a/b/x.json", "a": "etc", "etc/b": "/etc/crio/"}, id="folders"),
    ],
)
def test_a_link_leads_where_the_device_sees_it_lead(root: Path, links: dict[str, str]) -> None:
    for name, target in links.items():
        (root / name).symlink_to(target)

    assert Host(root).read_text(SECRET) == "inside"


def test_a_link_to_a_place_that_is_not_mounted_is_named_with_its_end(root: Path) -> None:
    outside = root.parent / "etc/crio/y.json"
    outside.write_text("outside")
    (root / SECRET).symlink_to(outside)

    with pytest.raises(HostFileMissingError, match=rf"^/{SECRET} -> {outside}: no such file$"):
        Host(root).read_bytes(SECRET)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda host: host.read_bytes(SECRET), id="whole"),
        pytest.param(lambda host: next(host.read_chunks(SECRET)), id="in pieces"),
        pytest.param(lambda host: host.disk_usage(SECRET), id="its filesystem"),
    ],
)
def test_a_link_that_is_not_utf_8_is_named_by_what_can_be_written(
    root: Path, read: Callable[[Host], object]
) -> None:
    """Its text goes to pages, conditions and the log, which take no half of a surrogate pair."""
    os.symlink(b"/run/key\xe9\nsecret", os.fsencode(root / SECRET))

    with pytest.raises(HostFileMissingError) as caught:
        read(Host(root))

    assert str(caught.value) == f"/{SECRET} -> /run/key? secret: no such file"
    assert refusal(caught.value).status == 503


def test_what_such_a_link_leads_to_is_read(root: Path) -> None:
    target = os.fsencode(root / "etc/crio") + b"/key\xe9"
    Path(os.fsdecode(target)).write_text("inside")
    os.symlink(b"key\xe9", os.fsencode(root / SECRET))

    assert Host(root).read_text(SECRET) == "inside"


def test_links_in_a_circle_are_an_error(root: Path) -> None:
    (root / SECRET).symlink_to("/etc/crio/a")
    (root / "etc/crio/a").symlink_to("openshift-pull-secret")

    with pytest.raises(HostError, match=rf"^/{SECRET}: Too many levels of symbolic links$"):
        Host(root).read_bytes(SECRET)


def test_every_read_of_the_device_follows_absolute_links(root: Path) -> None:
    (root / "usr").mkdir()
    (root / "usr/lib").symlink_to("/lib")
    (root / "lib").mkdir()
    (root / "lib/release").write_text("ID=rhel\n")
    (root / "lib/os-release").symlink_to("/usr/lib/release")
    (root / "store").mkdir()
    (root / "store/images.json").write_text("[1]")
    (root / IMAGE_STORE).parent.mkdir(parents=True)
    (root / IMAGE_STORE).symlink_to("/store")
    host = Host(root)

    assert read_os_release(host) == {"ID": "rhel"}
    assert b"".join(host.read_chunks(f"{IMAGE_STORE}/images.json")) == b"[1]"
    assert host.disk_usage(IMAGE_STORE).total_bytes > 0


@pytest.mark.timeout(10)
@pytest.mark.parametrize("target", ["fifo", "link", "folder"])
def test_what_is_no_file_is_neither_waited_for_nor_read(root: Path, target: str) -> None:
    place = root / SECRET
    match target:
        case "fifo":
            os.mkfifo(place)
        case "link":
            place.symlink_to("/etc/fifo")
            os.mkfifo(root / "etc/fifo")
        case _:
            place.mkdir()

    for read in (Host(root).read_bytes, lambda name: list(Host(root).read_chunks(name))):
        with pytest.raises(HostError, match=rf"^/{SECRET}.*: not a regular file$"):
            read(SECRET)
