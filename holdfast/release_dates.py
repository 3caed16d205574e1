"""When a calculation lets somebody go: which of its dates binds, and on which day he is then released.

Of the dates of one calculation an approved one comes before the automatic ones; of the automatic ones the last binds, because each ends the custody
of one sentence only; where there is none, the sentence runs to its expiry. A date on a Saturday, a Sunday or a bank holiday is kept on the last
working day before it (Criminal Justice Act 1961 s.23(3)). A tariff ends nothing: an indeterminate sentence has no date but an approved one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from holdfast.claims import ReleaseDate, SentenceDates
from holdfast.codes import ReleaseDateKind, release_date_kind
from holdfast.limits import HolidaysUnknownError, earliest_release_day, release_day

#: The type of date on which the Parole Board has approved release.
PAROLE = "APD"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ends:
    """Which dates end a term of custody: those of these kinds; of the approved ones `curfew` too, or the Parole Board's alone."""

    kinds: frozenset[ReleaseDateKind]
    curfew: bool = True

    def named(self, each: ReleaseDate, kind: ReleaseDateKind) -> bool:
        """Whether `each` is a date of `kind` that counts here."""
        approved = kind is ReleaseDateKind.APPROVED
        return kind in self.kinds and release_date_kind(each.type) is kind and (self.curfew or not approved or each.type == PAROLE)


_AUTOMATIC, _APPROVED = ReleaseDateKind.AUTOMATIC, ReleaseDateKind.APPROVED
_AFTER_RECALL, _EXPIRY = ReleaseDateKind.POST_RECALL, ReleaseDateKind.EXPIRY

#: Without anybody's approval: the automatic date, after a recall the one that custody set in its place, else the expiry.
BY_ITSELF = Ends(kinds=frozenset({_AUTOMATIC, _AFTER_RECALL, _EXPIRY}))
#: The same, or earlier as approved.
DETERMINATE = Ends(kinds=BY_ITSELF.kinds | {_APPROVED})
#: The same for a sentence that curfew is not for (Criminal Justice Act 2003 s.246(4)): an approved curfew date on the booking is another sentence's.
EXTENDED = Ends(kinds=DETERMINATE.kinds, curfew=False)
#: A direction of the Parole Board, which alone ends an indeterminate sentence's custody.
DIRECTED = Ends(kinds=frozenset({_APPROVED}), curfew=False)
#: What a release before the automatic date needs.
APPROVED = Ends(kinds=frozenset({_APPROVED}))
#: When somebody recalled leaves again: the date after recall, else the sentence's expiry.
POST_RECALL = Ends(kinds=frozenset({_AFTER_RECALL, _EXPIRY}))
#: When the whole sentence is over.
EXPIRY = Ends(kinds=frozenset({_EXPIRY}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """What one calculation says of somebody's release. `date` is None where none of its dates is of the kind asked for."""

    date: date | None
    confirmed: bool

    @property
    def day(self) -> date | None:
        """The day on which he is released: the date, or the last working day before it."""
        return None if self.date is None else release_day_of(self.date)

    def reached(self, today: date) -> bool:
        """Confirmed, and the day has come."""
        return self.confirmed and self.day is not None and self.day <= today

    def within_reach(self, today: date) -> bool:
        """Confirmed, and today is no earlier than the Secretary of State may direct (Offenders (Day of Release from Detention) Act 2023)."""
        return self.confirmed and self.date is not None and earliest_release_day_of(self.date) <= today

    @property
    def words(self) -> str:
        """For people: the day, and whether it is confirmed."""
        if self.date is None:
            return "no release date is known"
        day = release_day_of(self.date)
        kept = "" if day == self.date else f", for release on {day.day} {day:%b %Y}, the working day before"
        return f"the {'confirmed' if self.confirmed else 'unconfirmed'} release date is {self.date.day} {self.date:%b %Y}{kept}"


def paroled_after(calculation: SentenceDates, day: date, today: date) -> bool:
    """The Parole Board has directed release on a day after `day`, custody has confirmed it, and it has come (Criminal Justice Act 2003 s.255C).

    An approved date of curfew is none, and one of before was for the release that went before.
    """
    approved = [each.date for each in calculation.dates if each.type == PAROLE and each.date > day]
    return calculation.calculation_status == "CONFIRMED" and bool(approved) and release_day_of(min(approved)) <= today


def due(calculation: SentenceDates, ends: Ends) -> Due:
    """The date that binds in `calculation`, of those that `ends` names."""

    def dates(kind: ReleaseDateKind) -> list[date]:
        return [each.date for each in calculation.dates if ends.named(each, kind)]

    approved, by_itself = dates(_APPROVED), dates(_AUTOMATIC) or dates(_AFTER_RECALL) or dates(_EXPIRY)
    first = [*([min(approved)] if approved else []), *([max(by_itself)] if by_itself else [])]
    return Due(date=min(first, default=None), confirmed=calculation.calculation_status == "CONFIRMED")


def release_day_of(due_on: date) -> date:
    """`release_day`, and the date itself in years whose holidays are not known: a day or two late rather than early."""
    try:
        return release_day(due_on)
    except HolidaysUnknownError:
        return due_on


def earliest_release_day_of(due_on: date) -> date:
    """`earliest_release_day`, and the date itself in years whose holidays are not known."""
    try:
        return earliest_release_day(due_on)
    except HolidaysUnknownError:
        return due_on


def turning_days(due_on: date) -> tuple[date, ...]:
    """The days on which a release date can change what gates are told: the earliest lawful one, the day that it is kept on, the date itself."""
    return earliest_release_day_of(due_on), release_day_of(due_on), due_on
