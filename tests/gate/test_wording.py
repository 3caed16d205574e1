"""What a gate says when it refers: what is missing, what there is instead, and who can supply it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_gate.decide import Rules, decide
from holdfast_gate.model import EXITS_THAT_NEED_AN_ORDER, Exit, NoticeOrder
from holdfast_gate.view import View
from holdfast_gate.wording import day_words, exit_words, order_day, source_words, time_words
from tests.gate.feeds import START, order
from tests.gate.test_decision_table import REFERS, clear, notice

RULES = Rules()
UNIT = "the prison's offender management unit can make one for today."
WITHDREW = "The prison withdrew its order (e1); the prison's offender management unit can make a new order."


def dead(why: str = WITHDREW) -> NoticeOrder:
    """An order that the hub tells only so that people can read why there is none."""
    return replace(order(missing=(why,)), valid_until=order().valid_from)


def told(view: View, exit_: Exit = Exit.RELEASE) -> str:
    """The one reason to refer, in words."""
    (reason,) = decide(view, exit_, RULES).refer
    return reason.sentence


NO_ORDER: dict[str, tuple[Sequence[NoticeOrder], str]] = {
    "none": ((), "The prison has not ordered release for today; its offender management unit can make an order."),
    "tomorrow": ((order(days=1),), f"The prison has not ordered release for today. The order is for 25 Oct 2025; {UNIT}"),
    "yesterday": ((order(days=-1),), f"The prison has not ordered release for today. The order was for 23 Oct 2025; {UNIT}"),
    "withdrawn": ((dead(),), f"The prison has not ordered release for today. {WITHDREW}"),
    "withdrawn and re-dated": (
        (dead(), order(days=1)),
        f"The prison has not ordered release for today. {WITHDREW} The order is for 25 Oct 2025; {UNIT}",
    ),
    "twice the same": ((dead(), dead()), f"The prison has not ordered release for today. {WITHDREW}"),
    "for another exit": (
        (order(Exit.REMOVAL, days=1),),
        "The prison has not ordered release for today; its offender management unit can make an order.",
    ),
}


@pytest.mark.parametrize("case", NO_ORDER)
def test_without_an_order_for_today_it_says_what_there_is(case: str) -> None:
    """An order for another day, one that was withdrawn, or none; and who can make one."""
    orders, sentence = NO_ORDER[case]
    view = replace(clear(), sealed=notice(orders=orders))
    assert told(view) == sentence


def test_of_several_notices_the_newest_says_what_there_is() -> None:
    """The order was good and sealed, and a later notice says that it was withdrawn: that is the news."""
    view = replace(clear(), later=(notice(orders=[dead()]),))
    assert told(view) == f"The prison has not ordered release for today. {WITHDREW}"


def test_an_order_that_is_new_and_lacks_something() -> None:
    """Not sealed yet, and not borne out either: people are told both."""
    view = replace(clear(), sealed=notice(), later=(notice(orders=[order(missing=("No bail.",))]),))
    assert told(view) == (
        "The prison has not ordered release for today. An order for today has arrived and is not confirmed yet: ask again in a moment. No bail."
    )


@pytest.mark.parametrize(
    ("starts", "day"),
    [
        (datetime(2025, 10, 24, 23, tzinfo=UTC), "25 Oct 2025"),  # summer time
        (datetime(2025, 10, 25, 23, tzinfo=UTC), "26 Oct 2025"),  # the day on which it ends
        (datetime(2025, 10, 27, 0, tzinfo=UTC), "27 Oct 2025"),  # winter time
        (datetime(2025, 12, 31, 0, tzinfo=UTC), "31 Dec 2025"),
    ],
)
def test_the_day_of_an_order_is_londons(starts: datetime, day: str) -> None:
    """It begins at midnight there, which in summer is 23:00 UTC of the day before."""
    assert order_day(replace(order(), valid_from=starts)) == day


@pytest.mark.parametrize("exit_", sorted(EXITS_THAT_NEED_AN_ORDER))
def test_exits_are_in_words(exit_: Exit) -> None:
    """Nobody at a gate reads an underscore."""
    sentence = told(replace(clear(), sealed=notice()), exit_)
    assert exit_words(exit_) in sentence
    assert "_" not in sentence


@pytest.mark.parametrize("row", REFERS)
def test_every_refer_says_what_to_do(row: str) -> None:
    """Whatever the doubt: whom to ask, who can supply it, or that asking again is enough; and nobody reads of seals, replicas or brokers."""
    for reason in decide(REFERS[row][1](clear()), Exit.RELEASE, RULES).refer:
        if row.startswith("an order not borne out"):
            continue  # what is missing is the hub's own sentence
        assert any(words in reason.sentence for words in ("ask ", "can make ", "Who can sign it: ")), reason
        assert not any(word in reason.sentence.lower() for word in ("seal", "replica", "broker", "digest", "hub", "feed", "custody"))


def test_sources_are_in_words_and_a_new_one_keeps_its_name() -> None:
    """So that a source of a later version is not left without one."""
    assert source_words("court") == "the courts"
    assert source_words("probation") == "the source probation"


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2199, 1, 1)))  # noqa: DTZ001 - Hypothesis takes no other
def test_dates_are_written_in_one_way(at: datetime) -> None:
    """As the hub writes them: 3 Nov 2025, and a time before it."""
    assert day_words(at) == f"{at.day} {at:%b %Y}"
    assert time_words(at) == f"{at:%H:%M:%S} UTC on {at.day} {at:%b %Y}"


def test_the_time_of_a_late_source_is_told_to_the_second() -> None:
    """Without the parts of one that a heartbeat has."""
    at = START - timedelta(seconds=11, microseconds=7)
    view = replace(clear(), caught_up={**clear().caught_up, "custody": at})
    assert told(view, Exit.COURT) == (
        "News from the prisons' records since 07:59:48 UTC on 24 Oct 2025 may not have reached this gate: ask the Holdfast control room."
    )
