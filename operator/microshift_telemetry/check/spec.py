"""Whether an object asks for reports at all."""

from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.controller.parts import Parts
from microshift_telemetry.spec.duration import format_duration


def spec_line(parts: Parts) -> Line:
    """Tell what the spec asks for, and what stands in its way."""
    specs, twin = parts.specs, parts.hindrances.twin
    spec = specs.newest
    if spec is None:
        remedy = "correct the field; see `kubectl explain tcfg.spec`"
        return Line(Hop.SPEC, Verdict.FAILED, str(specs.error), remedy)
    if not spec.enabled:
        seen = "spec.status is Disabled: no samples are taken and no reports are sent"
        return Line(Hop.SPEC, Verdict.OK, seen, "to opt in, set spec.status to Enabled")
    if twin is not None:
        return Line(
            Hop.SPEC,
            Verdict.FAILED,
            f"the older TelemetryConfig {twin} already writes the same series to the same receiver",
            "delete one of the two, or change spec.endpoint, spec.headers or spec.externalLabels",
        )
    seen = (
        f"Enabled: samples every {format_duration(spec.sampling_interval)}, a report every "
        f"{format_duration(spec.sending_interval)}"
    )
    if specs.is_settling and (wait := specs.wait_seconds):
        seen += f"; the spec was edited and takes effect in {wait:.0f} s"
    return Line(Hop.SPEC, Verdict.OK, seen)
