"""What the labels of a Prison Court Register show of custody, now that the results themselves are gone.

Source: hmcts/cpp-context-hearing, reference data of result definitions (which result asks which prompts), and the prompts on the results in its and
hmcts/cpp-context-results' test messages. A label counts only where every definition that asks it has one effect: an imprisonment and a suspended
sentence both ask for their period, only the one asks for a prison and only the other for how long it is suspended. What a court's own results are is
never told by labels (docs/adr/0010-papers.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from holdfast.claims import ResultLine
from services.intake.adaptors.court_claims import LABEL_CHARS
from services.intake.adaptors.hearing import Answered
from services.intake.adaptors.terms import imprisonment_months, letters, suspended_months, unread_terms


class Shown(Enum):
    """What a result's labels show; the value is the CJS code that stands for it, where there is one."""

    SENTENCE = "1002"
    REMAND = "4028"
    SUSPENDED = "1115"
    UNCLEAR = None


#: Asked only where custody was imposed as a sentence.
_SENTENCE = frozenset(
    {
        "appropriatecustodialterm",
        "custodyperiod",
        "extendedsentenceofdetentionterm",
        "extendedsentenceofimprisonmentterm",
        "lessertermimposed",
        "originalcustodyterm",
        "periodofdetentionandtraining",
        "reasonforcustody",
        "termofsentenceofimprisonmentaggregate",
        "totalcustodialperiodislife",
        "totaldetentionandtrainingorderperiod",
        "totalimprisonmentperiodislife",
    }
)
#: Asked only where somebody was remanded, or sent or committed, in custody; and where to, which sentences ask too.
_REMAND = frozenset({"bailexception", "bailexceptionreason", "custodytimelimitexpires", "remandbasis"})
_PRISON = frozenset({"prisonemailaddress", "prisonorganisationname"})
#: Asked only where a sentence was suspended.
_SUSPENDED = frozenset({"operationalperiod", "supervisionperiod", "suspendedperiod"})
#: Asked for imprisonment and for a suspended sentence alike.
_TERM = frozenset({"custodialperiod", "detentionperiod", "imprisonmentperiod", "totalcustodialperiod", "totalimprisonmentperiod"})
#: What is worth telling people: terms and where to, not reasons and addresses.
_TOLD = (_SENTENCE | _REMAND | _PRISON | _SUSPENDED | _TERM) - {"bailexceptionreason", "prisonemailaddress", "reasonforcustody"}
#: Answers that say no.
_NO = frozenset({"", "false", "no"})


def lines_of_offence(
    case_urn: str, offence_id: str, offence_code: str, results: Sequence[Answered], *, convicted: bool, status: str | None
) -> tuple[ResultLine, ...]:
    """A line for each result of one offence that shows custody, a suspended sentence, or a term of which nobody can tell whether it is suspended."""
    shown = [(n, result, _shown(result)) for n, result in enumerate(results)]
    clear = {what for _, _, what in shown if what is not None and what is not Shown.UNCLEAR}
    lines: list[ResultLine] = []
    for n, result, what in shown:
        if what is None or (what is Shown.UNCLEAR and len(clear) == 1 and not _contradicts_itself(result)):
            continue  # a total beside its own sentence says nothing new
        lines.append(
            ResultLine(
                case_urn=case_urn,
                offence_id=offence_id,
                offence_code=offence_code,
                result_id=f"{offence_id}/{n}",
                cjs_code=what.value,
                label=_words(result),
                imprisonment_months=imprisonment_months(result),
                suspended_months=suspended_months(result),
                problems=tuple(f"the term {text!r}" for text in unread_terms(result)) if what is Shown.SUSPENDED else (),
                custody_status=status,
                convicted=convicted,
            )
        )
    return tuple(lines)


def _shown(result: Answered) -> Shown | None:
    labels = _labels(result)
    if _contradicts_itself(result):
        return Shown.UNCLEAR
    if labels & _SUSPENDED:
        return Shown.SUSPENDED
    if labels & _SENTENCE or (labels & _PRISON and labels & _TERM):
        return Shown.SENTENCE
    if labels & (_REMAND | _PRISON):
        return Shown.REMAND
    return Shown.UNCLEAR if labels & _TERM else None


def _contradicts_itself(result: Answered) -> bool:
    labels = _labels(result)
    return bool(labels & _SUSPENDED and labels & (_SENTENCE | _REMAND | _PRISON))


def _labels(result: Answered) -> frozenset[str]:
    """The labels that were answered with anything but no."""
    return frozenset(letters(each.label) for each in result.judicial_result_prompts if (each.value or "").strip().lower() not in _NO)


def _words(result: Answered) -> str:
    told = [f"{each.label}: {each.value}" for each in result.judicial_result_prompts if letters(each.label) in _TOLD]
    return "; ".join(dict.fromkeys(told))[:LABEL_CHARS]
