"""How old a replica may be at the most, measured without any wall clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast_gate.freshness import Freshness


def test_nothing_is_proven_without_a_seal_and_an_answer() -> None:
    """Neither a seal alone nor an answer alone says how old anything is."""
    freshness = Freshness()
    assert freshness.age_s(0) is None
    freshness.sealed(10)
    assert freshness.age_s(0) is None
    freshness = Freshness()
    freshness.answered(sent_at_s=0, end_offset=5)
    assert freshness.age_s(0) is None


def test_a_seal_after_the_answer_is_younger_than_the_question() -> None:
    """The log ended at or before the seal when it was asked: the seal came after."""
    freshness = Freshness()
    freshness.answered(sent_at_s=3, end_offset=10)
    freshness.sealed(10)
    assert freshness.age_s(5) == 2


def test_a_seal_that_was_there_already_proves_nothing() -> None:
    """When the hub is dead, its last seal is the last record for ever; asking again must not make it young."""
    freshness = Freshness()
    freshness.answered(sent_at_s=0, end_offset=10)
    freshness.sealed(10)
    for second in range(1, 100):
        freshness.answered(sent_at_s=second, end_offset=11)
    assert freshness.age_s(100) == 100


def test_an_answer_may_arrive_after_the_seal_that_it_proves() -> None:
    """The record can overtake the answer to the question that was asked before it."""
    freshness = Freshness()
    freshness.sealed(10)
    freshness.answered(sent_at_s=4, end_offset=10)
    assert freshness.age_s(5) == 1


def test_a_marker_at_the_end_is_passed_by_the_next_seal() -> None:
    """The end of a log may lie behind a transaction's marker: the next seal proves what this one cannot."""
    freshness = Freshness()
    freshness.sealed(10)
    freshness.answered(sent_at_s=1, end_offset=12)
    assert freshness.age_s(2) is None
    freshness.sealed(12)
    assert freshness.age_s(2) == 1


def test_the_youngest_answer_counts() -> None:
    """Of several answers that a seal has passed the one that was asked for last counts, and age never falls without a seal."""
    freshness = Freshness()
    for second, end in enumerate([5, 6, 6, 9, 12]):
        freshness.answered(sent_at_s=second, end_offset=end)
    freshness.sealed(9)
    assert freshness.age_s(10) == 7


def test_a_long_silence_is_remembered_in_bounded_room() -> None:
    """However often a growing log is asked, what is kept is bounded, and losing the oldest answers only makes things older."""
    freshness = Freshness()
    for second in range(1000):
        freshness.answered(sent_at_s=second, end_offset=second)
    freshness.sealed(100)
    assert freshness.age_s(1000) is None
    freshness.sealed(999)
    assert freshness.age_s(1000) == 1


def test_many_answers_that_say_the_same_take_no_room() -> None:
    """A log that stands still for long does not push out the answer that the seal being read now has passed."""
    freshness = Freshness()
    freshness.answered(sent_at_s=0, end_offset=5)
    for second in range(1, 1000):
        freshness.answered(sent_at_s=second, end_offset=7)
    freshness.sealed(5)
    assert freshness.age_s(1000) == 1000
    freshness.sealed(7)
    assert freshness.age_s(1000) == 1


class _Truth:
    """A log whose seals' true append times are known."""

    def __init__(self) -> None:
        self.end = 0
        self.seals: list[tuple[int, int]] = []


@given(st.lists(st.sampled_from(["seal", "record", "ask", "answer", "read", "wait"]), max_size=60))
def test_never_younger_than_the_truth(steps: list[str]) -> None:
    """Whatever is asked, answered and read in whatever order, the seal is never taken for younger than it is."""
    truth, freshness, now = _Truth(), Freshness(), 0
    asked: list[tuple[int, int]] = []
    unread: list[tuple[int, int]] = []
    read: tuple[int, int] | None = None
    for step in steps:
        match step:
            case "seal":
                unread.append((truth.end, now))
                truth.end += 1
            case "record":
                truth.end += 1
            case "ask":
                asked.append((now, truth.end))
            case "answer" if asked:
                sent_at, end = asked.pop(0)
                freshness.answered(sent_at_s=sent_at, end_offset=end)
            case "read" if unread:
                read = unread.pop(0)
                freshness.sealed(read[0])
            case _:
                now += 1
        age = freshness.age_s(now)
        if age is not None:
            assert read is not None
            assert age >= now - read[1]
