"""What a replica believes: seals, notices above what it has, and nothing that cannot be proven."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from holdfast_gate.feed import FeedRecord
from holdfast_gate.model import SEAL_KEY, SealedSource
from holdfast_gate.records import encode_notice, encode_seal
from holdfast_gate.replica import Replica
from holdfast_gate.signing import signed
from tests.gate.feeds import KEY, RING, START, Hub, ground, only, replica_of

WHO = "A1234BC"


def test_an_equal_seal_is_accepted() -> None:
    """A seal whose digest equals the replica's is accepted, and what it covers is sealed."""
    hub = Hub()
    hub.say(WHO)
    hub.say("B1234BC", ground("release"))
    sealed = hub.seal()
    replica = replica_of(hub)
    accepted = only(replica).seal
    assert accepted is not None
    assert accepted.offset == sealed.offset
    view = replica.view(WHO, now_s=0)
    assert view.sealed is not None
    assert view.later == ()
    assert not only(replica).mismatch


def test_a_notice_binds_before_it_is_sealed() -> None:
    """A later notice counts from the moment it is read, beside the sealed one."""
    hub = Hub()
    hub.say(WHO)
    hub.seal()
    replica = replica_of(hub)
    replica.apply([hub.say(WHO, ground("release"))])
    view = replica.view(WHO, now_s=0)
    assert view.sealed is not None
    assert view.sealed.grounds == ()
    assert [notice.grounds for notice in view.later] == [(ground("release"),)]


def test_a_lift_waits_for_its_seal() -> None:
    """Until a seal covers the lift, the notice that it lifts stays the sealed one."""
    hub = Hub()
    hub.say(WHO, ground("release"))
    hub.seal()
    replica = replica_of(hub)
    replica.apply([hub.say(WHO)])
    before = replica.view(WHO, now_s=0).sealed
    assert before is not None
    assert before.grounds
    replica.apply([hub.seal()])
    after = replica.view(WHO, now_s=0).sealed
    assert after is not None
    assert not after.grounds


def test_a_seal_covers_only_the_facts_below_its_number() -> None:
    """A notice of the very fact that the seal's number names is not covered by it, even if it was read before the seal."""
    hub = Hub()
    hub.say(WHO)
    replica = replica_of(hub)
    seal = hub.make_seal()
    late = hub.say(WHO, ground("release"), facts_offset=seal.number)
    replica.apply([late, hub.publish(seal)])
    assert only(replica).seal is not None
    view = replica.view(WHO, now_s=0)
    assert view.sealed is not None
    assert view.sealed.grounds == ()
    assert view.later[0].grounds


def test_history_repeated_changes_nothing() -> None:
    """A notice that is not above the newest one held is ignored, however often a zombie repeats it."""
    hub = Hub()
    first = hub.say(WHO)
    newest = hub.say(WHO, ground("release"))
    hub.seal()
    replica = replica_of(hub)
    replica.apply([hub.log.append(0, said.key, said.value, START) for said in (first, newest)])
    assert replica.view(WHO, now_s=0).later == ()
    replica.apply([hub.seal()])
    assert [notice.grounds for notice in replica.view(WHO, now_s=0).notices] == [(ground("release"),)]
    assert not only(replica).mismatch


@pytest.mark.parametrize("change", ["number", "partition", "append_time", "unreadable"])
def test_what_is_no_seal_changes_nothing(change: str) -> None:
    """A seal that is not newer, of another partition, without the broker's time or unreadable is no seal."""
    hub = Hub()
    hub.say(WHO, ground("release"))
    hub.seal()
    replica = replica_of(hub)
    before = only(replica).seal
    hub.say(WHO)
    seal, at = hub.make_seal(), START
    value = encode_seal(signed(seal, KEY))
    match change:
        case "number":
            value = encode_seal(signed(replace(seal, number=before.seal.number if before else 0), KEY))
        case "partition":
            value = encode_seal(signed(replace(seal, partition=1), KEY))
        case "append_time":
            at = None
        case _:
            value = value[:-1]
    replica.apply([*hub.log.records[0][-1:], hub.log.append(0, SEAL_KEY, value, at)])
    assert only(replica).seal is before
    assert not only(replica).mismatch


def test_an_unequal_seal_is_a_mismatch_until_an_equal_one() -> None:
    """A lost notice shows as a mismatch at the next seal and advances nothing; an equal seal ends it."""
    hub = Hub()
    hub.say(WHO)
    hub.seal()
    replica = replica_of(hub)
    lost = hub.say("B1234BC", ground("release"))
    caught_up = dict(only(replica).caught_up)
    hub.time += timedelta(seconds=1)
    replica.apply([hub.seal()])
    assert only(replica).mismatch
    assert only(replica).caught_up == caught_up
    replica.apply([replace(lost, offset=hub.log.ends[0]), replace(hub.seal(), offset=hub.log.ends[0] + 1)])
    assert not only(replica).mismatch
    assert only(replica).caught_up != caught_up


