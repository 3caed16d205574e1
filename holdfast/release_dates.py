"""When a calculation lets somebody go: which of its dates binds, and on which day he is then released.

Of the dates of one calculation an approved one comes before the automatic ones; of the automatic ones the last binds, because each ends the custody
of one sentence only; where there is none, the sentence runs to its expiry. A date on a Saturday, a Sunday or a bank holiday is kept on the last
working day before it (Criminal Justice Act 1961 s.23(3)). A tariff ends nothing: an indeterminate sentence has no date but an approved one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from holdfast.claims import SentenceDates
from holdfast.codes import ReleaseDateKind, release_date_kind
from holdfast.limits import HolidaysUnknownError, earliest_release_day, release_day

Kinds = frozenset[ReleaseDateKind]

#: What ends a determinate sentence's custody by time without anybody's approval: the automatic date, after a recall the one that custody set in its
#: place, else the expiry.
BY_ITSELF: Kinds = frozenset({ReleaseDateKind.AUTOMATIC, ReleaseDateKind.POST_RECALL, ReleaseDateKind.EXPIRY})
#: The same, or earlier as approved.
DETERMINATE: Kinds = BY_ITSELF | {ReleaseDateKind.APPROVED}
#: The type of date on which the Parole Board has approved release.
PAROLE = "APD"
#: When the whole sentence is over.
EXPIRY: Kinds = frozenset({ReleaseDateKind.EXPIRY})
#: What ends an indeterminate sentence's custody, and what a release before the automatic date needs.
APPROVED: Kinds = frozenset({ReleaseDateKind.APPROVED})
#: When somebody recalled leaves again: the date after recall, else the sentence's expiry.
POST_RECALL: Kinds = frozenset({ReleaseDateKind.POST_RECALL, ReleaseDateKind.EXPIRY})


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
        if self.day is None or self.date is None:
            return "no release date is known"
        kept = "" if self.day == self.date else f" (kept on {self.day.day} {self.day:%b %Y}, the last working day before it)"
        return f"the {'confirmed' if self.confirmed else 'unconfirmed'} release date is {self.date.day} {self.date:%b %Y}{kept}"


def paroled_after(calculation: SentenceDates, day: date, today: date) -> bool:
    """The Parole Board has directed release on a day after `day`, custody has confirmed it, and it has come (Criminal Justice Act 2003 s.255C).

    An approved date of curfew is none, and one of before was for the release that went before.
    """
    approved = [each.date for each in calculation.dates if each.type == PAROLE and each.date > day]
    return calculation.calculation_status == "CONFIRMED" and bool(approved) and release_day_of(min(approved)) <= today


def due(calculation: SentenceDates, kinds: Kinds) -> Due:
    """The date of `kinds` that binds in `calculation`."""
    by_kind = {kind: [each.date for each in calculation.dates if release_date_kind(each.type) is kind] for kind in kinds}
    approved, automatic, post_recall, expiry = (
        by_kind.get(kind, []) for kind in (ReleaseDateKind.APPROVED, ReleaseDateKind.AUTOMATIC, ReleaseDateKind.POST_RECALL, ReleaseDateKind.EXPIRY)
    )
    by_itself = automatic or post_recall or expiry
    ends = [*([min(approved)] if approved else []), *([max(by_itself)] if by_itself else [])]
    return Due(date=min(ends, default=None), confirmed=calculation.calculation_status == "CONFIRMED")


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
