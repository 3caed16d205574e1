"""The words in which a gate speaks to people: exits, sources, days, and what there is in place of an order for today.

The rules of wording are in docs/writing.md of the hub. Nothing here decides.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from holdfast_gate.model import Exit, NoticeOrder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EXITS = {
    Exit.RELEASE: "release",
    Exit.TEMPORARY_RELEASE: "temporary release",
    Exit.TRANSFER: "transfer",
    Exit.COURT: "court",
    Exit.HOSPITAL: "hospital",
    Exit.IMMIGRATION_TRANSFER: "transfer to immigration detention",
    Exit.REMOVAL: "removal from the country",
    Exit.EXTRADITION: "extradition",
}
_SOURCES = {
    "court": "the courts",
    "custody": "the prisons' records",
    "immigration": "Home Office immigration",
    "resolutions": "the Holdfast control room",
}
#: Half of a day: added to the midnight on which a day begins in London, in summer or winter, it gives an instant of that day in UTC too.
_NOON = timedelta(hours=12)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def exit_words(exit_: Exit) -> str:
    """An exit as people call it."""
    return _EXITS[exit_]


def source_words(source: str) -> str:
    """A source as people call it; one that this version does not know, by its name."""
    return _SOURCES.get(source, f"the source {source}")


def day_words(instant: datetime) -> str:
    """A day as GOV.UK writes it, with the month cut short: 3 Nov 2025. No locale changes it."""
    return f"{instant.day} {_MONTHS[instant.month - 1]} {instant.year}"


def time_words(instant: datetime) -> str:
    """An instant to the second: 09:05:00 UTC on 3 Nov 2025."""
    return f"{instant:%H:%M:%S} UTC on {day_words(instant)}"


def order_day(order: NoticeOrder) -> str:
    """The London day that an order is for."""
    return day_words(order.valid_from + _NOON)


def no_order(exit_: Exit, orders: Sequence[NoticeOrder], time: datetime) -> str:
    """Why nobody may leave by `exit_` at `time` on any of `orders`: what there is in place of an order for today, and who can make one."""
    found = list(dict.fromkeys(_instead(orders, time)))
    prison = f"The prison has not ordered {exit_words(exit_)} for today"
    if not found:
        return f"{prison}; its offender management unit can make an order."
    return " ".join([f"{prison}.", *found])


def _instead(orders: Sequence[NoticeOrder], time: datetime) -> Iterator[str]:
    for order in orders:
        if order.valid_from == order.valid_until:  # withdrawn, carried out or spent: the hub says which, and who can order anew
            yield from order.missing
        elif order.valid_from <= time < order.valid_until:
            yield "An order for today has arrived and is not confirmed yet: ask again in a moment."
            yield from order.missing
        else:
            tense = "was" if order.valid_until <= time else "is"
            yield f"The order {tense} for {order_day(order)}; the prison's offender management unit can make one for today."
