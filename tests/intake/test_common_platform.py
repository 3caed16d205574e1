"""Common Platform hearings: what each share says, and what in it cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from holdfast.claims import Alias, CourtSnapshot, Identifier
from holdfast.subjects import micros
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors import Read, read
from tests.intake.hearings import ALDER, BIRCH, application, doubts, hearing, result_of, snapshot, told
from tests.intake.records import APPENDED_AT, body_of, claims_of, refusal, upstream


def test_one_claim_per_defendant() -> None:
    """One share gives one snapshot per defendant, each of which knows who else was in it."""
    claims = told(hearing())
    assert set(claims) == {ALDER, BIRCH}
    for claim in claims.values():
        share = body_of(claim, CourtSnapshot)
        assert share.defendants_in_share == (ALDER, BIRCH)
        assert (share.hearing_id, share.hearing_day) == ("6f1c0001-0000-4000-8000-000000000001", date(2026, 8, 14))
        assert (share.court_code, share.court_name) == ("B16BG00", "Example Magistrates' Court")
        assert claim.authority is Authority.COURT
        assert claim.recorded_at == share.shared_at == datetime(2026, 8, 14, 10, 47, 53, 666000, tzinfo=UTC)
        assert (claim.received_at, claim.dialect) == (APPENDED_AT, "common-platform")
        assert claim.source.offset == 7
        assert claim.subject == f"court/hearing/{share.hearing_id}/2026-08-14/defendant/{share.defendant_id}"


def test_person() -> None:
    """A court knows no prison number; its PNC and CRO count only with the right check letter."""
    alder, birch = told(hearing())[ALDER].person, told(hearing())[BIRCH].person
    assert (alder.prisoner_number, alder.first_name, alder.last_name, alder.date_of_birth) == (None, "Rowan", "Alder", date(1990, 2, 28))
    assert set(alder.identifiers) == {
        Identifier(type="DEFENDANT_ID", value=ALDER),
        Identifier(type="MASTER_DEFENDANT_ID", value=ALDER),
        Identifier(type="PNC", value="2002/0073319Z"),
        Identifier(type="CRO", value="065656/91H"),
    }
    assert Identifier(type="PNC", value="8888.9202697", valid=False) in birch.identifiers


def test_codes_go_on_raw() -> None:
    """What a code means is not the adaptor's to say: it goes on as it came, with the case."""
    payload = hearing()
    result_of(payload, 1).update({"judicialResultTypeId": "Not-A-Type", "cjsCode": 99999})
    (line,) = snapshot(payload, BIRCH).lines
    assert (line.result_type_id, line.cjs_code, line.case_urn) == ("Not-A-Type", "99999", "16BG0001126")


def test_terms() -> None:
    """The term of a result is its own; where it has none, the total that it states."""
    own, _, total = snapshot(hearing(), ALDER).lines
    assert (own.imprisonment_months, total.imprisonment_months) == (6, 8)  # four months and seven weeks


def test_next_hearing_in_london() -> None:
    """A next hearing's day is London's: a quarter past midnight there is still the day before in UTC."""
    (line,) = snapshot(hearing(), BIRCH).lines
    assert (line.next_hearing_day, line.problems) == (date(2026, 9, 11), ())


def test_impossible_next_hearing() -> None:
    """A next hearing that cannot be is a problem of that result, and of no other."""
    payload = hearing()
    result_of(payload, 1)["nextHearing"] = {"listedStartDateTime": "2026-02-30T10:00:00Z"}
    (line,) = snapshot(payload, BIRCH).lines
    assert line.next_hearing_day is None
    assert line.problems == ("the next hearing at '2026-02-30T10:00:00Z'",)
    assert not any(line.problems for line in snapshot(payload, ALDER).lines)


def test_what_is_compared() -> None:
    """The custody status, the conviction and the reason of an amendment go on with each result, and the jurisdiction with the share."""
    payload = hearing()
    result_of(payload).update(
        {"isConvictedResult": True, "amendmentReason": "Amendment under the slip rule", "amendmentDate": "2026-08-14", "isNewAmendment": True}
    )
    own = snapshot(payload, ALDER).lines[0]
    assert (own.custody_status, own.convicted, own.amendment) == ("A", True, "Amendment under the slip rule, 2026-08-14")
    (remand,) = snapshot(payload, BIRCH).lines
    assert (remand.custody_status, remand.convicted, remand.amendment) == ("C", False, "")
    assert snapshot(payload, ALDER).jurisdiction == "MAGISTRATES"


def test_convicted_by_its_day() -> None:
    """The day of a conviction counts for every result of the offence and for the offence as it is listed; a result that was deleted does not."""
    payload = hearing()
    offences = payload["hearing"]["prosecutionCases"][0]["defendants"][1]["offences"]
    offences[0]["convictionDate"] = "2026-08-14"
    body = snapshot(payload, BIRCH)
    assert [line.convicted for line in body.lines] == [True]
    assert [listed.convicted for listed in body.listed] == [True, False]
    payload = hearing()
    result_of(payload, n=1)["isConvictedResult"] = True
    assert [listed.convicted for listed in snapshot(payload, ALDER).listed] == [False]


