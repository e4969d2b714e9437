import pytest

from tests.demo.verification import newest_pass

POD_COUNT = (("__name__", "pods"),)
VERSION = (("__name__", "version"),)


def test_the_newest_pass_and_the_one_before_are_found() -> None:
    newest = newest_pass(
        {POD_COUNT: [(1000, 1.0), (2000, 2.0), (3000, 5.0)], VERSION: [(1000, 1.0), (3000, 1.0)]}
    )

    assert (newest.time_ms, newest.before_ms) == (3000, 2000)
    assert newest.values == {POD_COUNT: 5.0, VERSION: 1.0}


def test_a_series_that_is_not_in_the_newest_pass_is_left_out() -> None:
    newest = newest_pass({POD_COUNT: [(1000, 1.0), (2000, 2.0)], VERSION: [(1000, 1.0)]})

    assert newest.values == {POD_COUNT: 2.0}


def test_the_first_pass_has_none_before_it() -> None:
    assert newest_pass({POD_COUNT: [(1000, 1.0)]}).before_ms is None


def test_an_empty_prometheus_is_an_error() -> None:
    with pytest.raises(ValueError, match="no sample"):
        newest_pass({})
