"""Common Platform hearings: whose each result is, wherever in the payload it sits."""

from __future__ import annotations

from datetime import date

import pytest

from holdfast.claims import CourtSnapshot, Identifier
from holdfast_gate.model import Authority, QueryKind
from tests.intake.hearings import ALDER, BIRCH, application, doubts, hearing, snapshot, told
from tests.intake.records import body_of, claims_of, refusal, upstream

CEDAR_IN_OLD_CASE = "6f1c0002-0000-4000-8000-000000000004"
CEDAR_IN_NEW_CASE = "6f1c0002-0000-4000-8000-000000000005"
OFFENCE = "6f1c0004-0000-4000-8000-000000000001"


def test_every_place_counts() -> None:
    """Results on the offence, on the defendant in the case and over all cases are all his; a deleted one is not."""
    lines = [(line.offence_id, line.offence_code, line.cjs_code, line.label) for line in snapshot(hearing(), ALDER).lines]
    assert lines == [
        (OFFENCE, "TH68010", "1002", "Imprisonment"),
        (f"defendant:{ALDER}", "", "4592", "Defendant's details changed"),
        (OFFENCE, "TH68010", None, "Total custodial period"),
    ]


def test_result_over_all_cases_names_its_defendant() -> None:
    """A result over all cases goes to the defendant named, else to whose offence it is, else to every defendant who is that person."""
    payload = hearing()
    entry = payload["hearing"]["defendantJudicialResults"][0]
    del entry["judicialResult"]["offenceId"]
    second = payload["hearing"]["prosecutionCases"][0]["defendants"][1]
    second["masterDefendantId"] = ALDER
    both = told(payload)
    assert all(body_of(both[who], CourtSnapshot).lines[-1].offence_id == f"defendant:{who}" for who in (ALDER, BIRCH))
    entry["judicialResult"]["offenceId"] = second["offences"][1]["id"]
    assert snapshot(payload, BIRCH).lines[-1].label == "Total custodial period"
    assert snapshot(payload, ALDER).lines[-1].label != "Total custodial period"
    entry["defendantId"] = ALDER
    assert snapshot(payload, ALDER).lines[-1].label == "Total custodial period"
    assert snapshot(payload, BIRCH).lines[-1].label != "Total custodial period"


def test_application_to_its_subject() -> None:
    """Custody that was decided only in an application is its subject's, in the case of each offence."""
    claims = told(application())
    assert set(claims) == {CEDAR_IN_OLD_CASE, CEDAR_IN_NEW_CASE}
    (sentence,) = body_of(claims[CEDAR_IN_OLD_CASE], CourtSnapshot).lines
    assert (sentence.cjs_code, sentence.case_urn, sentence.offence_code, sentence.imprisonment_months) == ("1002", "16BG0001100", "TH68023", 12)
    revoked, adjourned = body_of(claims[CEDAR_IN_NEW_CASE], CourtSnapshot).lines
    assert (revoked.offence_id, revoked.case_urn) == ("application:6f1c0006-0000-4000-8000-000000000001", "16BG0001128")
    assert (adjourned.cjs_code, adjourned.next_hearing_day) == ("4506", date(2026, 9, 7))
    for claim in claims.values():
        assert Identifier(type="PNC", value="2002/0073319Z") in claim.person.identifiers
        assert claim.person.last_name == "Cedar"
        ids = {each.value for each in claim.person.identifiers if each.type == "DEFENDANT_ID"}
        assert ids == {CEDAR_IN_OLD_CASE, CEDAR_IN_NEW_CASE}  # the court says that both are she


def test_application_without_a_case() -> None:
    """An application's offence in a case that its subject is not known in goes to one of his defendants, the same in every share."""
    payload = application()
    entry = payload["hearing"]["courtApplications"][0]
    entry["courtOrder"]["courtOrderOffences"][0]["prosecutionCaseId"] = "6f1c0003-0000-4000-8000-00000000000f"
    entry["subject"]["masterDefendant"]["defendantCase"].reverse()
    assert snapshot(payload, CEDAR_IN_OLD_CASE).lines[0].cjs_code == "1002"
    entry["subject"]["masterDefendant"]["defendantCase"] = []
    master = entry["subject"]["masterDefendant"]["masterDefendantId"]
    assert {line.cjs_code for line in snapshot(payload, master).lines} == {"1002", "1029", "4506"}


@pytest.mark.parametrize("party", ["applicant", "respondents"])
def test_application_without_a_subject(party: str) -> None:
    """Without a subject, the only person among the parties is whom an application is about."""
    payload = application()
    entry = payload["hearing"]["courtApplications"][0]
    person = entry.pop("subject")
    entry[party] = [person] if party == "respondents" else person
    assert set(told(payload)) == {CEDAR_IN_OLD_CASE, CEDAR_IN_NEW_CASE}


