"""Every row of the rule table: opened by its own authority's word, closed by that authority's, and by nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from holdfast.claims import Claim, Doubt, Identifier, ImmigrationRecord, Movement, Person, Recall
from holdfast.grounds.table import BARS, LIBERTY, TABLE, Law, TemplateError, law
from holdfast_gate.model import Authority, Exit, Ground, QueryKind, RecordRef
from tests.core.telling import (
    NOW,
    NUMBER,
    ago,
    alert,
    books,
    court,
    dates,
    doubt,
    immigration,
    left,
    link,
    names,
    notice_of,
    order,
    placed,
    recall,
    received,
    resolution,
    result,
    say,
)

LATER = NOW + timedelta(minutes=5)


def _resulted(code: str) -> Callable[[str], Claim]:
    return lambda offence: court(result(code, offence=offence), hearing=f"h{code}", day=date(2025, 11, 1), shared=ago(days=2))


#: Ground to a claim that opens it and one, of the same authority and on the same subject, that closes it.
OPENED: dict[Ground, tuple[Claim, Claim]] = {
    Ground.SENTENCE: (_resulted("1002")("o1"), court(result("2068"), result("2006", result_id="r9"))),
    Ground.REMAND: (_resulted("4028")("o1"), court(result("4027"))),
    Ground.REMAND_BAIL_CONDITIONS_UNMET: (_resulted("4046")("o1"), court(result("4047"))),
    Ground.COMMITTED_IN_CUSTODY: (_resulted("4560")("o1"), court(result("4027"))),
    Ground.CONVICTED_UNSENTENCED: (_resulted("4012")("o1"), court(result("1116"))),
    Ground.BAIL_APPEAL_PENDING: (_resulted("4049")("o1"), court(result("4027"))),
    Ground.DEFAULT_IN_PAYMENT: (_resulted("1510")("o1"), court(result("1015"))),
    Ground.CIVIL_COMMITTAL: (_resulted("5600")("o1"), court(result("5602"))),
    Ground.HOSPITAL_ORDER: (_resulted("1008")("o1"), court(result("2006"))),
    Ground.EXTRADITION: (_resulted("4067")("o1"), court(result("2006"))),
    Ground.WARRANT_OUTSTANDING: (_resulted("4576")("o1"), court(result("4027"))),
    Ground.RECALL: (recall(), recall("DELETED", at=NOW)),
    Ground.NOT_FOR_RELEASE: (alert("XNR"), alert("XNR", to=date(2025, 11, 3), at=NOW)),
    Ground.POWER_TO_DETAIN: (alert("PTD"), alert("PTD", to=date(2025, 11, 3), at=NOW)),
    Ground.IMMIGRATION_DETENTION: (immigration("IS91", at=ago(days=1)), immigration("NO_LONGER_OF_INTEREST", uuid="i2")),
    Ground.DEPORTATION: (immigration("DEPORTATION_ORDER", at=ago(days=1)), immigration("IMMIGRATION_BAIL", uuid="i2")),
    Ground.PLACED_BY_HAND: (placed(at=ago(hours=1)), placed(ended=True)),
}


def test_every_ground_has_a_case() -> None:
    """No ground of the contract is left without a word that opens it and one that closes it."""
    assert set(OPENED) == set(Ground) - {Ground.QUERY}


@pytest.mark.parametrize("ground", OPENED)
def test_a_ground_is_opened_by_its_word_and_bars_what_the_table_says(ground: Ground) -> None:
    """The ground stands, in the name of its authority, with the bars of its row and a sentence from its template."""
    (found,) = [each for each in notice_of(OPENED[ground][0]).grounds if each.ground == ground.value]
    assert set(found.bars) == {exit_.value for exit_ in BARS[ground]}
    assert found.authority == (Authority.COURT.value if ground is Ground.PLACED_BY_HAND else law(ground).authority.value)
    assert found.sentence.endswith(".")
    assert found.ask


@pytest.mark.parametrize("ground", OPENED)
def test_a_ground_is_closed_by_a_newer_word_of_its_authority(ground: Ground) -> None:
    """What opened it is over once the same authority says so in a newer version, whichever of the two is read first."""
    opened, closed = OPENED[ground]
    assert ground.value not in names(notice_of(opened, closed))
    assert ground.value not in names(notice_of(closed, opened))


@pytest.mark.parametrize("ground", OPENED)
def test_no_other_word_closes_a_ground(ground: Ground) -> None:
    """Whatever closes any other ground leaves this one as it is (law 2)."""
    opened, own = OPENED[ground]
    for other, (_, closed) in OPENED.items():
        if other is not ground and closed.subject != own.subject:
            elsewhere = _of_another_offence(closed) if closed.authority is opened.authority is Authority.COURT else closed
            assert ground.value in names(notice_of(opened, elsewhere)), other


def _of_another_offence(claim: Claim) -> Claim:
    lines = tuple(replace(line, offence_id="o2") for line in claim.body.lines)  # type: ignore[union-attr]
    return replace(claim, body=replace(claim.body, lines=lines))  # type: ignore[type-var]


def test_every_row_can_be_read_aloud() -> None:
    """A lawyer finds in each row what opens it, what closes it, who may say so, what it bars and where that is written."""
    for row in TABLE:
        assert all((row.title, row.opens, row.closes, row.source, row.template)), row.name
        assert row.bars <= LIBERTY
        assert (row.kind is None) is (row.ground is not Ground.QUERY)
    assert len({row.name for row in TABLE}) == len(TABLE)
    assert {row.kind for row in TABLE if row.ground is Ground.QUERY} == set(QueryKind)
    assert set(BARS) == set(Ground)


def test_only_extradition_is_let_through_by_extradition() -> None:
    """An extradition order bars every way out but the one that it is for; immigration bars only ways to liberty."""
    assert LIBERTY - BARS[Ground.EXTRADITION] == {Exit.EXTRADITION}
    assert BARS[Ground.IMMIGRATION_DETENTION] == BARS[Ground.DEPORTATION] == {Exit.RELEASE, Exit.TEMPORARY_RELEASE}


def test_a_template_that_asks_for_too_much_is_a_defect() -> None:
    """A sentence with a hole in it is never shown."""
    row: Law = law(Ground.REMAND)
    with pytest.raises(TemplateError, match="court"):
        row.sentence({"day": "3 Nov 2025"})


def test_a_remand_is_explained_in_one_plain_sentence() -> None:
    """Court, day, case, offence, and what alone ends it."""
    told = court(replace(result("4028"), case_urn="TH231233964"), court_name="Example Magistrates' Court")
    (ground,) = notice_of(told).grounds
    assert ground.sentence == (
        "Remanded in custody by Example Magistrates' Court on 3 Nov 2025 in case TH231233964, offence TH68001; ends only by a result on that offence."
    )
    assert ground.ask == "court/B01BH00"


def test_a_sentence_says_which_release_date_is_known() -> None:
    """A clerk reads at once whether a date was calculated, whether it is confirmed, and when it is kept."""
    passed = court(replace(result("1002"), imprisonment_months=7, label="Imprisonment"), shared=ago(hours=5))
    assert "Sentence (Imprisonment, 7 months) passed by" in notice_of(passed).grounds[0].sentence
    assert "no release date calculated since" in notice_of(passed).grounds[0].sentence
    told = notice_of(received(), passed, dates(crd=date(2025, 11, 8), status="PRELIMINARY"))
    assert "the unconfirmed release date is 8 Nov 2025, for release on 7 Nov 2025, the working day before" in told.grounds[0].sentence
    assert told.grounds[0].ask == "prison/WWI"


@pytest.mark.parametrize("code", ["L", "24", "B", "Y", "ELR"])
def test_who_is_received_as_recalled_is_recalled(code: str) -> None:
    """Custody's own reason for the reception is its word for a recall, where no record of the recall came; a deleted recall is an answer."""
    assert names(notice_of(received(reason=code))) == ["RECALL"]
    assert names(notice_of(received(reason=code), recall("DELETED"))) == []
    assert names(notice_of(received(reason=code), dates(kind="PRRD"))) == []
    assert names(notice_of(received(reason="N"))) == []


