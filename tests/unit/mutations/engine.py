"""Damage by structure: the same seed makes the same mutants of documents, lines, frames, bytes."""

import copy
import json
from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

_TOKENS = (b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b"null", b"1e9", b"-", b" ", b"\n")
_BYTES = (b"\x00", b"\xff", b"\xc3", b"\r\n", b"\xef\xbb\xbf", b"\x7f")


class Mutator:
    """A seeded source of mutants."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311  # repeats, hides nothing

    def once_in(self, times: int) -> bool:
        """Tell, once in so many times, to do it."""
        return self.chance.randrange(times) == 0

    def one_of(self, choices: Sequence[T]) -> T:
        return self.chance.choice(choices)

    def document(self, seeds: Sequence[object], tricky: Sequence[object]) -> Any:
        """Change a JSON document in a few places, each time by its own structure."""
        root = {"": copy.deepcopy(self.one_of(seeds))}
        for _ in range(self.chance.randint(0, 2)):
            if places := _places(root):
                self._change(*self.one_of(places), tricky)
        return root.get("")

    def json(self, seeds: Sequence[object], tricky: Sequence[object]) -> bytes:
        """Write a changed document down; one in three is damaged as bytes too."""
        text = json.dumps(
            self.document(seeds, tricky),
            ensure_ascii=self.once_in(2),
            indent=self.one_of([None, None, 1]),
        ).encode("utf-8", errors="surrogatepass")
        return self.damaged(text) if self.once_in(3) else text

    def lines(self, text: str, others: Sequence[str]) -> str:
        """Take out, repeat, replace, join and reorder lines."""
        lines = text.split("\n")
        for _ in range(self.chance.randint(0, 3)):
            at = self.chance.randrange(len(lines))
            match self.chance.randrange(5):
                case 0:
                    lines[at : at + 1] = []
                case 1:
                    lines.insert(at, self.one_of(lines))
                case 2:
                    lines[at : at + 2] = ["".join(lines[at : at + 2])]
                case 3:
                    self.chance.shuffle(lines)
                case _:
                    lines.insert(at, self.one_of(others))
            lines = lines or [""]
        return "\n".join(lines)

    def damaged(self, data: bytes, tokens: Sequence[bytes] = _TOKENS) -> bytes:
        """Cut, copy, insert or overwrite in a few places."""
        damaged = bytearray(data)
        for _ in range(self.chance.randint(1, 3)):
            begin = self.chance.randint(0, len(damaged))
            end = min(len(damaged), begin + self.chance.randint(0, 6))
            match self.chance.randrange(5):
                case 0:
                    del damaged[begin:]
                case 1:
                    damaged[begin:begin] = damaged[begin:end]
                case 2:
                    damaged[begin:end] = self.one_of(tokens)
                case 3:
                    damaged[begin:begin] = self.one_of([*tokens, *_BYTES])
                case _:
                    del damaged[begin:end]
        return bytes(damaged)

    def pieces(self, whole: Sequence[bytes]) -> list[bytes]:
        """Take out, repeat, exchange, cut or damage pieces, with noise between some."""
        pieces = list(whole)
        for _ in range(self.chance.randint(0, 3)):
            at = self.chance.randrange(len(pieces))
            match self.chance.randrange(6):
                case 0:
                    pieces[at] = b""
                case 1:
                    pieces.insert(at, self.one_of(pieces))
                case 2:
                    other = self.chance.randrange(len(pieces))
                    pieces[at], pieces[other] = pieces[other], pieces[at]
                case 3:
                    pieces[at] = pieces[at][: self.chance.randint(0, len(pieces[at]))]
                case 4:
                    pieces.insert(at, self.chance.randbytes(self.chance.randint(1, 40)))
                case _:
                    pieces[at] = self.damaged(pieces[at])
        return pieces

    def _change(self, parent: Any, key: Any, tricky: Sequence[object]) -> None:
        value = parent[key]
        match self.chance.randrange(6):
            case 0:
                del parent[key]
            case 1 | 2:
                parent[key] = copy.deepcopy(self.one_of(tricky))
            case 3:
                parent[key] = self.one_of([[value], {"": value}, str(value)])
            case 4 if isinstance(value, list) and value:
                value.append(copy.deepcopy(self.one_of(value)))
            case _ if isinstance(parent, dict):
                parent[str(key) + self.one_of(["s", " ", "\n"])] = parent.pop(key)
            case _:
                parent[key] = None


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below a value."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    here = [(value, key) for key in keys]
    return here + [place for key in keys for place in _places(value[key])]
