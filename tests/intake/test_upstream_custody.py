"""What custody's and immigration's own payloads mean, where they are at hand: every claim of every file."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from holdfast.claims import (
    Alert,
    Claim,
    Identifier,
    ImmigrationRecord,
    ImprisonmentStatus,
    Movement,
    Particulars,
    ReleaseDate,
    ReleaseOrder,
    SentenceDates,
)
from tests.intake.records import body_of, claims_of, upstream
from tests.intake.test_upstream_payloads import PAYLOADS, topic_of, value_of

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the upstream payloads are not at hand")


def told(name: str) -> tuple[Claim, ...]:
    """The claims of a file."""
    return claims_of(upstream(topic_of(name), value_of(name)))


def test_a_release_that_is_scheduled() -> None:
    """#24: to be discharged at the end of sentence and deported, on a day, of a booking that is not named."""
    (claim,) = told("prison-api__24-scheduled-release-event")
    assert claim.body == ReleaseOrder(booking_id="", event_id="1", release_date=date(2018, 4, 23), movement_reason_code="DD", event_status="SCH")
    assert (claim.person.prisoner_number, claim.recorded_at) == ("A1234AA", datetime(2020, 1, 1, 11, tzinfo=UTC))


def test_movements() -> None:
    """#25: three receptions on remand, and a return from a temporary absence. Summer and winter times."""
    moves = [(claim, body_of(claim, Movement)) for claim in told("prison-api__25-external-movements-since")]
    assert [
        (claim.person.prisoner_number, body.booking_id, body.direction, body.movement_type, body.movement_reason_code) for claim, body in moves
    ] == [
        ("A1234AA", "-1", "IN", "ADM", "N"),
        ("A1234AA", "-1", "IN", "ADM", "N"),
        ("Z0025ZZ", "-25", "IN", "ADM", "N"),
        ("Z0025ZZ", "-25", "IN", "TAP", "C3"),
    ]
    assert [claim.occurred_at for claim, _ in moves] == [
        datetime(2019, 10, 17, 16, 30, tzinfo=UTC),
        datetime(2019, 10, 2, 16, tzinfo=UTC),
        datetime(2021, 1, 1, tzinfo=UTC),
        datetime(2021, 11, 1, tzinfo=UTC),
    ]


def test_somebody_held_for_immigration() -> None:
    """#26: in prison since his reception, held as DEPORT, two alerts, and dates that no calculation vouches for."""
    claims = told("prison-api__26-offender-immigration-detainee")
    assert [claim.body for claim in claims] == [
        Particulars(),
        Movement(direction="IN", booking_id="-7", movement_seq=None, movement_type="ADM", movement_reason_code="", prison_id="LEI"),
        ImprisonmentStatus(booking_id="-7", status_code="DEPORT"),
        Alert(alert_uuid="-7/1", alert_code="VOP", active_from=date(2020, 6, 1)),
        Alert(alert_uuid="-7/2", alert_code="XTACT", active_from=date(2020, 6, 1)),
        SentenceDates(
            booking_id="-7",
            sentence_calculation_id="unstated",
            calculation_status="PRELIMINARY",
            dates=(
                ReleaseDate(type="ARD", date=date(2018, 2, 28)),
                ReleaseDate(type="MTD", date=date(2017, 12, 31)),
                ReleaseDate(type="NPD", date=date(2017, 12, 31)),
                ReleaseDate(type="SED", date=date(2018, 5, 31)),
                ReleaseDate(type="TUSED", date=date(2021, 3, 31)),
            ),
        ),
    ]
    assert {claim.person.prisoner_number for claim in claims} == {"A1234AG"}
    person = claims[0].person
    assert (person.last_name, person.first_name, person.date_of_birth) == ("SMITH", "GILES", date(1977, 1, 2))
    assert claims[2].recorded_at == datetime(2021, 9, 5, 23, tzinfo=UTC)


def test_events_of_removal_centres() -> None:
    """#28: five events of four people, known only by the centres' numbers."""
    events = [(claim, body_of(claim, ImmigrationRecord)) for claim in told("immigration__28-irc-bed-events")]
    assert [(claim.person.identifiers[0].value, body.record_type, body.record_date) for claim, body in events] == [
        ("irc/1/1", "IRC_DETENTION", date(2016, 2, 26)),
        ("irc/1/1", "IRC_CHECK_OUT", date(2016, 2, 27)),
        ("irc/1/2", "IRC_DETENTION", date(2016, 2, 26)),
        ("irc/2/3", "IRC_DETENTION", date(2016, 2, 26)),
        ("irc/2/4", "IRC_CHECK_OUT", date(2016, 2, 26)),
    ]
    assert events[0][0].recorded_at == datetime(2016, 2, 26, 9, 24, 20, tzinfo=UTC)
    assert {claim.person.prisoner_number for claim, _ in events} == {None}


def test_subjects_of_removal_centres() -> None:
    """#29: which of the centres' numbers are which of the Home Office's. Only the first says by which number events name it."""
    subjects = told("immigration__29-irc-subjects-cid-ids")
    assert {claim.body for claim in subjects} == {Particulars()}
    assert [[each.value for each in claim.person.identifiers] for claim in subjects] == [
        ["1244234", "irc/1/1", "irc/1/person/99999"],
        ["4534533", "irc/1/person/111111"],
        ["56434534", "irc/2/person/222222"],
        ["234234534", "irc/2/person/3333333"],
    ]
    assert all(each == Identifier(type="CID", value=each.value) for claim in subjects for each in claim.person.identifiers)
