"""How a test says that its event loop's time is not the world's."""

import pytest

IN_FAKE_TIME = pytest.mark.looptime(noop_cycles=1)
"""Nothing here has real I/O that the loop would have to wait for."""
