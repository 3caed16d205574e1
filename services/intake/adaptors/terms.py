"""Terms of imprisonment in months, rounded up, from what a court clerk entered.

Sources: hmcts/cpp-context-hearing, reference data of result definitions (labels and references of prompts) and JudicialResultPromptDurationHelper
(primary and secondary durations). Rounding up can only make a suspended sentence look too long to be one, which is then a question for a person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from services.intake.adaptors.hearing import Answered, Prompt, Result

_DAYS_A_MONTH = 365.25 / 12
_QUANTITY = re.compile(r"(\d{1,6})\s*(years?|months?|weeks?|days?|hours?|[YMWDH])\b", re.ASCII | re.IGNORECASE)
_ONLY_QUANTITIES = re.compile(rf"(?:{_QUANTITY.pattern}[\s,]*(?:and\s+)?)+", re.ASCII | re.IGNORECASE)

#: Prompts, reduced to their letters, that give the term of this very result, of all results together, and how long it is suspended.
_OWN = frozenset(
    {"imprisonmentperiod", "custodialperiod", "custodyperiod", "detentionperiod", "periodofdetentionandtraining", "lesserterm", "lessertermimposed"}
)
_TOTAL = frozenset({"totalcustodialperiod", "totalimprisonmentperiod"})
_SUSPENDED = frozenset({"suspendedperiod", "operationalperiod"})


def imprisonment_months(result: Answered) -> int | None:
    """The term that `result` itself imposes, else the total that it states; None when it states none."""
    own = _months_of(result.judicial_result_prompts, _OWN)
    return _months_of(result.judicial_result_prompts, _TOTAL) if own is None else own


def suspended_months(result: Answered) -> int | None:
    """For how long `result` is suspended; None when it does not say."""
    return _months_of(result.judicial_result_prompts, _SUSPENDED)


def unread_terms(result: Answered) -> tuple[str, ...]:
    """What was answered as a term or a period of suspension and cannot be read as one."""
    answers = _answers(result.judicial_result_prompts, _OWN | _TOTAL | _SUSPENDED)
    return tuple(sorted(answer[:100] for answer in answers if months(answer) is None))


def primary_months(result: Result) -> int | None:
    """The result's primary duration: the term, where the result is a custodial one."""
    duration = result.duration_element
    return None if duration is None else _of_unit(duration.primary_duration_value, duration.primary_duration_unit)


def secondary_months(result: Result) -> int | None:
    """The result's secondary duration: for how long it is suspended, where it is a suspended sentence."""
    duration = result.duration_element
    return None if duration is None else _of_unit(duration.secondary_duration_value, duration.secondary_duration_unit)


def months(text: str) -> int | None:
    """`7 Months`, `4 Months 7 Weeks`, `1 Years` in months, rounded up; None when it says anything else."""
    if _ONLY_QUANTITIES.fullmatch(text.strip()) is None:
        return None
    whole, days = 0, 0.0
    for count, unit in _QUANTITY.findall(text):
        match unit[0].upper():
            case "Y":
                whole += 12 * int(count)
            case "M":
                whole += int(count)
            case "W":
                days += 7 * int(count)
            case "D":
                days += int(count)
            case _:
                days += int(count) / 24
    return whole + math.ceil(days / _DAYS_A_MONTH)


def _months_of(prompts: Iterable[Prompt], wanted: frozenset[str]) -> int | None:
    # A term may be split over prompts of one kind (years in one, months in another); the same answer given twice is one answer.
    found = [term for term in map(months, _answers(prompts, wanted)) if term is not None]
    return sum(found) if found else None


def _answers(prompts: Iterable[Prompt], wanted: frozenset[str]) -> frozenset[str]:
    asked = [prompt for prompt in prompts if letters(prompt.prompt_reference) in wanted or letters(prompt.label) in wanted]
    return frozenset(prompt.value for prompt in asked if prompt.value)


def _of_unit(value: str | None, unit: str | None) -> int | None:
    return None if value is None or unit is None else months(f"{value} {unit}")


def letters(name: str | None) -> str:
    """The name of a prompt reduced to what does not drift: its letters, in lower case."""
    return re.sub(r"[^a-z]", "", (name or "").lower())
