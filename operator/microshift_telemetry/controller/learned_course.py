"""What rounds have taught, and by which clock: times of one that was set since say nothing."""

from microshift_telemetry.buffer.records import Epoch
from microshift_telemetry.controller.timekeeping import Timekeeper
from microshift_telemetry.delivery.course import Course


class LearnedCourse:
    """The course of the rounds to one destination."""

    def __init__(self, timekeeper: Timekeeper) -> None:
        """Know nothing yet."""
        self._timekeeper = timekeeper
        self._course = Course()
        self._epoch: Epoch | None = None

    @property
    def course(self) -> Course:
        """What the next round begins with."""
        is_same = self._epoch == self._timekeeper.epoch
        return self._course if is_same else self._course.without_times()

    def begin(self) -> Course:
        """Give what a round begins with; its times are of the clock of now."""
        self._course, self._epoch = self.course, self._timekeeper.epoch
        return self._course

    def end(self, course: Course) -> None:
        """Take what a round has taught."""
        self._course = course

    def forget(self) -> None:
        """Begin anew."""
        self._course = Course()