def test_a_thin_reception_as_recalled_holds_with_or_without_a_booking() -> None:
    """Domain events know no booking: such a reception counts since the booking began, and the booking's calculation ends it."""
    thin = say(Movement(direction="IN", booking_id=None, movement_seq=None, movement_type="ADM", movement_reason_code="24"), at=ago(days=3))
    assert names(notice_of(thin)) == ["RECALL"]
    assert names(notice_of(received(at=ago(days=5)), thin)) == ["RECALL"]
    assert names(notice_of(thin, received(at=ago(days=2)))) == ["RECALL"]  # nobody said that he was let go in between
    assert names(notice_of(thin, left(booking="b0", at=ago(days=2.5)), received(at=ago(days=2)))) == []
    assert names(notice_of(received(at=ago(days=5)), thin, dates(kind="PRRD"))) == []
    assert names(notice_of(thin, dates(kind="PRRD"))) == []
    assert names(notice_of(thin, recall("DELETED", at=NOW))) == []


def test_books_that_are_told_again_do_not_outrun_the_calculation() -> None:
    """A status that applies since Monday and is told again today ends by Tuesday's calculation."""
    again = replace(books("FTR_56ORA", at=ago(days=5)), recorded_at=NOW)
    assert names(notice_of(received(), again, dates(kind="PRRD", at=ago(days=4)))) == []
    assert names(notice_of(received(), again, dates(kind="PRRD", at=ago(days=6)))) == ["RECALL"]