def test_listed_offences() -> None:
    """Every offence that the hearing was about is listed, resulted or not."""
    assert [(each.case_urn, each.offence_code) for each in snapshot(hearing(), BIRCH).listed] == [
        ("16BG0001126", "TH68010"),
        ("16BG0001126", "PS90015"),
    ]


def test_aliases() -> None:
    """Other names go on with the person; a company's name, or what is no name, is none."""
    payload = hearing()
    payload["hearing"]["prosecutionCases"][0]["defendants"][0]["aliases"] = [
        {"firstName": "Robin", "lastName": "Aldersey"},
        {"lastName": "Holly", "middleName": "X"},
        {"legalEntityName": "Example Ltd"},
        "Rob",
        {"firstName": "Nobody", "lastName": " "},
    ]
    claims = told(payload)
    assert claims[ALDER].person.aliases == (Alias(last_name="Aldersey", first_name="Robin"), Alias(last_name="Holly"))
    assert claims[BIRCH].person.aliases == ()
    payload["hearing"]["prosecutionCases"][0]["defendants"][0]["aliases"] = {"lastName": "Holly"}
    assert told(payload)[ALDER].person.aliases == ()


def test_one_person_in_two_cases() -> None:
    """A person whom the court knows by one master id in two cases gives two snapshots that share it."""
    payload = hearing()
    payload["hearing"]["prosecutionCases"][0]["defendants"][1]["masterDefendantId"] = ALDER
    master = Identifier(type="MASTER_DEFENDANT_ID", value=ALDER)
    assert all(master in claim.person.identifiers for claim in told(payload).values())


def test_java_instant() -> None:
    """An instant as Java writes it names its zone besides."""
    payload = hearing() | {"sharedTime": "2026-08-14T10:47:53.666Z[UTC]"}
    assert snapshot(payload, ALDER).shared_at == snapshot(hearing(), ALDER).shared_at


SUSPENDED = {"judicialResultTypeId": "8b1cff00-a456-40da-9ce4-f11c20959084", "cjsCode": "1115", "label": "Suspended sentence"}


def test_suspended_sentence_from_prompts() -> None:
    """A suspended sentence has two terms: what was imposed and for how long it is suspended."""
    payload = hearing()
    prompts = [
        {"promptReference": "imprisonmentPeriod", "value": "45 Months"},
        {"promptReference": "suspendedPeriod", "value": "2 Years"},
    ]
    result_of(payload).update(SUSPENDED | {"judicialResultPrompts": prompts})
    line = snapshot(payload, ALDER).lines[0]
    assert (line.imprisonment_months, line.suspended_months) == (45, 24)


def test_suspended_sentence_from_durations() -> None:
    """Without prompts the durations tell: the primary is the term, the secondary the suspension."""
    payload = hearing()
    durations = {"primaryDurationUnit": "M", "primaryDurationValue": 45, "secondaryDurationUnit": "Y", "secondaryDurationValue": 2}
    result_of(payload).update(SUSPENDED | {"judicialResultPrompts": [], "durationElement": durations})
    line = snapshot(payload, ALDER).lines[0]
    assert (line.imprisonment_months, line.suspended_months) == (45, 24)


def test_duration_of_something_else() -> None:
    """The duration of a result that is no imprisonment is no term of imprisonment."""
    payload = hearing()
    discharge = {"judicialResultTypeId": "554c2622-c1cc-459e-a98d-b7f317ab065c", "cjsCode": "1018", "judicialResultPrompts": None}
    result_of(payload).update(discharge | {"durationElement": {"primaryDurationUnit": "Y", "primaryDurationValue": 3}})
    assert snapshot(payload, ALDER).lines[0].imprisonment_months is None


def test_unread_term_of_a_suspended_sentence() -> None:
    """A suspended sentence whose term cannot be read is not taken to be a short one."""
    payload = hearing()
    result_of(payload).update(SUSPENDED | {"judicialResultPrompts": [{"promptReference": "imprisonmentPeriod", "value": "forty-five"}]})
    line = snapshot(payload, ALDER).lines[0]
    assert line.problems == ("the term 'forty-five'",)


def test_emptied_share() -> None:
    """A share without any result is a snapshot too, of the same hearing day: what was there has vanished, and somebody must notice."""
    payload = hearing()
    for key in ("hearingDay", "isReshare"):
        del payload[key]
    with_results = told(payload)
    payload["hearing"]["defendantJudicialResults"] = None
    for defendant in payload["hearing"]["prosecutionCases"][0]["defendants"]:
        defendant.pop("defendantCaseJudicialResults", None)
        for offence in defendant["offences"]:
            offence.pop("judicialResults")
    emptied = told(payload)
    assert {who: claim.subject for who, claim in emptied.items()} == {who: claim.subject for who, claim in with_results.items()}
    assert all(body_of(claim, CourtSnapshot).lines == () for claim in emptied.values())


