"""In which form passes go out, and how a round of them is laid out."""

from datetime import datetime

from microshift_telemetry.buffer.form import Form, Shape
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.clock import milliseconds
from microshift_telemetry.delivery.selection import Layout
from microshift_telemetry.delivery.steps import Offer
from microshift_telemetry.report.aggregation import is_averaged
from microshift_telemetry.report.report import passes_per_request
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.spec.effective import Effective


def form_of(
    spec: Effective, cluster_id: str, labels: Labels, ledger: Ledger, now: datetime
) -> Form:
    """Tell how what was never offered before goes out now, with these external labels."""
    shape = Shape(
        cluster_id=cluster_id,
        usage_unit=spec.usage_unit,
        external_labels=labels,
        excluded=spec.excluded,
        anonymized=spec.anonymized,
    )
    learned = ledger.remembered.learned
    return Form(shape, is_averaged(spec.aggregation, learned, milliseconds(now)))


def form_in(ledger: Ledger, form: Form, offer: Offer) -> Form:
    """Give what was offered before the form that it had then, without what is forbidden by now."""
    before = None if offer.is_fresh else ledger.backlog.form_of(offer.times_ms[0])
    if before is None:
        return form
    return Form(before.shape.narrowed(form.shape), before.is_averaged)


def layout_of(ledger: Ledger, form: Form, newest_ms: int | None, *, is_first: bool) -> Layout:
    """Lay out a round of what waits."""
    return Layout(
        ledger=ledger,
        form=form,
        full_size=lambda each: passes_per_request(len(ledger.backlog.series()), each.shape),
        newest_ms=newest_ms,
        is_first=is_first,
    )
