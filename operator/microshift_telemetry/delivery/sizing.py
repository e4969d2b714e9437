"""What a round learns of how large a request may be (`docs/delivery.md`, rule 9)."""

from microshift_telemetry.delivery.course import Size


class Sizing:
    """The size of the next request, and what this round has shown of larger and smaller ones."""

    def __init__(self, before: Size) -> None:
        """Know what the rounds before have taught."""
        self._before = before
        self._size = before
        self._before_doubt: Size | None = None
        self._largest_judged = 0
        self.largest_taken = 0
        """Passes of the largest request that was taken; 0 while none was."""
        self.is_no_reason = False
        """The smallest request there can be was too large as well."""

    @property
    def size(self) -> Size:
        """How large the next request may be."""
        return self._size

    def lasting(self, *, is_waiting: bool) -> Size:
        """Give what the next round begins with.

        Where a single pass fared no better, size was not the reason.
        """
        return (self._before_doubt if is_waiting else None) or self._size

    def note_taken(self, passes: int, now_ms: int, *, is_alone: bool) -> None:
        """Learn from a request that was taken."""
        self._before_doubt = None
        self.largest_taken = max(self.largest_taken, 1 if is_alone else passes)
        if not is_alone:
            self.is_no_reason = False
            self._size = self._size.after_taken(passes, now_ms)

    def note_judged(self, passes: int) -> None:
        """Learn that a request was refused for what is in it: it got through."""
        self._largest_judged = max(self._largest_judged, passes)

    def note_too_large(self, passes: int, now_ms: int, *, is_alone: bool) -> None:
        """Seek a smaller size, unless nothing gets through however small it is.

        One pass that is too large beside others that are taken says nothing of these.
        """
        is_smallest = is_alone or passes == 1
        self.is_no_reason |= is_smallest and not self.largest_taken
        if self.is_no_reason:
            self._size = Size()
        elif not is_smallest:
            self._size = self._size.smaller_than(passes, now_ms)

    def doubt(self, passes: int, now_ms: int, *, is_lasting: bool) -> None:
        """Take a request for too large that may be; for this round alone, or for the next ones."""
        if not is_lasting:
            self._before_doubt = self._before_doubt or self._size
        self._size = self._size.smaller_than(passes, now_ms)

    def has_smaller_through(self, passes: int) -> bool:
        """Tell whether this round has shown that something smaller gets through.

        What was refused as too old got through as well.
        """
        return 0 < max(self.largest_taken, self._largest_judged) < passes

    def is_sought(self, passes: int) -> bool:
        """Tell whether a size is sought from round to round, where the receiver asks to wait.

        It is where none has gone through yet, and where a search among refused requests has used
        up what the receiver takes at a time.
        """
        is_first_try = self._before.limit is not None and self._before.taken == 0
        is_used_up = self._largest_judged > 0 and not self.largest_taken
        return passes > 1 and (is_first_try or is_used_up)