def test_whoever_is_in_a_removal_centre_is_detained_and_a_check_out_is_no_clearance() -> None:
    """The centre's own events: detained until immigration says otherwise; where he went from there, immigration must say."""
    assert names(notice_of(immigration("IRC_DETENTION"))) == ["IMMIGRATION_DETENTION"]
    assert names(notice_of(immigration("IRC_DETENTION", at=ago(hours=2)), immigration("IRC_CHECK_OUT", uuid="i2"))) == ["QUERY/CONTRADICTION"]


@pytest.mark.parametrize("code", ["FTR_56ORA", "FTRSCH18", "LR_EDS18", "LR_SOPC21", "LRSEC250_ORA", "RECEP_REC", "LR_ALP_CDE18"])
def test_an_imprisonment_status_that_is_a_recall_holds_as_one(code: str) -> None:
    """The recalls that the legal status hides as a sentence: they hold until custody's date after recall, or a recall's own record."""
    assert names(notice_of(received(), books(code))) == ["RECALL"]
    assert names(notice_of(received(), books(code), recall("DELETED", at=NOW))) == []


def test_books_that_speak_for_immigration_are_asked_about_until_it_speaks() -> None:
    """Custody cannot detain for immigration: its books are a question that only immigration's own record answers."""
    assert names(notice_of(received(), books("DET"))) == ["QUERY/CONTRADICTION"]
    assert names(notice_of(received(), books("DET"), immigration("IS91"))) == ["IMMIGRATION_DETENTION"]
    assert names(notice_of(received(), books("DET"), immigration("NO_LONGER_OF_INTEREST"))) == []


def test_an_unknown_imprisonment_status_is_a_query() -> None:
    """A status that no table has is a question, and a later known one answers it."""
    assert names(notice_of(received(), books("QQQ"))) == ["QUERY/UNKNOWN_CODE"]
    assert names(notice_of(received(), books("QQQ"), books("SENT", at=NOW))) == []


def test_convicted_and_remanded_is_both() -> None:
    """A remand of somebody convicted is also detention before sentence; one result ends both."""
    told = court(replace(result("4028"), convicted=True), shared=ago(hours=2))
    assert names(notice_of(told)) == ["REMAND", "CONVICTED_UNSENTENCED"]
    assert names(notice_of(told, court(result("1002", result_id="r2")))) == ["SENTENCE"]


def test_a_life_sentence_is_ended_by_no_automatic_date() -> None:
    """A conditional release date is another sentence's; an approved date is a direction to release."""
    life = court(replace(result("1002"), result_type_id="cfbe83c8-935b-4410-a68c-49452519f2d3"), shared=ago(hours=5))
    assert names(notice_of(received(), life, dates())) == ["SENTENCE"]
    assert "ends only when release is directed" in notice_of(life).grounds[0].sentence
    assert names(notice_of(received(), life, dates(kind="SED"))) == ["SENTENCE"]
    assert names(notice_of(received(), life, dates(kind="Tariff"))) == ["SENTENCE"]
    assert names(notice_of(received(), life, dates(kind="APD"))) == []


def test_a_term_in_default_ends_on_its_date_and_a_civil_remand_does_not() -> None:
    """What a court set a term for ends when custody's confirmed date comes; what it set none for only by a result."""
    default = court(result("1510"), shared=ago(hours=5))
    assert names(notice_of(received(), default, dates())) == []
    assert names(notice_of(received(), court(result("5601"), shared=ago(hours=5)), dates())) == ["CIVIL_COMMITTAL"]


