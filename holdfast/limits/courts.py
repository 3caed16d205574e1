"""How long a sentence may be that a court suspends, and how long one of a magistrates' court, by the law of the day.

Both laws changed for those convicted from a given day on. Where the day of conviction is not known, what any conviction up to the hearing allows is
allowed: a plausibility rule must not accuse a lawful sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from holdfast.codes.tables import Edition, Table
from holdfast.limits.tables import count, day, shipped

_Limit = TypeVar("_Limit")


class Custody(StrEnum):
    """What kind of custody is suspended: imprisonment of who is 21 or over, or detention in a young offender institution."""

    IMPRISONMENT = "IMPRISONMENT"
    YOI_DETENTION = "YOI_DETENTION"


@dataclass(frozen=True, kw_only=True, slots=True)
class SuspendableLimit:
    """What can be suspended: the shortest term in days, the longest in months, and the longest operational period in months.

    The same limits hold in a magistrates' court, beside its own (`magistrates_limit`): it cannot suspend what it cannot impose.
    """

    shortest_days: int
    longest_months: int
    longest_operational_months: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MagistratesLimit:
    """The longest imprisonment by a magistrates' court, in months.

    For one summary offence, for one either-way offence, for consecutive terms of summary offences only, and for consecutive terms with an either-way
    offence among them. Not counted: activated suspended sentences, imprisonment in default of payment, contempt. A detention and training order
    of a youth court (up to 24 months) is another kind of sentence, and no limit here is for it.
    """

    summary_months: int
    either_way_months: int
    aggregate_summary_months: int
    aggregate_months: int


class Suspendable:
    """What can be suspended, by kind and day of conviction. Sentencing Act 2020 ss.264, 277 and 288; Sentencing Act 2026 s.2."""

    FILE = "suspendable.csv"
    COLUMNS = ("kind", "convicted_from", "shortest_days", "longest_months", "longest_operational_months", "reason", "source")

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        self.edition = table.edition
        rows: dict[Custody, list[tuple[date, SuspendableLimit]]] = {kind: [] for kind in Custody}
        for line in table.lines:
            line.filled("reason")
            limit = SuspendableLimit(
                shortest_days=count(line, "shortest_days"),
                longest_months=count(line, "longest_months"),
                longest_operational_months=count(line, "longest_operational_months"),
            )
            rows[line.member("kind", Custody)].append((day(line, "convicted_from"), limit))
        self._rows = rows

    def limit(self, kind: Custody, hearing_day: date, convicted: date | None) -> SuspendableLimit:
        """The most generous of the limits that can apply."""
        limits = _applicable(self._rows[kind], hearing_day, convicted)
        return SuspendableLimit(
            shortest_days=min(limit.shortest_days for limit in limits),
            longest_months=max(limit.longest_months for limit in limits),
            longest_operational_months=max(limit.longest_operational_months for limit in limits),
        )


class Magistrates:
    """What a magistrates' court may impose, by day of conviction. Magistrates' Courts Act 1980 s.133; Sentencing Act 2020 s.224."""

    FILE = "magistrates-limits.csv"
    COLUMNS = (
        "convicted_from",
        "summary_months",
        "either_way_months",
        "aggregate_summary_months",
        "aggregate_months",
        "reason",
        "source",
    )

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        self.edition = table.edition
        self._rows: list[tuple[date, MagistratesLimit]] = []
        for line in table.lines:
            line.filled("reason")
            limit = MagistratesLimit(
                summary_months=count(line, "summary_months"),
                either_way_months=count(line, "either_way_months"),
                aggregate_summary_months=count(line, "aggregate_summary_months"),
                aggregate_months=count(line, "aggregate_months"),
            )
            self._rows.append((day(line, "convicted_from"), limit))

    def limit(self, hearing_day: date, convicted: date | None) -> MagistratesLimit:
        """The most generous of the limits that can apply."""
        limits = _applicable(self._rows, hearing_day, convicted)
        return MagistratesLimit(
            summary_months=max(limit.summary_months for limit in limits),
            either_way_months=max(limit.either_way_months for limit in limits),
            aggregate_summary_months=max(limit.aggregate_summary_months for limit in limits),
            aggregate_months=max(limit.aggregate_months for limit in limits),
        )


def _applicable(rows: Sequence[tuple[date, _Limit]], hearing_day: date, convicted: date | None) -> Sequence[_Limit]:
    until = [limit for since, limit in rows if since <= (convicted or hearing_day)]
    return until if convicted is None else until[-1:]


_SUSPENDABLE = Suspendable(shipped(Suspendable.FILE, Suspendable.COLUMNS, lambda line: (line["kind"], line["convicted_from"])))
_MAGISTRATES = Magistrates(shipped(Magistrates.FILE, Magistrates.COLUMNS, lambda line: (line["convicted_from"],)))
EDITIONS: dict[str, Edition] = {"suspendable": _SUSPENDABLE.edition, "magistrates-limits": _MAGISTRATES.edition}


def suspendable(kind: Custody, hearing_day: date, convicted: date | None = None) -> SuspendableLimit:
    """What a court could suspend at a hearing on this day, for who was convicted on that one, or at any time before."""
    return _SUSPENDABLE.limit(kind, hearing_day, convicted)


def magistrates_limit(hearing_day: date, convicted: date | None = None) -> MagistratesLimit:
    """What a magistrates' court could impose at a hearing on this day on who was convicted on that one, or at any time before."""
    return _MAGISTRATES.limit(hearing_day, convicted)
