import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.delivery.backoff import CAP_SECONDS, retry_delay_seconds

shares = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("failures", "longest"), [(1, 1), (2, 2), (3, 4), (6, 32), (9, 256), (10, 512)]
)
def test_the_longest_wait_doubles_with_every_failure(failures: int, longest: float) -> None:
    assert retry_delay_seconds(failures, 0.0) == 0
    assert retry_delay_seconds(failures, 0.5) == longest / 2


@given(st.integers(11, 10**9), shares)
def test_at_the_cap_the_wait_is_a_constant_quarter_of_an_hour(failures: int, random: float) -> None:
    assert retry_delay_seconds(failures, random) == CAP_SECONDS == 15 * 60


@given(st.integers(1, 10), shares)
def test_below_the_cap_the_wait_is_anywhere_up_to_its_longest(failures: int, random: float) -> None:
    assert 0 <= retry_delay_seconds(failures, random) < 2 ** (failures - 1) < CAP_SECONDS