def test_a_withdrawn_warrant_brings_back_what_stood_before_it() -> None:
    """The withdrawal ends the warrant and nothing else: the remand that it had replaced stands again."""
    remanded = court(result("4028"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33))
    wanted = court(result("4576", result_id="r2"), hearing="h1", day=date(2025, 10, 8), shared=ago(days=26))
    withdrawn = court(result("2509", result_id="r3"), hearing="h2")
    assert names(notice_of(remanded, wanted)) == ["WARRANT_OUTSTANDING"]
    assert names(notice_of(remanded, wanted, withdrawn)) == ["REMAND"]
    assert names(notice_of(wanted, withdrawn)) == []
    assert names(notice_of(court(result("4576"), result("2509", result_id="r3")))) == ["WARRANT_OUTSTANDING"]


def test_a_withdrawn_warrant_leaves_the_case_open() -> None:
    """It says that nobody looks for him any more, and neither that he is bailed nor that the case is over."""
    wanted = court(result("4576", result_id="r2"), hearing="h1", day=date(2025, 10, 8), shared=ago(days=26))
    told = notice_of(received(), wanted, court(result("2509", result_id="r3"), hearing="h2"), order("BL"))
    assert "Case 01WW1 is open" in told.orders[0].missing[0]


def test_what_a_person_must_read_leaves_a_case_open() -> None:
    """On no offence at all, an unknown result may still be about one: an order waits until the court has said."""
    told = notice_of(received(), court(replace(result("QQQQ", offence="defendant:d1"), case_urn="")), order("BL"))
    assert "Case defendant:d1 is open" in told.orders[0].missing[0]


def test_a_quashed_conviction_ends_its_sentence_once_people_have_confirmed_it() -> None:
    """The court's own record is a question first; two people's answer gives it its meaning, on that offence only."""
    passed = court(result("1002"), result("1002", offence="o2", result_id="r2"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33))
    quashed = court(result("2068", result_id="r3"))
    assert names(notice_of(passed, quashed)) == ["SENTENCE", "SENTENCE", "QUERY/CONTRADICTION"]
    asked = notice_of(passed, quashed).grounds[-1].query_id
    assert names(notice_of(passed, quashed, resolution(query_id=asked))) == ["SENTENCE"]
    assert names(notice_of(passed, quashed, resolution(kind="CONTRADICTION"))) == ["SENTENCE"]
    assert names(notice_of(passed, quashed, resolution(kind="UNKNOWN_CODE"))) == ["SENTENCE", "SENTENCE", "QUERY/CONTRADICTION"]


def test_deportation_in_view_is_asked_about_until_immigration_speaks() -> None:
    """A court's notice that it recommends deportation is answered by immigration's own record after it, whichever way that goes."""
    recommended = court(result("1015"), result("3006", result_id="r2"), shared=ago(hours=2))
    assert names(notice_of(recommended)) == ["QUERY/ENRICHMENT_PENDING"]
    assert names(notice_of(recommended, immigration("NO_LONGER_OF_INTEREST", at=ago(hours=3)))) == ["QUERY/ENRICHMENT_PENDING"]
    assert names(notice_of(recommended, immigration("NO_LONGER_OF_INTEREST"))) == []


def test_a_liability_notice_detains_nobody_and_is_asked_about() -> None:
    """Notified of liability to deportation: no power to detain, and immigration must say whether it will."""
    assert names(notice_of(immigration("LIABILITY_TO_DEPORTATION"))) == ["QUERY/ENRICHMENT_PENDING"]


def test_a_doubt_is_answered_by_a_later_record_on_what_it_is_about() -> None:
    """A later word on something else says nothing of it, and neither does one of the same instant."""
    asked = replace(doubt(QueryKind.ENRICHMENT_PENDING, about=alert().subject), recorded_at=ago(days=4))
    held = "QUERY/ENRICHMENT_PENDING"
    ended = date(2025, 11, 1)
    assert names(notice_of(asked, alert(to=ended, at=ago(days=3)))) == []
    assert names(notice_of(asked, alert(to=ended, at=ago(days=4)))) == [held]
    assert names(notice_of(asked, alert(to=ended, at=ago(days=3), uuid="a2"))) == [held]