def test_hearing_day_from_the_sitting_day() -> None:
    """The older event does not say which day it is about: the only sitting day is meant, as London had it."""
    payload = hearing()
    del payload["hearingDay"]
    assert snapshot(payload, ALDER).hearing_day == date(2026, 8, 14)  # half past midnight in London


def test_hearing_day_of_several() -> None:
    """Of several sitting days that one is meant on which the newest order was made; cancelled days do not count."""
    payload = hearing()
    del payload["hearingDay"]
    payload["hearing"]["hearingDays"] += [{"sittingDay": "2026-08-20T09:00:00Z"}]
    assert snapshot(payload, ALDER).hearing_day == date(2026, 8, 14)
    payload["hearing"]["hearingDays"][0]["isCancelled"] = True
    assert snapshot(payload, ALDER).hearing_day == date(2026, 8, 20)


def test_no_hearing_day() -> None:
    """A share that no day can be told for is refused: a snapshot without its day would replace nothing."""
    payload = application()
    payload["hearing"]["hearingDays"] = []
    refused = refusal(upstream("court-results", payload))
    assert (refused.reason, "hearingDay" in refused.message) == ("INVALID_PAYLOAD", True)


def test_impossible_hearing_day() -> None:
    """A share for a day that does not exist says nothing but that: everybody in it is held until a person has looked."""
    payload = hearing() | {"hearingDay": "2026-02-30"}
    assert told(payload) == {}
    raised = doubts(payload)
    assert {claim.person.last_name for claim, _ in raised} == {"Alder", "Birch"}
    assert all(doubt.kind is QueryKind.IMPOSSIBLE_DATE and "2026-02-30" in doubt.sentence for _, doubt in raised)


def test_impossible_birth() -> None:
    """A date of birth that cannot be is doubted beside the snapshot, and a later share answers."""
    payload = hearing()
    payload["hearing"]["prosecutionCases"][0]["defendants"][1]["personDefendant"]["personDetails"]["dateOfBirth"] = "2009-11-31"
    ((claim, doubt),) = doubts(payload)
    assert (doubt.kind, doubt.about) == (QueryKind.IMPOSSIBLE_DATE, told(payload)[BIRCH].subject)
    assert doubt.sequence == micros(claim.recorded_at)
    assert (claim.person, claim.person.date_of_birth) == (told(payload)[BIRCH].person, None)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("sharedTime", None),
        ("sharedTime", "2026-08-14T10:47:53"),
        ("sharedTime", "2026-02-30T10:47:53Z"),
        ("sharedTime", "9999-12-31T23:59:59Z"),
        ("hearing.id", " "),
        ("hearing.prosecutionCases.0.defendants.0.id", None),
        ("hearing.prosecutionCases.0.defendants.0.offences.0.id", ""),
        ("hearing.prosecutionCases.0.defendants.0.offences.0.judicialResults", {}),
        ("hearing.prosecutionCases.0.defendants.0.offences.0.judicialResults.0.judicialResultId", None),
        ("hearing.prosecutionCases.0.defendants.0.offences.0.judicialResults.0.isDeleted", "true"),
        ("hearing.prosecutionCases.0.defendants.0.offences.0.judicialResults.0.cjsCode", ["1002"]),
    ],
)
def test_strict_about_what_decides(path: str, value: object) -> None:
    """A hearing that lacks what decides, or gives it in a form that could be misread, is refused, and the field named."""
    payload = hearing()
    *parents, last = path.split(".")
    place: Any = payload
    for step in parents:
        place = place[int(step)] if step.isdecimal() else place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    refused = refusal(upstream("court-results", payload))
    assert (refused.reason, refused.dialect) == ("INVALID_PAYLOAD", "common-platform")
    assert last in refused.message


@pytest.mark.parametrize("path", ["hearing.type", "hearing.courtCentre", "hearing.hearingDays", "hearing.defendantJudicialResults", "isReshare"])
def test_lenient_about_the_rest(path: str) -> None:
    """What decides nothing may be missing or null."""
    payload = hearing()
    *parents, last = path.split(".")
    place: Any = payload
    for step in parents:
        place = place[step]
    place[last] = None
    assert set(told(payload)) == {ALDER, BIRCH}


def test_in_a_notification() -> None:
    """A hearing that arrives as text within an SNS notification is the same hearing."""
    text = (hearing_bytes := upstream("court-results", hearing()).value).decode()
    wrapped = {"Type": "Notification", "MessageId": "m-1", "TopicArn": "arn", "Message": text, "MessageAttributes": {}}
    result = read(upstream("court-results", wrapped))
    assert isinstance(result, Read)
    assert [claim.body for claim in result.claims] == [claim.body for claim in claims_of(upstream("court-results", hearing_bytes))]
