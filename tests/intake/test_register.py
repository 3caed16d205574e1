"""The Prison Court Register: a paper of which only labels and answers are left, and what those show of custody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from holdfast.claims import CourtSnapshot, Doubt, Identifier, ResultLine
from holdfast.codes import Effect, classify
from holdfast_gate.model import Authority, Ground, QueryKind
from services.intake.adaptors.register_labels import Shown
from tests.intake.hearings import ALDER, hearing, snapshot
from tests.intake.records import body_of, claims_of, refusal, stored, upstream


def register(*results: list[tuple[str, str]], **of_defendant: Any) -> Any:
    """A register whose only offence has results with these labels and answers; with none given, as it is stored."""
    entries = stored("register.json")
    if results:
        entries[0]["offences"][0]["results"] = [{"resultTexts": [{"label": label, "value": value} for label, value in each]} for each in results]
    entries[0]["defendant"] |= of_defendant
    return entries


def paper(entries: Any) -> CourtSnapshot:
    """The only entry, as read."""
    (claim,) = claims_of(upstream("court-results", entries))
    return body_of(claim, CourtSnapshot)


def effects(lines: tuple[ResultLine, ...]) -> list[tuple[Effect, str]]:
    """What the lines do to custody."""
    return [(row.effect, row.ground) for line in lines if (row := classify(line.result_type_id, line.cjs_code))]


def test_a_paper() -> None:
    """A register is a paper of the hearing and the defendant, in the version that it states; it lists nothing as open."""
    (claim,) = claims_of(upstream("court-results", register()))
    body = body_of(claim, CourtSnapshot)
    assert (claim.authority, claim.dialect) == (Authority.COURT, "prison-court-register")
    assert claim.subject == f"court/register/{body.hearing_id}/2026-08-14/defendant/{ALDER}"
    assert claim.recorded_at == body.shared_at == datetime(2026, 8, 14, 10, 47, 53, 666000, tzinfo=UTC)
    assert (body.document, body.jurisdiction, body.court_code) == ("register", "MAGISTRATES", "B16BG00")
    assert (body.listed, body.defendants_in_share) == ((), None)
    assert Identifier(type="MASTER_DEFENDANT_ID", value=ALDER) in claim.person.identifiers
    assert (claim.person.last_name, claim.person.date_of_birth) == ("Alder", date(1990, 2, 28))


def test_imprisonment() -> None:
    """A term and a prison are a sentence, told by offence code and place in the list; a result without custody leaves no line."""
    (line,) = paper(register()).lines
    assert (line.case_urn, line.offence_id, line.offence_code) == ("16BG0001126", "register/TH68010/1", "TH68010")
    assert (line.imprisonment_months, line.convicted, line.custody_status) == (6, True, "Not Applicable")
    assert effects((line,)) == [(Effect.HOLD, Ground.SENTENCE)]
    assert "Imprisonment Period: 4 Months 7 Weeks" in line.label
    assert "so serious" not in line.label


def test_register_bears_its_own_hearing_out() -> None:
    """The register made from a hearing says of each offence what the hearing says."""
    own, made_from_it = snapshot(hearing(), ALDER), paper(register())
    for line in made_from_it.lines:
        alike = [other for other in own.lines if other.offence_code == line.offence_code]
        assert effects((line,))[0] in effects(tuple(alike))


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        ([("Imprisonment Period", "7 Months"), ("Suspended period", "12 Months")], Shown.SUSPENDED),
        ([("Total custodial period", "7 Months"), ("Supervision period", "12 Months")], Shown.SUSPENDED),
        ([("Remand basis", "Section 7"), ("Prison organisation name", "HMP Example")], Shown.REMAND),
        ([("Prison email address 1", "reception@prison.example")], Shown.REMAND),
        ([("Custody time limit expires", "2026-10-09")], Shown.REMAND),
        ([("Imprisonment Period", "7 Months"), ("Prison organisation name", "HMP Example")], Shown.SENTENCE),
        ([("Total custodial period is life", "true")], Shown.SENTENCE),
        ([("Period of detention and training", "4 Months")], Shown.SENTENCE),
        ([("Imprisonment Period", "7 Months")], Shown.UNCLEAR),
        ([("Suspended period", "1 Years"), ("Prison organisation name", "HMP Example")], Shown.UNCLEAR),
        ([("Total custodial period is life", "false")], None),
        ([("Amount of fine", "£100.00")], None),
        ([("Disqualification period", "12 Months")], None),
        ([], None),
    ],
)
def test_labels(labels: list[tuple[str, str]], shown: Shown | None) -> None:
    """A label counts where every result that asks it has one effect; where it could be either of two, a person must look; an answer of no is none."""
    lines = paper(register(labels)).lines
    assert [line.cjs_code for line in lines] == ([] if shown is None else [shown.value])
    if shown is Shown.UNCLEAR:
        assert effects(lines) == [(Effect.CHECK, QueryKind.UNKNOWN_CODE)]


def test_total_beside_its_sentence() -> None:
    """A total says nothing new beside the sentence that it sums, suspended or not; between two kinds of sentence it is a question."""
    total, prison = ("Total custodial period", "8 Months"), ("Prison organisation name", "HMP Example")
    suspended = [("Imprisonment Period", "7 Months"), ("Suspended period", "1 Years")]
    custody = [("Imprisonment Period", "7 Months"), prison]
    assert [line.cjs_code for line in paper(register(suspended, [total])).lines] == ["1115"]
    assert [line.cjs_code for line in paper(register(custody, [total])).lines] == ["1002"]
    assert [line.cjs_code for line in paper(register(custody, suspended, [total])).lines] == ["1002", "1115", None]
    both_at_once = [("Suspended period", "1 Years"), prison]
    assert [line.cjs_code for line in paper(register(custody, both_at_once)).lines] == ["1002", None]


def test_suspended_term() -> None:
    """Both periods of a suspended sentence are read, so that an impossible one is noticed on paper too."""
    (line,) = paper(register([("Imprisonment Period", "45 Months"), ("Suspended period", "2 Years")])).lines
    assert (line.imprisonment_months, line.suspended_months, line.problems) == (45, 24, ())
    (line,) = paper(register([("Imprisonment Period", "long"), ("Suspended period", "2 Years")])).lines
    assert line.problems == ("the term 'long'",)


def test_every_place_counts() -> None:
    """Custody on an application, an application's offence, the case or the defendant is read like custody on an offence."""
    prison = [{"resultTexts": [{"label": "Prison organisation name", "value": "HMP Example"}]}]
    entries = register([])
    entries[0]["courtApplications"] = [{"reference": "16BG0001127", "results": prison, "offences": [{"code": "CJ03510", "results": prison}]}]
    entries[0]["prosecutionCase"]["results"] = prison
    entries[0]["defendant"]["results"] = prison
    assert [line.offence_id for line in paper(entries).lines] == [
        "register/application/0/CJ03510/1",
        "register/case",
        f"register/defendant:{ALDER}",
        "register/application:16BG0001127",
    ]


