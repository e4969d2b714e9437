"""What is known of earlier offers of the passes that wait, by their place in the backlog."""

from array import array
from collections.abc import Iterator, Sequence

from microshift_telemetry.buffer.columns import reordered
from microshift_telemetry.buffer.form import Form
from microshift_telemetry.buffer.records import Marked


class Marks:
    """In which form a receiver may have each pass, and whether it counts as perhaps stored."""

    def __init__(self) -> None:
        """Start empty."""
        self._forms = array("H")
        """0, or one more than the place in `_known_forms`."""
        self._maybe_stored = array("B")
        self._known_forms: list[Form] = []

    def __eq__(self, other: object) -> bool:
        """Compare what is known, however it came about."""
        if not isinstance(other, Marks):
            return NotImplemented
        places = range(len(self._forms))
        return (
            self._maybe_stored == other._maybe_stored
            and len(self._forms) == len(other._forms)
            and all(self.form(at) == other.form(at) for at in places)
        )

    @property
    def count(self) -> int:
        """How many passes a receiver may have."""
        return len(self._forms) - self._forms.count(0)

    def form(self, at: int) -> Form | None:
        """Give the form in which a receiver may have a pass; None when it has none of it."""
        form = self._forms[at]
        return self._known_forms[form - 1] if form else None

    def is_maybe_stored(self, at: int) -> bool:
        """Tell whether a pass counts as perhaps stored."""
        return bool(self._maybe_stored[at])

    def told(self, times_ms: Sequence[int]) -> Iterator[Marked]:
        """Give every mark, with the instants of the passes that have the same one."""
        for place, form in enumerate(self._known_forms, start=1):
            for flag in (False, True):
                rows = zip(times_ms, self._forms, self._maybe_stored, strict=True)
                same = tuple(t for t, at, maybe in rows if at == place and bool(maybe) is flag)
                if same:
                    yield Marked(same, form, flag)

    def insert(self, at: int) -> None:
        """Make room for a pass that no receiver has."""
        self._forms.insert(at, 0)
        self._maybe_stored.insert(at, 0)

    def reorder(self, order: Sequence[int]) -> None:
        """Put the passes into another order."""
        self._forms = reordered(self._forms, order)
        self._maybe_stored = reordered(self._maybe_stored, order)

    def cut(self, rows: slice) -> None:
        """Forget passes."""
        del self._forms[rows]
        del self._maybe_stored[rows]

    def set(self, places: Sequence[int], form: Form, *, is_maybe_stored: bool) -> None:
        """Mark passes; one that counts as perhaps stored goes on to."""
        number = self._number(form) if places else 0
        for at in places:
            self._forms[at] = number
            self._maybe_stored[at] |= is_maybe_stored

    def _number(self, form: Form) -> int:
        """Find or make a form's number; one that no pass has is given away."""
        if form in self._known_forms:
            return self._known_forms.index(form) + 1
        used = set(self._forms)
        for number in range(1, len(self._known_forms) + 1):
            if number not in used:
                self._known_forms[number - 1] = form
                return number
        self._known_forms.append(form)
        return len(self._known_forms)
