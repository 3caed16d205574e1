"""People who never were: lawful prisoners whose release must be ALLOW, each with the records that make it lawful.

Everything follows from a number and a day, so that two runs publish the same records. Names are from a list of plants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from holdfast.identifiers import pnc_with_check
from holdfast.london import london_date

Payload = Mapping[str, Any]

_LAST = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gorse", "Hazel", "Ivy", "Juniper", "Larch", "Maple", "Oak", "Pine", "Rowan", "Yew")
_FIRST = ("Ash", "Basil", "Clover", "Daisy", "Fern", "Heath", "Iris", "Jasmine", "Laurel", "Moss", "Olive", "Reed", "Sage", "Tansy", "Violet", "Wren")
COURT = {"court_code": "B01BH00", "court_name": "Example Magistrates' Court"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One upstream record, in the contract's form."""

    topic: str
    payload: Payload


@dataclass(frozen=True, kw_only=True, slots=True)
class Prisoner:
    """One person, and how to write records about them as of `now`."""

    prisoner_number: str
    pnc: str
    defendant_id: str
    booking_id: str
    last_name: str
    first_name: str
    date_of_birth: str
    now: datetime

    def person(self) -> Payload:
        """As custody knows them."""
        return {
            "prisoner_number": self.prisoner_number,
            "identifiers": [{"type": "PNC", "value": self.pnc}],
            "last_name": self.last_name,
            "first_name": self.first_name,
            "date_of_birth": self.date_of_birth,
        }

    def defendant(self) -> Payload:
        """As courts know them: without a prison number."""
        return {
            "identifiers": [{"type": "PNC", "value": self.pnc}, {"type": "DEFENDANT_ID", "value": self.defendant_id}],
            "last_name": self.last_name,
            "first_name": self.first_name,
            "date_of_birth": self.date_of_birth,
        }

    def _said(self, ago: timedelta) -> Payload:
        at = (self.now - ago).isoformat()
        return {"occurred_at": at, "recorded_at": at}

    def reception(self, reason: str, *, days_ago: int) -> Record:
        """Received into prison."""
        payload = {
            "type": "RECEPTION",
            "person": self.person(),
            **self._said(timedelta(days=days_ago)),
            "booking_id": self.booking_id,
            "movement_seq": 1,
            "movement_reason_code": reason,
            "prison_id": "WWI",
        }
        return Record(topic="custody-events", payload=payload)

    def court(self, *results: Payload, days_ago: int, hearing: str = "1", shared_ago: timedelta | None = None) -> Record:
        """What a court shared of one hearing day."""
        day = self.now - timedelta(days=days_ago)
        ago = timedelta(days=days_ago) if shared_ago is None else shared_ago
        payload = {
            "type": "COURT_RESULT",
            "person": self.defendant(),
            **self._said(ago),
            **COURT,
            "hearing_id": f"{self.defendant_id}-{hearing}",
            "hearing_day": day.date().isoformat(),
            "shared_at": (self.now - ago).isoformat(),
            "case_urn": f"01WW{self.booking_id}",
            "defendant_id": self.defendant_id,
            "results": [{"offence_id": f"{self.defendant_id}-o1", "offence_code": "TH68001", **result} for result in results],
        }
        return Record(topic="court-results", payload=payload)

    def sentence_dates(self, *, days_ago: int, conditional_release_in_days: int) -> Record:
        """Custody's confirmed calculation."""
        day = self.now + timedelta(days=conditional_release_in_days)
        payload = {
            "type": "SENTENCE_DATES",
            "person": self.person(),
            **self._said(timedelta(days=days_ago)),
            "booking_id": self.booking_id,
            "sentence_calculation_id": f"{self.booking_id}-1",
            "calculation_status": "CONFIRMED",
            "dates": [
                {"type": "CRD", "date": day.date().isoformat()},
                {"type": "SED", "date": (day + timedelta(days=90)).date().isoformat()},
            ],
        }
        return Record(topic="custody-events", payload=payload)

    def release_order(self, reason: str) -> Record:
        """Custody's order for today."""
        payload = {
            "type": "RELEASE_ORDER",
            "person": self.person(),
            **self._said(timedelta(minutes=2)),
            "booking_id": self.booking_id,
            "event_id": f"{self.booking_id}-e1",
            "release_date": london_today(self.now),
            "movement_reason_code": reason,
            "event_status": "SCH",
        }
        return Record(topic="custody-events", payload=payload)

    def immigration(self, record_type: str, *, days_ago: int, **more: str) -> Record:
        """What immigration recorded."""
        payload = {
            "type": "IMMIGRATION_RECORD",
            "person": {"prisoner_number": self.prisoner_number},
            **self._said(timedelta(days=days_ago)),
            "immigration_detention_uuid": f"{self.defendant_id}-{record_type}",
            "record_type": record_type,
            "record_date": (self.now - timedelta(days=days_ago)).date().isoformat(),
            "home_office_reference": f"H{self.booking_id}",
            "status": "ACTIVE",
            **more,
        }
        return Record(topic="immigration-events", payload=payload)

    def left(self, reason: str, *, ago: timedelta) -> Record:
        """Out through the gate."""
        payload = {
            "type": "MOVEMENT_OUT",
            "person": self.person(),
            **self._said(ago),
            "booking_id": self.booking_id,
            "movement_seq": 2,
            "movement_type": "REL",
            "movement_reason_code": reason,
            "from_prison_id": "WWI",
        }
        return Record(topic="custody-events", payload=payload)


