"""A hearing as it was shared or passed on: one snapshot per defendant, and the doubts beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from holdfast.claims import Body, Claim, CourtSnapshot, Doubt, Person
from holdfast.subjects import micros
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.attribution import Attributed
from services.intake.adaptors.court_claims import LABEL_CHARS, court_claim, lines_of, listed_of, unclaimed
from services.intake.adaptors.hearing import Hearing
from services.intake.adaptors.opened import day
from services.intake.adaptors.port import Upstream


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One share of a hearing on one of its days, or one paper of it: `document` is then what the paper is."""

    record: Upstream
    dialect: str
    record_id: str
    hearing: Hearing
    shared_at: datetime
    stated_day: str | date
    attributed: Attributed
    document: str = ""

    def claims(self) -> tuple[Claim, ...]:
        """The snapshots, and what must be doubted beside them."""
        hearing_day = self.stated_day if isinstance(self.stated_day, date) else day(self.stated_day)
        told: list[Claim] = []
        for defendant_id, person in sorted(self.attributed.people.items()):
            if hearing_day is None:
                about = f"court/hearing/{self.hearing.id}/{self.stated_day}"
                text = f"Hearing {self.hearing.id} was shared for the day {self.stated_day!r}, and there is no such day."
                told.append(self._doubt(person, QueryKind.IMPOSSIBLE_DATE, about, text))
                continue
            snapshot = self._claim(Authority.COURT, person, self._snapshot(defendant_id, hearing_day))
            told.append(snapshot)
            if (born := self.attributed.impossible_births.get(defendant_id)) is not None:
                text = f"The court gives {born!r} as a date of birth, and there is no such day."
                told.append(self._doubt(person, QueryKind.IMPOSSIBLE_DATE, snapshot.subject, text))
            if (text := self._nobodys()) is not None:
                told.append(self._doubt(person, QueryKind.AMBIGUOUS_IDENTITY, snapshot.subject, text))
        return tuple(told)

    def _snapshot(self, defendant_id: str, hearing_day: date) -> CourtSnapshot:
        centre = self.hearing.court_centre
        return CourtSnapshot(
            defendant_id=defendant_id,
            hearing_id=self.hearing.id,
            hearing_day=hearing_day,
            shared_at=self.shared_at,
            court_code=((centre and (centre.code or centre.id)) or "")[:LABEL_CHARS],
            court_name=((centre and centre.name) or "")[:LABEL_CHARS],
            lines=lines_of(self.attributed, defendant_id),
            # Who is missing from a paper has not vanished from the court's results.
            defendants_in_share=None if self.document else tuple(sorted(self.attributed.people)),
            jurisdiction=self.hearing.jurisdiction_type or "",
            document=self.document,
            listed=listed_of(self.attributed, defendant_id),
        )

    def _nobodys(self) -> str | None:
        """What the share decided about nobody in particular, if it may demand custody: then whose it is, is a question about everybody in it."""
        what = [
            f"{placed.result.label or placed.result.judicial_result_id} ({placed.offence_id})"[:LABEL_CHARS] for placed in unclaimed(self.attributed)
        ]
        return f"At hearing {self.hearing.id} the court recorded results without saying whose: {'; '.join(what[:10])}." if what else None

    def _doubt(self, person: Person, kind: QueryKind, about: str, sentence: str) -> Claim:
        # Ordered by the share, so that a share that doubts again is not answered by one before it.
        return self._claim(Authority.HUB, person, Doubt(kind=kind, about=about, sentence=sentence, sequence=micros(self.shared_at)))

    def _claim(self, authority: Authority, person: Person, body: Body) -> Claim:
        return court_claim(
            self.record, dialect=self.dialect, record_id=self.record_id, person=person, body=body, authority=authority, said_at=self.shared_at
        )
