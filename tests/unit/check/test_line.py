"""A finding is what failed first; what lies behind it was not reached."""

import pytest

from microshift_telemetry.check.line import Check, Hop, Line, Verdict, completed

OK, WARNING, FAILED = Verdict.OK, Verdict.WARNING, Verdict.FAILED


def checked(**verdicts: Verdict) -> Check:
    lines = [Line(Hop[name], verdict) for name, verdict in verdicts.items()]
    return Check("cluster", completed(lines))


@pytest.mark.parametrize(
    ("verdicts", "hop", "verdict"),
    [
        pytest.param({"SPEC": OK, "CLOCK": WARNING, "DNS": FAILED}, Hop.DNS, FAILED, id="failed"),
        pytest.param({"CLOCK": WARNING, "DNS": WARNING}, Hop.CLOCK, WARNING, id="warnings"),
        pytest.param({"SPEC": OK, "REPORTS": OK}, Hop.REPORTS, OK, id="all well"),
        pytest.param({"SPEC": OK, "CLOCK": OK}, Hop.SPEC, OK, id="Disabled"),
    ],
)
def test_it_is_read_off_the_lines(verdicts: dict[str, Verdict], hop: Hop, verdict: Verdict) -> None:
    check = checked(**verdicts)

    assert (check.finding.hop, check.verdict) == (hop, verdict)


def test_where_an_owner_has_opted_out_that_is_what_to_read() -> None:
    said = Line(Hop.CREDENTIALS, OK, "opted out", "set spec.endpoint")

    assert Check("cluster", completed([Line(Hop.SPEC, OK), said])).finding == said


def test_what_lies_behind_the_last_line_was_not_reached() -> None:
    lines = checked(SPEC=OK, TLS=FAILED).lines

    assert [line.hop for line in lines if line.verdict is Verdict.NOT_REACHED] == [
        *(Hop.TOKEN, Hop.RECEIVER, Hop.TIME, Hop.GATEWAY, Hop.REPORTS)
    ]


def test_without_any_line_nothing_was_reached() -> None:
    assert {line.verdict for line in completed([])} == {Verdict.NOT_REACHED}
