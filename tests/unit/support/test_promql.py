import pytest

from tests.support.promql import Selection, selections


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        ("a:b:c", [("a:b:c", False)]),
        ('rate(a{x="}[(", y!~"b"}[5m])', [("a", True)]),
        (
            "sum by (x, y) (a) / on (z) group_left (q) max without (w) (b[1d])",
            [("a", False), ("b", True)],
        ),
        ("count(a) by (x) unless on (_id) b offset -1d5m", [("a", False), ("b", False)]),
        ("1e3 * a ^ 0 and b <= bool 100", [("a", False), ("b", False)]),
        ('label_replace(a, "b", "$1", "c", "d[0-9]")', [("a", False)]),
        ("max_over_time(timestamp(a)[1d:5m] offset -1d) - time()", [("a", False)]),
        ("_a or :b", [("_a", False), (":b", False)]),
    ],
)
def test_selectors_are_found(expr: str, found: list[tuple[str, bool]]) -> None:
    assert selections(expr) == [Selection(*each) for each in found]


@pytest.mark.parametrize(
    ("expr", "said"),
    [("a{", "not closed"), ("a ? b", "not PromQL"), ('{x="y"}', "without a metric")],
)
def test_what_is_no_expression_is_told(expr: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        selections(expr)