def test_an_answer_to_two_sides_is_none_to_three() -> None:
    """People who answered two words of one version by their question's id have not answered a third that is told after."""
    two = [immigration("NO_LONGER_OF_INTEREST"), immigration("IMMIGRATION_BAIL", uuid="i2")]
    answer = resolution(query_id=notice_of(*two).grounds[-1].query_id)
    assert names(notice_of(*two, answer)) == []
    assert "QUERY/CONTRADICTION" in names(notice_of(*two, answer, immigration("NO_LONGER_OF_INTEREST", uuid="i3")))


def test_grounds_stand_in_a_fixed_order() -> None:
    """As the contract lists them, then questions by kind, by what they are about and by their ids."""
    late = court(replace(result("4027", result_id="r5"), custody_status="C"), day=date(2025, 10, 1), shared=ago(days=1))
    grounds = notice_of(received(), alert("QQQ"), books("DIED"), late, recall(), alert("XNR", uuid="a2")).grounds
    assert [ground.name for ground in grounds] == ["RECALL", "NOT_FOR_RELEASE", *3 * ["QUERY/CONTRADICTION"], "QUERY/UNKNOWN_CODE"]
    asked = [(ground.name, ground.subject, ground.query_id or "") for ground in grounds[2:]]
    assert asked == sorted(asked)
    assert len({query_id for *_, query_id in asked}) == len(asked)


def test_every_recall_and_every_alert_holds() -> None:
    """One that holds takes nothing from the next; of one that contradicts itself it is said once."""
    other = replace(recall(), body=Recall(booking_id="b1", recall_id="rc2", recall_type="LR", revocation_date=None, status="ACTIVE"))
    assert names(notice_of(recall(), replace(other, subject="custody/recall/rc2"))) == ["RECALL", "RECALL"]
    assert names(notice_of(recall(), recall(kind="LR"))) == ["RECALL", "QUERY/CONTRADICTION"]
    assert names(notice_of(alert("XNR"), alert("PTD", uuid="a2"))) == ["NOT_FOR_RELEASE", "POWER_TO_DETAIN"]
    assert names(notice_of(received(reason="L"), books("FTR/08"))) == ["RECALL", "RECALL"]


def test_a_reception_that_was_taken_back_recalls_nobody() -> None:
    """Nor does a movement that is no admission, or none into prison."""
    assert names(notice_of(received(reason="L", deleted=True))) == []
    assert names(notice_of(received(), left("ADM", "L"))) == []
    transferred = replace(received(seq=2), body=replace(received(seq=2).body, movement_type="TRN", movement_reason_code="L"))  # type: ignore[type-var]
    assert names(notice_of(received(), transferred)) == []


def test_what_is_said_at_the_same_instant_answers_nothing() -> None:
    """Neither an alert about immigration, nor a court's notice of deportation, nor a recall by a calculation."""
    spoken = immigration("NO_LONGER_OF_INTEREST", at=ago(hours=2))
    assert names(notice_of(alert("XLDEPORT", at=ago(hours=2)), spoken)) == ["QUERY/CONTRADICTION"]
    assert names(notice_of(alert("XLDEPORT", at=ago(hours=3)), spoken)) == []
    recommended = court(result("1015"), result("3006", result_id="r2"), shared=ago(hours=2))
    assert names(notice_of(recommended, spoken)) == ["QUERY/ENRICHMENT_PENDING"]
    assert names(notice_of(received(), recall(at=ago(hours=2)), dates(kind="PRRD", at=ago(hours=2)))) == ["RECALL"]


def test_a_recall_of_no_known_booking_is_of_the_current_one() -> None:
    """Only dates of the booking that he is in can end it."""
    recalled = say(Recall(booking_id=None, recall_id="rc1", recall_type="LR", revocation_date=None, status="ACTIVE"), at=ago(days=5))
    older = received("b0", at=ago(days=900))
    assert names(notice_of(older, received(), recalled, dates(kind="PRRD", booking="b0"))) == ["RECALL"]
    assert names(notice_of(older, received(), recalled, dates(kind="PRRD"))) == []


def test_books_that_speak_of_extradition_are_answered_by_the_extradition_court() -> None:
    """A court's word on anything else does not explain why custody holds him for it."""
    assert names(notice_of(received(), books("EXTRAD"), court(result("4067")))) == ["EXTRADITION"]
    assert names(notice_of(received(), books("EXTRAD"), court(result("4028")))) == ["REMAND", "QUERY/CONTRADICTION"]