def london_today(now: datetime) -> str:
    """Today's date in London."""
    return london_date(now).isoformat()


def prisoner(n: int, now: datetime) -> Prisoner:
    """The n-th person, n below 100,000."""
    number = f"{'ABCDEFGHJK'[n // 10_000]}{n % 10_000:04d}{'ABCDEFGHJK'[n % 10]}{'KLMNPQRTUV'[n // 7 % 10]}"
    return Prisoner(
        prisoner_number=number,
        pnc=pnc_with_check(2000 + n % 20, 10_000 + n),
        defendant_id=f"00000000-0000-4000-8000-{n:012d}",
        booking_id=str(1_000_000 + n),
        last_name=_LAST[n % len(_LAST)],
        first_name=_FIRST[n // len(_LAST) % len(_FIRST)],
        date_of_birth=(datetime(1960, 1, 1, tzinfo=UTC) + timedelta(days=n * 13 % 14_000)).date().isoformat(),
        now=now,
    )


def lawful(n: int, now: datetime) -> tuple[Prisoner, tuple[Record, ...]]:
    """The n-th lawful release: a prisoner and every record that makes it so, oldest first."""
    who = prisoner(n, now)
    imprisoned = {"result_id": "r1", "cjs_code": "1002", "label": "Imprisonment", "imprisonment_months": 6}
    remanded = {"result_id": "r1", "cjs_code": "4028", "label": "Remanded in custody"}
    served = (
        who.court(imprisoned, days_ago=100),
        who.reception("I", days_ago=100),
        who.sentence_dates(days_ago=95, conditional_release_in_days=0),
        who.release_order("CR"),
    )
    kinds: tuple[tuple[Record, ...], ...] = (
        served,
        (
            who.reception("N", days_ago=30),
            who.court(remanded, days_ago=30),
            who.court({"result_id": "r2", "cjs_code": "4027", "label": "Conditional bail"}, days_ago=1, hearing="2"),
            who.release_order("BL"),
        ),
        (
            who.court(remanded, days_ago=40),
            who.reception("N", days_ago=40),
            who.court({"result_id": "r2", "cjs_code": "2061", "label": "Withdrawn"}, days_ago=1, hearing="2"),
            who.release_order("DS"),
        ),
        (
            *served,
            who.immigration("IS91", days_ago=60),
            who.immigration("NO_LONGER_OF_INTEREST", days_ago=3, no_longer_of_interest_reason="RIGHT_TO_REMAIN"),
        ),
    )
    return who, kinds[n % len(kinds)]


def records_of(people: int, now: datetime) -> Iterator[Record]:
    """Every record of the first `people` lawful prisoners, person by person."""
    for n in range(people):
        yield from lawful(n, now)[1]