def test_application_lists_its_offences() -> None:
    """Offences that an application brings back are listed with its subject, in the case of each, whether or not they were dealt with."""
    payload = application()
    entry = payload["hearing"]["courtApplications"][0]
    entry["courtOrder"]["courtOrderOffences"][0]["offence"]["judicialResults"] = None
    old, new = snapshot(payload, CEDAR_IN_OLD_CASE), snapshot(payload, CEDAR_IN_NEW_CASE)
    assert [(each.case_urn, each.offence_code) for each in old.listed] == [("16BG0001100", "TH68023")]
    assert [(each.case_urn, each.offence_code) for each in new.listed] == [("16BG0001128", "CJ03510")]
    assert old.lines == ()


def test_offence_in_two_places() -> None:
    """An offence that a case and an application both have is listed once, and is convicted of if either says so."""
    payload = hearing()
    payload["hearing"]["courtApplications"] = application()["hearing"]["courtApplications"]
    entry = payload["hearing"]["courtApplications"][0]
    entry["subject"]["masterDefendant"] |= {"masterDefendantId": ALDER, "defendantCase": [{"defendantId": ALDER}]}
    entry["courtApplicationCases"][0]["offences"][0] |= {"id": OFFENCE, "convictionDate": "2026-08-01"}
    in_case, in_application = (
        payload["hearing"]["prosecutionCases"][0]["defendants"][0]["offences"][0],
        entry["courtApplicationCases"][0]["offences"][0],
    )
    for convicted_in in (in_application, in_case):
        for offence in (in_case, in_application):
            offence["convictionDate"] = "2026-08-01" if offence is convicted_in else None
        (listed,) = [each for each in snapshot(payload, ALDER).listed if each.offence_id == OFFENCE]
        assert (listed.offence_code, listed.case_urn, listed.convicted) == ("TH68010", "16BG0001126", True)


def test_application_about_somebody_who_is_no_defendant() -> None:
    """Somebody not charged with anything, as in a warrant of further detention, is known by name and by the number of the party."""
    payload = application()
    party = "6f1c0007-0000-4000-8000-000000000002"
    details = {"firstName": "Clover", "lastName": "Cedar", "dateOfBirth": "1985-01-01"}
    payload["hearing"]["courtApplications"][0]["subject"] = {"id": party, "personDetails": details}
    (claim,) = told(payload).values()
    assert (claim.person.last_name, body_of(claim, CourtSnapshot).defendant_id) == ("Cedar", party)


def test_results_of_nobody_hold_everybody() -> None:
    """A custodial result that names nobody is a question about everybody in the share, until a later share says whose it is."""
    payload = hearing()
    payload["hearing"]["courtApplications"] = application()["hearing"]["courtApplications"]
    del payload["hearing"]["courtApplications"][0]["subject"]
    raised = doubts(payload)
    assert {claim.person.last_name for claim, _ in raised} == {"Alder", "Birch"}
    for claim, doubt in raised:
        assert (claim.authority, doubt.kind, doubt.answered) == (Authority.HUB, QueryKind.AMBIGUOUS_IDENTITY, False)
        assert doubt.about in {snapshot.subject for snapshot in told(payload).values()}
        assert "Imprisonment" in doubt.sentence
        assert "Adjournment" not in doubt.sentence


def test_harmless_results_of_nobody() -> None:
    """A result that names nobody and can demand no custody holds nobody."""
    payload = hearing()
    payload["hearing"]["defendantJudicialResults"][0]["masterDefendantId"] = "6f1c0002-0000-4000-8000-00000000000f"
    payload["hearing"]["defendantJudicialResults"][0]["judicialResult"].update(
        {"cjsCode": "4506", "judicialResultTypeId": "d278650c-e429-11e8-9f32-f2801f1b9fd1"}
    )
    assert doubts(payload) == []


def test_results_of_nobody_at_all() -> None:
    """Results in a share without a single defendant cannot be read: they hold by what is found in their bytes."""
    payload = application()
    del payload["hearing"]["courtApplications"][0]["subject"]
    assert refusal(upstream("court-results", payload)).reason == "INVALID_PAYLOAD"
    harmless = {"judicialResultId": "r", "judicialResultTypeId": "d278650c-e429-11e8-9f32-f2801f1b9fd1", "cjsCode": "4506"}
    payload["hearing"]["courtApplications"] = [{"id": "a", "judicialResults": [harmless]}]
    assert claims_of(upstream("court-results", payload)) == ()
    payload["hearing"]["courtApplications"] = []
    assert "neither a defendant nor an application" in refusal(upstream("court-results", payload)).message
