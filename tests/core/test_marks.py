"""How partition marks become marks: how complete each source is, and when a mark goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from holdfast.claims import Mark, PartitionMark, SourceMark
from holdfast.marks import MARK_EVERY, Progress
from holdfast.records import PartitionProgress, ProgressEntry, SourceProgress
from tests.core.telling import NOW

S = timedelta(seconds=1)
NO_GAPS: dict[str, list[str]] = {}


def part(partition: int = 0, *, at: datetime = NOW, as_of: datetime | None = NOW, count: int = 1, source: str = "court") -> PartitionMark:
    """What intake says of one partition."""
    return PartitionMark(source=source, partition=partition, partition_count=count, as_of=as_of, time=at)


def as_of(progress: Progress) -> dict[str, datetime | None]:
    """How far each source is caught up."""
    return {mark.source: mark.caught_up_as_of for mark in progress.sources(NO_GAPS)}


def told(*marks: PartitionMark) -> Progress:
    """The progress after some marks."""
    progress = Progress()
    for mark in marks:
        progress.note(mark, NO_GAPS)
    return progress


def test_the_first_mark_goes_on_at_once() -> None:
    """Whatever is still missing: a new hub says as early as it can that it is there."""
    sources = (SourceMark(source="court", caught_up_as_of=None, gap=False),)
    assert Progress().note(part(count=2), NO_GAPS) == Mark(time=NOW, sources=sources)


def test_a_source_is_as_late_as_its_latest_partition() -> None:
    """The oldest of the newest heartbeats of every partition."""
    progress = told(part(0, as_of=NOW, count=2), part(1, as_of=NOW - 5 * S, count=2), part(0, as_of=NOW + S, count=2))
    assert as_of(progress) == {"court": NOW - 5 * S}


def test_a_partition_that_was_not_heard_holds_its_source_back() -> None:
    """Until every partition has marked, nothing is known of the source; a mark without a heartbeat is no word."""
    assert as_of(told(part(0, count=2))) == {"court": None}
    assert as_of(told(part(0, count=2), part(1, count=2, as_of=None))) == {"court": None}
    assert as_of(told(part(0, as_of=None))) == {"court": None}


def test_what_was_said_never_goes_back() -> None:
    """An older heartbeat, in its partition or in one that is new, takes nothing back."""
    older = NOW - 9 * S
    assert as_of(told(part(), part(as_of=older))) == {"court": NOW}
    assert told(part(), part(as_of=older)).entry().sources[0].partitions == (PartitionProgress(partition=0, as_of=NOW),)
    grown = told(part(), part(0, count=2), part(1, as_of=older, count=2))
    assert as_of(grown) == {"court": NOW}
    assert as_of(told(part(), part(0, as_of=NOW + 5 * S, count=2))) == {"court": NOW}, "a new partition has not marked: the source stands still"


def test_time_never_goes_back() -> None:
    """T is the latest of all."""
    progress = told(part(at=NOW), part(at=NOW - 5 * S))
    assert progress.time == NOW
    assert told(part(at=NOW), part(at=NOW + 5 * S)).time == NOW + 5 * S


def test_a_mark_goes_on_when_every_partition_has_marked() -> None:
    """One of each is waited for; then the next round begins from nothing."""
    progress = told(part(0, count=2))
    assert progress.note(part(0, count=2), NO_GAPS) is None
    assert progress.note(part(1, count=2), NO_GAPS) == Mark(time=NOW, sources=(SourceMark(source="court", caught_up_as_of=NOW, gap=False),))
    assert progress.note(part(1, count=2), NO_GAPS) is None
    assert progress.note(part(0, count=2), NO_GAPS) is not None


def test_other_sources_are_waited_for_too() -> None:
    """A round is every partition of every source."""
    progress = told(part(source="court"))
    assert progress.note(part(source="custody"), NO_GAPS) is None
    assert progress.note(part(source="court"), NO_GAPS) is not None
    assert progress.note(part(source="court"), NO_GAPS) is None
    mark = progress.note(part(source="custody"), NO_GAPS)
    assert mark is not None
    assert [source.source for source in mark.sources] == ["court", "custody"]


def test_one_dead_partition_does_not_stop_the_clock() -> None:
    """After a second of T a mark goes on without it, not before; and a second after that again."""
    progress = told(part(0, count=2))
    just_before = timedelta(seconds=1) - timedelta(microseconds=1)
    assert timedelta(seconds=1) == MARK_EVERY
    assert progress.note(part(0, at=NOW + just_before, count=2), NO_GAPS) is None
    assert progress.note(part(0, at=NOW + S, count=2), NO_GAPS) is not None
    assert progress.note(part(0, at=NOW + S + just_before, count=2), NO_GAPS) is None
    assert progress.note(part(0, at=NOW + 2 * S, count=2), NO_GAPS) is not None


def test_gaps_are_told_of_their_own_source() -> None:
    """A source with a record that nobody could read says so in every mark; the others do not."""
    progress = told(part(source="court"), part(source="custody"))
    gaps = {"custody": ["custody-events/0/7"], "court": []}
    assert [(mark.source, mark.gap) for mark in progress.sources(gaps)] == [("court", False), ("custody", True)]
    mark = told(part(source="court")).note(part(source="court"), {"court": ["court-results/0/1"]})
    assert mark is not None
    assert mark.sources == (SourceMark(source="court", caught_up_as_of=NOW, gap=True),)


def test_what_a_successor_needs() -> None:
    """Time, and for each source its partitions in order, with how far each has come."""
    progress = told(part(1, as_of=NOW - S, count=2), part(0, count=2), part(source="custody", as_of=None))
    assert progress.entry() == ProgressEntry(
        time=NOW,
        sources=(
            SourceProgress(
                source="court",
                partition_count=2,
                caught_up_as_of=NOW - S,
                partitions=(PartitionProgress(partition=0, as_of=NOW), PartitionProgress(partition=1, as_of=NOW - S)),
            ),
            SourceProgress(source="custody", partition_count=1, caught_up_as_of=None, partitions=()),
        ),
    )


def test_a_successor_waits_for_a_round_of_its_own() -> None:
    """It goes on from its predecessor's time: what it has not heard itself it does not pass on as heard."""
    successor = Progress()
    successor.load(told(part(0, count=2), part(1, count=2)).entry())
    assert (successor.time, successor.passed_on) == (NOW, NOW)
    assert successor.note(part(0, count=2), NO_GAPS) is None
    assert successor.note(part(1, count=2), NO_GAPS) is not None


marks = st.builds(
    lambda source, partition, age, heard, at: part(
        partition, at=NOW + at * S, as_of=NOW + age * S if heard else None, count=3 if source == "court" else 1, source=source
    ),
    st.sampled_from(["court", "custody"]),
    st.integers(0, 2),
    st.integers(0, 30),
    st.booleans(),
    st.integers(0, 30),
)


@given(st.lists(marks, max_size=12), st.lists(marks, max_size=6))
def test_a_successor_knows_what_its_predecessor_knew(before: list[PartitionMark], after: list[PartitionMark]) -> None:
    """Restored between any two marks, it says the same of every source, and has the same entry."""
    first = told(*before)
    successor = Progress()
    successor.load(first.entry())
    for mark in after:
        first.note(mark, NO_GAPS)
        successor.note(mark, NO_GAPS)
    assert successor.sources(NO_GAPS) == first.sources(NO_GAPS)
    assert successor.entry() == first.entry()
