"""Container images on disk: the entries of CRI-O's own list of them."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator

from microshift_telemetry.sample.metrics import RESOURCE_COUNT, Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.host import HostFileMissingError
from microshift_telemetry.sources.outcome import NoData, Readings, SourceError
from microshift_telemetry.sources.shared_reads import SharedReads

IMAGE_STORE = "var/lib/containers/storage/overlay-images"
IMAGES_FILE = f"{IMAGE_STORE}/images.json"

MAX_IMAGE_CHARS = 1 << 20
"""One entry of the list has 2 to 20 KB."""

_BLANKS = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class ImageCount:
    """Images on disk, counted in the file since `node.status.images` is cut at 50.

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
            SourceError: the file is not a JSON array.
            HostError: the file is not there, or can't be read.
        """
        try:
            count = count_elements(shared.host.read_chunks(IMAGES_FILE))
        except HostFileMissingError:
            runtime = await shared.foreign_runtime()
            if runtime:
                return NoData(f"{runtime} keeps no list of its images on the disk")
            raise
        except ValueError as error:
            raise SourceError(f"/{IMAGES_FILE}: {error}") from error
        return Readings((Reading(Series.of(RESOURCE_COUNT.name, resource="images"), float(count)),))


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
            raise ValueError("something follows the JSON array")

    def skip_element(self) -> str:
        """Pass one element and tell the `,` or `]` behind it.

        Only that delimiter shows that an element is whole: `1` may be the start of `1.5`.
        """
        self._pass_blanks()
        while (end := _element_end(self._window, self._at)) is None:
            if len(self._window) - self._at > MAX_IMAGE_CHARS:
                raise ValueError(f"an element is broken or has more than {MAX_IMAGE_CHARS} chars")
            if not self._grow():
                raise ValueError("a broken JSON array, or only the beginning of one")
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
