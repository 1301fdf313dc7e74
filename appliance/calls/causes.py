"""SIP answers and what they mean for a call: a table each way. Pure; sources RFC 3261 section 21, RFC 5079."""

from __future__ import annotations

from appliance.calls.call import Result
from appliance.calls.ports import Closed

_RESULTS = {
    403: Result.REJECTED,
    404: Result.FAILED,
    408: Result.NO_ANSWER,
    410: Result.FAILED,
    433: Result.REJECTED,
    480: Result.NO_ANSWER,
    484: Result.FAILED,
    486: Result.BUSY,
    487: Result.CANCELLED,
    488: Result.FAILED,
    503: Result.FAILED,
    600: Result.BUSY,
    603: Result.REJECTED,
    604: Result.FAILED,
}

_CAUSES = {
    "call.cause.nobody_registered": Result.UNREACHABLE,
    "call.cause.nobody_free": Result.NO_ANSWER,
    "call.cause.busy": Result.BUSY,
    **{
        f"call.cause.hours_{period}": Result.AFTER_HOURS
        for period in ("closed", "lunch", "holiday", "night", "special")
    },
    "call.cause.blocked": Result.BLOCKED,
    "call.cause.menu_ended": Result.MENU,
}

_ANSWERS = {
    Result.BUSY: 486,
    Result.NO_ANSWER: 480,
    Result.UNREACHABLE: 480,
    Result.REJECTED: 603,
    Result.CANCELLED: 480,
}

_ALREADY_REFUSALS = range(400, 500)


def result_of(code: int, cause: str = "", *, rang: bool = False) -> Result:
    """Return what a final answer means. A side that never rang and gives no answer is unreachable."""
    if cause:
        return _CAUSES.get(cause, Result.REFUSED)
    result = _RESULTS.get(code, Result.FAILED)
    if result is Result.NO_ANSWER and not rang:
        return Result.UNREACHABLE
    return result


def cause_of(closed: Closed) -> str:
    """Return why a call ended that came while the office was closed."""
    return f"call.cause.hours_{closed.period}"


def answer_for(result: Result, code: int) -> int:
    """Return the answer that the caller gets: the far side's own where that says more than ours."""
    if result in _ANSWERS:
        return _ANSWERS[result]
    return code if code in _ALREADY_REFUSALS and code not in (401, 407, 487) else 500
