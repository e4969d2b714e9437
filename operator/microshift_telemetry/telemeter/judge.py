"""An answer to an upload → what it means for the report in it (`docs/telemeter-upload.md`)."""

from microshift_telemetry.sending.answer import Answer, Verdict


def judge(answer: Answer) -> Verdict:
    """Tell what an answer means; redirects are never followed.

    An upload has one sample a series, so there are no older ones that could be refused apart, and
    no request is smaller: what is refused waits for the next pass. 500 is never a verdict on what
    is old.

    Source: telemeter-server, `POST /upload`: it answers 401 to a token that has ended, 429 to an
    upload that comes too soon, 400 to one that lacks a label, 500 also to one of another cluster,
    502 when what stands behind is away. A page with a 2xx is a captive portal's.
    """
    match answer.status_code:
        case code if 200 <= code <= 299:
            return Verdict.WRONG_ENDPOINT if answer.is_page else Verdict.TAKEN
        case 401 | 403 | 407:
            return Verdict.UNAUTHORIZED
        case 400 | 409 | 422:
            return Verdict.REFUSED
        case 413:
            return Verdict.TOO_LARGE
        case code if code in {408, 429} or 500 <= code <= 599:
            return Verdict.RETRY
        case _:
            return Verdict.WRONG_ENDPOINT