def test_a_doubt_of_every_kind_holds_with_a_whole_sentence() -> None:
    """Whatever the kind, people read a sentence, with one full stop."""
    for kind in QueryKind:
        (ground,) = notice_of(replace(doubt(kind), body=Doubt(kind=kind, about="x/0/1", sentence="Nobody can tell."))).grounds
        assert ground.sentence == "Nobody can tell."


def test_an_identifier_that_is_not_his_takes_nothing_that_names_him() -> None:
    """A custody record that names him by number stays his, whatever is unlinked."""
    told = replace(alert("XNR"), person=Person(prisoner_number="A1234BC"))
    assert names(notice_of(told)) == ["NOT_FOR_RELEASE"]


@pytest.mark.parametrize("back", ["INT", "TRNCRT", "TRNTAP"])
def test_a_return_does_not_end_why_he_was_received(back: str) -> None:
    """Law 2: received again as recalled, then to court and back: the return says nothing about the recall, nor about an unknown reason."""
    before = [
        received(at=ago(days=300)),
        left(at=ago(days=200)),
        left("CRT", "CRT", at=ago(days=3), seq=4),
        received(at=ago(days=2), seq=5, reason=back),
    ]
    assert names(notice_of(*before, received(at=ago(days=30), seq=3, reason="L"))) == ["RECALL"]
    assert names(notice_of(*before, received(at=ago(days=30), seq=3, reason="QQ"))) == ["QUERY/UNKNOWN_CODE"]


def test_a_reception_that_was_corrected_or_taken_back_holds_no_more() -> None:
    """Custody's own newer word on the same movement is its word: the reason first keyed does not outlive it."""
    first = received(at=ago(days=30), reason="L")
    assert names(notice_of(first, received(at=ago(days=29), reason="N"))) == []
    assert names(notice_of(first, received(at=ago(days=29), reason="L", deleted=True), received(at=ago(days=28), seq=2))) == []


@pytest.mark.parametrize(
    "old", [(recall(at=ago(days=250)), recall("DELETED", at=ago(days=240))), (recall(at=ago(days=250)), dates(kind="PRRD", at=ago(days=240)))]
)
def test_a_recall_of_long_ago_is_no_word_about_a_new_one(old: tuple[Claim, ...]) -> None:
    """A recall that was deleted or served goes before what a later reception, or custody's later books, imply no more."""
    told = [received(at=ago(days=300)), *old, left(at=ago(days=200)), received(at=ago(days=30), seq=3, reason="L")]
    assert names(notice_of(*told)) == ["RECALL"]
    assert names(notice_of(*told[:-1], received(at=ago(days=30), seq=3), books("FTR_56ORA"))) == ["RECALL"]


def test_of_two_alerts_in_one_version_the_one_that_holds_does() -> None:
    """A tie holds, whichever is told first, also once people have answered that there is a tie."""
    told = notice_of(alert("XCH"), alert("XNR"), resolution(kind="CONTRADICTION"))
    assert names(told) == ["NOT_FOR_RELEASE"]


def test_a_kind_of_query_is_not_answered_before_the_last_word_that_raises_it() -> None:
    """People who answered every contradiction, or every vanished result, at five have not answered what came at six."""
    answers = [resolution(kind=kind, at=ago(hours=5)) for kind in ("CONTRADICTION", "RESULT_VANISHED")]
    remand, bail = court(result("4028"), shared=ago(hours=6)), court(result("4027"), shared=ago(hours=4))
    assert names(notice_of(remand, court(shared=ago(hours=4)), *answers)) == ["QUERY/RESULT_VANISHED"]
    assert names(notice_of(court(result("4028"), document="warrant", shared=ago(hours=6)), bail, *answers)) == ["QUERY/CONTRADICTION"]
    sentence = replace(court(result("1002"), hearing="h0", day=date(2025, 10, 30), shared=ago(days=3)), received_at=NOW)
    early = court(result("4027"), shared=ago(hours=6))
    assert names(notice_of(early, sentence, *answers)) == ["QUERY/CONTRADICTION"]
    tie = [immigration("NO_LONGER_OF_INTEREST", at=ago(hours=6)), replace(immigration("IMMIGRATION_BAIL", at=ago(hours=6)), received_at=NOW)]
    assert names(notice_of(*tie, *answers)) == ["QUERY/CONTRADICTION"]


