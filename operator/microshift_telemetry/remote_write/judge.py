"""A receiver's answer to a write request → what it means for the samples in it."""

from microshift_telemetry.sending.answer import Answer, Verdict


def judge(answer: Answer) -> Verdict:
    """Tell what an answer means; redirects are never followed.

    Source: remote write 1.0, "Retries & Backoff", for 2xx, 4xx and 5xx. Telemeter answers 401 also
    when its authoriser is down, Thanos 409 after storing what it could, Prometheus and Mimir 400,
    others 422 to samples they refuse, Prometheus before 2.50 500. A page with a 2xx is a captive
    portal's.
    """
    match answer.status_code:
        case code if 200 <= code <= 299:
            return Verdict.WRONG_ENDPOINT if answer.is_page else Verdict.TAKEN
        case 401 | 403 | 407:
            return Verdict.UNAUTHORIZED
        case 409:
            return Verdict.CONFLICT
        case 400 | 422:
            return Verdict.REFUSED
        case 413:
            return Verdict.TOO_LARGE
        case 500:
            return Verdict.SERVER_ERROR
        case code if code in {408, 429} or 501 <= code <= 599:
            return Verdict.RETRY
        case _:
            return Verdict.WRONG_ENDPOINT
