"""Seeds that have found something, in runs as short as possible."""

from typing import NamedTuple

from tests.search.plan import ANY_UPLOAD


class Seed(NamedTuple):
    """A run."""

    seed: int
    days: float
    why: str
    product: str | None = None
    """None: the one that is drawn."""

    def __str__(self) -> str:
        return f"{self.seed}-{self.why}"


FOUND = (
    Seed(122, 3.0, "a burst limit learned over rounds"),
    Seed(5096, 2.0, "a burst limit after 401"),
    Seed(6083, 2.0, "a burst limit after silence"),
    Seed(5088, 2.0, "tries at a closed port"),
    Seed(5040, 3.0, "tries after a restart"),
    Seed(1029, 28.0, "two power cuts in a row"),
    Seed(1060, 28.0, "an opening from before an opt-out"),
    Seed(20038, 28.0, "an opt-out before the journal was read"),
    Seed(6, 3.0, "new passes in one request with some whose answer was lost"),
    Seed(50038, 28.0, "413 to everything, and restarts"),
    # What the check has got wrong.
    Seed(20059, 28.0, "a window that moved on while 500 was being understood"),
    Seed(50024, 28.0, "an extra pass right before one of the grid"),
    Seed(51105, 28.0, "an outage that is met a day after its beginning"),
    Seed(51313, 28.0, "an opt-out in the moment of a restart"),
    Seed(50905, 28.0, "an edit that the next report meets"),
    Seed(51121, 28.0, "an outage while a burst limit was being learned"),
    Seed(50417, 28.0, "an opt-out while 500 was being understood"),
    Seed(50598, 28.0, "a week of outages, and a day more"),
    Seed(100016, 28.0, "a long backlog behind a gateway's limit, beside an outage"),
    Seed(100044, 28.0, "the same, beside a captive portal"),
    Seed(100062, 28.0, "two edits on one day of 413"),
    Seed(100237, 28.0, "an opt-out while a backlog went in bits"),
    Seed(100394, 28.0, "an edit that a power cut kept from settling"),
    Seed(100480, 28.0, "an edit that a restart lets settle anew"),
    Seed(100597, 28.0, "an opt-out soon after a fresh pass was taken"),
    Seed(100454, 28.0, "an edit of the path while a backlog goes in bits"),
    Seed(120613, 28.0, "a pass that is 30 minutes old on its way"),
    Seed(121343, 28.0, "503 in a moment in which 500 was being understood"),
    Seed(130090, 28.0, "a pass that is asked for 5 ms before one of the grid"),
    Seed(140134, 28.0, "an edit of the unit soon after one of the host"),
    Seed(160236, 28.0, "a pass that is made while a round goes on"),
    # What a sender without a rule does wrong, the real one must not.
    Seed(5016, 2.0, "503 and a proxy's limit"),
    Seed(5020, 2.0, "404 and a proxy's limit"),
    Seed(5022, 2.0, "resets and a burst limit"),
    Seed(5001, 2.0, "a stale fresh pass"),
    Seed(5003, 2.0, "a stale fresh pass after lost answers"),
    Seed(5007, 2.0, "a stale fresh pass and 500"),
    Seed(5010, 2.0, "dropped without a witness, by 409"),
    Seed(5028, 2.0, "dropped without a second look"),
    Seed(5038, 2.0, "dropped without a witness, by 413"),
    Seed(5005, 2.0, "a conflict of Thanos"),
    Seed(5023, 2.0, "a conflict behind telemeter"),
    Seed(5026, 2.0, "a conflict that is counted"),
    Seed(6694, 2.0, "another unit after a lost answer, 2.42"),
    Seed(7100, 2.0, "another unit after a lost answer, Cortex"),
    Seed(7794, 2.0, "another unit after a lost answer, in parts"),
    Seed(8049, 2.0, "another unit after two lost answers"),
    # Of uploads: what the sender has got wrong.
    Seed(9, 28.0, "an edit of the path right after an upload", ANY_UPLOAD),
    Seed(5032, 3.0, "two access tokens that the server ends on one day", ANY_UPLOAD),
    Seed(1026, 28.0, "an ended token while no other is to be had", ANY_UPLOAD),
    # What the check has got wrong.
    Seed(19, 28.0, "a minute with another server", ANY_UPLOAD),
    Seed(24, 28.0, "a minute of an opt-out", ANY_UPLOAD),
)