def test_a_lasting_mismatch_asks_for_a_new_beginning() -> None:
    """After five unequal seals, or ten seconds of them, reading on will not mend it."""
    hub = Hub()
    hub.say(WHO)
    hub.seal()
    many, long = replica_of(hub), replica_of(hub)
    hub.say("B1234BC")
    for _ in range(4):
        many.apply([hub.seal()])
    assert not only(many).needs_rebootstrap
    many.apply([hub.seal()])
    assert only(many).needs_rebootstrap
    long.apply([hub.seal()])
    hub.time += timedelta(seconds=10)
    long.apply([hub.seal()])
    assert only(long).needs_rebootstrap


def test_compaction_before_the_end_is_no_mismatch() -> None:
    """Seals older than the log's end at the start may speak of notices that compaction took; that flags nothing."""
    hub = Hub()
    hub.say(WHO, ground("release"))
    hub.seal()
    hub.say(WHO)
    hub.log.compact(0, below=3)
    replica = replica_of(hub)
    assert only(replica).bootstrapped
    assert not only(replica).mismatch
    replica.apply([hub.seal()])
    assert only(replica).seal is not None


def test_no_seal_is_judged_before_the_end() -> None:
    """On the way to the log's end seals are passed over; the newest one is judged there."""
    hub = Hub()
    records = [hub.say(WHO), hub.seal(), hub.say("B1234BC"), hub.seal()]
    replica = Replica.empty(1, RING)
    only(replica).expect(4)
    replica.apply(records[:3])
    assert only(replica).seal is None
    replica.apply(records[3:])
    accepted = only(replica).seal
    assert accepted is not None
    assert accepted.offset == 3


def test_time_does_not_go_back() -> None:
    """T is the highest time of any accepted seal: an order that has ended does not begin again."""
    hub = Hub()
    hub.say(WHO)
    hub.seal()
    replica = replica_of(hub)
    replica.apply([hub.seal(sealed_at=START - timedelta(hours=1))])
    assert only(replica).seal is not None
    assert only(replica).time == START


def test_a_source_never_goes_back_and_never_ahead() -> None:
    """Per source the highest time ever accepted stands, but no source has caught up with the future."""
    hub = Hub()
    hub.say(WHO)
    hub.caught_up["court"] = START + timedelta(days=1)
    hub.seal()
    replica = replica_of(hub)
    assert only(replica).caught_up["court"] == START
    hub.caught_up["court"] = START - timedelta(hours=1)
    hub.time += timedelta(seconds=1)
    replica.apply([hub.seal()])
    assert only(replica).caught_up["court"] == START
    assert only(replica).caught_up["custody"] == hub.time


def test_a_new_beginning_keeps_what_was_known_as_a_floor() -> None:
    """While a partition is read again from its beginning, what bound before binds still; a seal ends that."""
    hub = Hub()
    hub.say(WHO, ground("release"))
    hub.seal()
    replica = replica_of(hub)
    replica.reset(0)
    view = replica.view(WHO, now_s=0)
    assert not view.bootstrapped
    assert view.sealed is None
    assert [notice.grounds for notice in view.later] == [(ground("release"),)]
    hub.say(WHO)
    hub.seal()
    only(replica).expect(hub.log.ends[0])
    replica.apply(hub.log.records[0])
    assert [notice.grounds for notice in replica.view(WHO, now_s=0).notices] == [()]


def test_records_before_the_position_are_passed_over() -> None:
    """A record that was read already is not read again."""
    hub = Hub()
    hub.say(WHO)
    hub.seal()
    replica = replica_of(hub)
    replica.apply([FeedRecord(partition=0, offset=0, key=WHO.encode(), value=b"late copy", append_time=START)])
    assert not replica.view(WHO, now_s=0).unreadable


def test_a_future_rules_version_is_not_covered_by_an_older_seal() -> None:
    """A seal of older rules says nothing of a notice that newer rules derived from the same fact."""
    hub = Hub()
    said = hub.say(WHO)
    hub.seal()
    replica = replica_of(hub)
    old = hub.make_seal()
    replica.apply([hub.say(WHO, ground("release"), facts_offset=0, rules_version=2)])
    replica.apply([hub.publish(old)])
    assert not only(replica).mismatch
    assert said.value is not None
    assert replica.view(WHO, now_s=0).later[0].rules_version == 2


def test_records_round_trip() -> None:
    """What is written is what is read, and the null of a source that was never heard stays null."""
    hub = Hub()
    hub.caught_up["court"] = None
    seal = hub.make_seal()
    assert seal.sources[0] == SealedSource("court", None, gap=False)
    hub.say(WHO)
    hub.seal()
    replica = replica_of(hub)
    assert "court" not in only(replica).caught_up
    notice = replica.view(WHO, now_s=0).sealed
    assert notice is not None
    assert encode_notice(notice) == hub.notices[WHO]