def test_people_who_disagree_in_one_version_unlink_nothing() -> None:
    """A tie resolves towards custody; and an identifier that is his keeps a record his, whatever else it carries."""
    own, pnc = Identifier(type="DEFENDANT_ID", value="d1"), Identifier(type="PNC", value="2002/0073319Z")
    yes, no = link(own, NUMBER), link(own, NUMBER, linked=False)
    for first, second in ((1, 2), (2, 1)):
        told = [replace(each, source=RecordRef("t", 0, n, "")) for each, n in ((yes, first), (no, second))]
        assert names(notice_of(court(result("4028")), *told)) == ["REMAND"]
    both = replace(court(result("4028")), person=Person(identifiers=(own, pnc)))
    assert names(notice_of(both, link(own, NUMBER), link(pnc, NUMBER, linked=False))) == ["REMAND"]
    assert names(notice_of(both, link(pnc, NUMBER, linked=False))) == []


def test_bail_that_is_dated_far_ahead_is_asked_about() -> None:
    """A mistyped year would outrank every remand until then."""
    told = notice_of(court(result("4027"), hearing="h9", day=date(2026, 10, 3), shared=ago(days=31)), court(result("4028"), hearing="h2"))
    assert names(told) == ["QUERY/CONTRADICTION"]


def test_a_hold_that_is_placed_again_holds() -> None:
    """Law 2: its end was stated before it was placed again, and ends nothing that came later."""
    told = notice_of(placed(at=ago(hours=6)), placed(ended=True, at=ago(hours=5)), placed(at=ago(hours=4)))
    assert names(told) == ["PLACED_BY_HAND"]


@pytest.mark.parametrize("began", [ago(days=30), ago(days=1)])
def test_a_second_booking_does_not_end_the_recall_of_the_first(began: datetime) -> None:
    """Law 2: nobody said that he left the booking into which he was received as recalled, nor that the recall is over."""
    assert names(notice_of(received(reason="L", at=ago(days=30)), received("b2", at=began))) == ["RECALL"]


def test_an_immigration_record_that_is_given_a_reference_is_one_record() -> None:
    """What ends the matter under its reference ends it; the same record's older word, without one, does not hold for ever."""
    record = ImmigrationRecord(immigration_detention_uuid="i1", record_type="IS91", record_date=date(2025, 10, 1))
    old, new = (
        say(each, by=Authority.IMMIGRATION, at=at)
        for each, at in ((record, ago(days=9)), (replace(record, home_office_reference="H1234567"), ago(days=8)))
    )
    assert names(notice_of(old, new, immigration("NO_LONGER_OF_INTEREST", uuid="i2"))) == []


def test_a_release_that_was_taken_back_ended_no_recall() -> None:
    """Law 2: custody says that he never left, so he is recalled as before, also where the deletion is told of another time."""
    gone = left(at=ago(days=9))
    for happened in (ago(days=9), ago(days=20), NOW):
        back = replace(gone, body=replace(gone.body, deleted=True), recorded_at=ago(days=8), occurred_at=happened)  # type: ignore[type-var]
        assert names(notice_of(received(reason="L"), gone, back, received(seq=3, at=ago(days=7), reason="INT"))) == ["RECALL"]


def test_a_visit_to_court_brings_no_recall_back() -> None:
    """Released after it and received anew into the same booking: a later departure of another sort does not hide that he was let go."""
    told = [received(reason="L", at=ago(days=300)), left(at=ago(days=200)), received(seq=3, at=ago(days=30))]
    assert names(notice_of(*told)) == []
    assert names(notice_of(*told, left("CRT", "CRT", at=ago(days=3), seq=4), received(seq=5, at=ago(days=2), reason="TRNCRT"))) == []


@pytest.mark.parametrize("reference", ["H7654321", None])
@pytest.mark.parametrize("status", ["ACTIVE", "DELETED"])
def test_one_matter_of_immigration_ends_no_other(reference: str | None, status: str) -> None:
    """Law 2: under its reference a matter is its own subject; the same record's later word under another, or under none, does not end it."""
    body = immigration("NO_LONGER_OF_INTEREST").body
    other = say(replace(body, home_office_reference=reference, status=status), by=Authority.IMMIGRATION, at=NOW)  # type: ignore[type-var]
    assert names(notice_of(immigration("IS91", at=ago(days=1)), other)) == ["IMMIGRATION_DETENTION"]
