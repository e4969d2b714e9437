"""Seeds that have found something, in runs as short as possible."""

from typing import NamedTuple


class Seed(NamedTuple):
    """A run."""

    seed: int
    days: float
    why: str

    def __str__(self) -> str:
        return f"{self.seed}-{self.why}"


FOUND = (
    Seed(5005, 2.0, "conflict taken for delivery"),
    Seed(5010, 2.0, "dropped without a witness"),
)