@pytest.mark.parametrize(("status", "asked"), [("C", True), ("P", True), ("A", False), ("Not Applicable", False), (None, False)])
def test_custody_status_alone(status: str | None, asked: bool) -> None:
    """A register that says custody and does not show why is a question; the status is never believed for more."""
    lines = paper(register([], postHearingCustodyStatus=status)).lines
    assert effects(lines) == ([(Effect.CHECK, QueryKind.UNKNOWN_CODE)] if asked else [])
    shown = paper(register(postHearingCustodyStatus=status)).lines
    assert effects(shown) == [(Effect.HOLD, Ground.SENTENCE)]


def test_impossible_days() -> None:
    """A hearing on no day leaves only a doubt about everybody in the register; a birth on no day is doubted beside it."""
    entries = register(dateOfBirth="1990-02-30")
    told, doubt = claims_of(upstream("court-results", entries))
    assert (body_of(doubt, Doubt).kind, body_of(doubt, Doubt).about) == (QueryKind.IMPOSSIBLE_DATE, told.subject)
    entries[0]["hearing"]["hearingDate"] = "2026-02-30"
    (doubt,) = claims_of(upstream("court-results", entries))
    assert (doubt.authority, doubt.person.last_name) == (Authority.HUB, "Alder")


def test_list_and_single() -> None:
    """A register comes as a list of entries or as one; every entry of a list is read."""
    entries = register()
    assert paper(entries[0]) == paper(entries)
    second = stored("register.json")[0]
    second["defendant"]["id"] = "6f1c0002-0000-4000-8000-000000000009"
    assert len(claims_of(upstream("court-results", [*entries, second]))) == 2


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("sharedTime", None),
        ("sharedTime", "2026-08-14T10:47:53"),
        ("hearing.id", None),
        ("hearing.hearingDate", None),
        ("defendant.id", " "),
        ("offences", {}),
    ],
)
def test_strict_about_what_decides(path: str, value: object) -> None:
    """A register that lacks what decides is refused, and the field named."""
    entries = register()
    *parents, last = path.split(".")
    place = entries[0]
    for step in parents:
        place = place[step]
    place[last] = value
    if value is None:
        del place[last]
    refused = refusal(upstream("court-results", entries))
    assert (refused.reason, refused.dialect, last in refused.message) == ("INVALID_PAYLOAD", "prison-court-register", True)
