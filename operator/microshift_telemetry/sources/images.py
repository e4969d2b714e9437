"""Container images on disk: the entries of CRI-O's own lists, one for each of its image stores."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from functools import partial

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sample.metrics import RESOURCE_COUNT, Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.host import Host, HostError, HostFileMissingError
from microshift_telemetry.sources.image_stores import STORAGE_CONFS, additional_stores
from microshift_telemetry.sources.outcome import NoData, Readings, SourceError
from microshift_telemetry.sources.shared_reads import SharedReads

STORE = "var/lib/containers/storage"
IMAGE_STORE = f"{STORE}/overlay-images"
IMAGES_FILE = f"{IMAGE_STORE}/images.json"

NODE_IMAGES = 50
"""A node lists no more images by default (the kubelet's `nodeStatusMaxImages`)."""

MAX_IMAGE_CHARS = 1 << 20
"""One entry of the list has 2 to 20 KB."""

MORE_ON_THE_NODE = (
    f"the node lists more images than /{IMAGES_FILE}: images in an additional image store are not "
    f"counted; mount that store and /{STORAGE_CONFS[0]} into the pod"
)

_BLANKS = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class ImageCount:
    """Images on disk, counted in files since `node.status.images` is cut at 50.

    The note names each additional store that can't be read. Where no configuration is mounted that
    would name one, the node may still list more images than were found.

    A missing file is an error, not `NoData`: the image that this operator runs from is in the
    list, so without one the mount is lost, which an admin must see. Only a node whose runtime is
    another one, not MicroShift's then, has no such list.
    """

    name = "images"
    kind = Kind.DYNAMIC
    series = (Series.of(RESOURCE_COUNT.name, resource="images"),)

    async def collect(self, shared: SharedReads) -> Readings | NoData:
        """Count the images.

        Raises:
            SourceError: the file of CRI-O's own store is not a JSON array.
            HostError: it is not there, or can't be read.
        """
        try:
            count, notes = await count_images(shared.host)
        except HostFileMissingError:
            runtime = await shared.foreign_runtime()
            if runtime:
                return NoData(f"{runtime} keeps no list of images on the disk")
            raise
        if not notes and count < NODE_IMAGES and count < await _listed(shared):
            notes = [MORE_ON_THE_NODE]
        reading = Reading(Series.of(RESOURCE_COUNT.name, resource="images"), float(count))
        return Readings((reading,), "; ".join(notes))


async def count_images(host: Host) -> tuple[int, list[str]]:
    """Count the images of every store that can be read; a note names each that can't.

    Raises:
        SourceError: the list of CRI-O's own store is not a JSON array.
        HostError: it is not there, or can't be read.
    """
    count, notes = await host.ask(IMAGE_STORE, partial(_count, STORE)), []
    try:
        stores = await host.ask(STORAGE_CONFS[0], additional_stores)
    except HostError as error:
        stores, notes = (), [f"{error}: images of additional stores are not counted"]
    for store in stores:
        try:
            count += await host.ask(store, partial(_count, store))
        except (HostError, SourceError) as error:
            notes.append(f"{error}: the images of this additional store are not counted")
    return count, notes


async def _listed(shared: SharedReads) -> int:
    """Tell how many images the node lists; it never fails, since it only makes a note."""
    try:
        return (await shared.node()).images
    except TelemetryError:
        return 0


def _count(store: str, host: Host) -> int:
    """Count the images of one store.

    Raises:
        SourceError: its list is not a JSON array.
        HostError: its list is not there, or can't be read.
    """
    name = f"{store}/overlay-images/images.json"
    try:
        return count_elements(host.read_chunks(name))
    except ValueError as error:
        raise SourceError(f"/{name}: {error}") from error


def count_elements(chunks: Iterable[bytes]) -> int:
    """Count the elements of a JSON array, holding one element and one chunk at a time.

    Raises:
        ValueError: it is not one JSON array in UTF-8, or an element exceeds `MAX_IMAGE_CHARS`.
    """
    reader = _ArrayReader(_decode(chunks))
    reader.expect("[")
    if reader.skip("]"):
        count = 0
    else:
        count = 1
        while reader.skip_element() == ",":
            count += 1
    reader.expect_end()
    return count


class _ArrayReader:
    """A window onto the text that grows until what is asked for is in it."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._window = ""
        self._at = 0

    def expect(self, char: str) -> None:
        if not self.skip(char):
            raise ValueError("not a JSON array")

    def skip(self, char: str) -> bool:
        """Pass `char` if it comes next, blanks before it included."""
        self._pass_blanks()
        found = self._window.startswith(char, self._at)
        self._at += found
        return found

    def expect_end(self) -> None:
        self._pass_blanks()
        if self._at < len(self._window):
            raise ValueError("unexpected data after the JSON array")

    def skip_element(self) -> str:
        """Pass one element and tell the `,` or `]` behind it.

        Only that delimiter shows that an element is whole: `1` may be the start of `1.5`.
        """
        self._pass_blanks()
        while (end := _element_end(self._window, self._at)) is None:
            if len(self._window) - self._at > MAX_IMAGE_CHARS:
                raise ValueError(
                    f"an element is malformed or longer than {MAX_IMAGE_CHARS} characters"
                )
            if not self._grow():
                raise ValueError("a malformed or truncated JSON array")
        self._at = end + 1
        return self._window[end]

    def _pass_blanks(self) -> None:
        self._at = _blanks_end(self._window, self._at)
        while self._at == len(self._window) and self._grow():
            self._at = _blanks_end(self._window, self._at)

    def _grow(self) -> bool:
        piece = next(self._pieces, None)
        self._window = self._window[self._at :] + (piece or "")
        self._at = 0
        return piece is not None


def _element_end(text: str, start: int) -> int | None:
    """Tell where the delimiter behind the element at `start` stands, `None` without both."""
    try:
        _, end = _DECODER.raw_decode(text, start)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ValueError:
        return None
    end = _blanks_end(text, end)
    return end if text[end : end + 1] in {",", "]"} else None


def _blanks_end(text: str, start: int) -> int:
    match = _BLANKS.match(text, start)
    return match.end() if match else start


def _decode(chunks: Iterable[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
