"""Whatever order things arrive in, whatever is repeated, lost, forged or interrupted: no ALLOW while a ground bars."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from holdfast_gate.decide import Rules, decide
from holdfast_gate.feed import FeedRecord
from holdfast_gate.model import SEAL_KEY, Decision, Exit, Notice
from holdfast_gate.records import decode_notice, decode_seal
from holdfast_gate.replica import Replica
from holdfast_gate.store import ReplicaStore
from holdfast_gate.view import View
from tests.gate.feeds import RING, START, Hub, ground

WHO = ("A1234BC", "B1234BC", "C1234BC")
EXIT = Exit.COURT  # needs no order, so that only notices and seals decide
RULES = Rules()

says = st.tuples(st.just("say"), st.sampled_from(WHO), st.booleans())
seals = st.tuples(st.just("seal"))
repeats = st.tuples(st.just("repeat"), st.integers(0, 30))
strangers = st.tuples(st.just("stranger"), st.sampled_from(WHO), st.sampled_from([b"", b"?", None]))
losses = st.tuples(st.just("lose"), st.sampled_from(WHO), st.booleans())
restarts = st.tuples(st.just("restart"), st.booleans())
resets = st.tuples(st.just("reset"))


@dataclass
class History:
    """What a hub published and what of it a gate was handed, kept apart from what the gate makes of it."""

    hub: Hub = field(default_factory=Hub)
    handed: list[FeedRecord] = field(default_factory=list[FeedRecord])
    #: The notices that stood when a seal was made, by the seal's number.
    stood: dict[int, dict[str, bytes]] = field(default_factory=dict[int, dict[str, bytes]])

    def seal(self) -> FeedRecord:
        """Publish a seal."""
        record = self.hub.seal()
        assert record.value is not None
        self.stood[decode_seal(record.value).number] = dict(self.hub.notices)
        return record

    def repeat(self, index: int) -> FeedRecord | None:
        """A zombie writes an old record again."""
        if not self.hub.log.records[0]:
            return None
        old = self.hub.log.records[0][index % len(self.hub.log.records[0])]
        return self.hub.log.append(0, old.key, old.value, START)

    def readable(self, prisoner: str) -> bool:
        """Whether everything unreadable about the prisoner was followed by a notice, and that by a seal over it."""
        key = prisoner.encode()
        strangers = [r.offset for r in self.handed if r.key == key and _notice(key, r.value) is None]
        since = max(strangers, default=-1)
        said = [r for r in self.handed if r.key == key and r.offset > since and _notice(key, r.value) is not None]
        seals = [(r.offset, decode_seal(r.value).number) for r in self.handed if r.key == SEAL_KEY and r.value is not None]
        return not strangers or any(offset > r.offset and self.stood[number].get(prisoner) == r.value for r in said for offset, number in seals)

    def may_allow(self, prisoner: str) -> bool:
        """Whether some seal that was handed over, and everything newer about the prisoner that was, bar nothing."""
        key = prisoner.encode()
        if not self.readable(prisoner):
            return False
        handed = [_notice(key, r.value) for r in self.handed if r.key == key]
        for seal in (r.value for r in self.handed if r.key == SEAL_KEY and r.value is not None):
            stood = self.stood[decode_seal(seal).number].get(prisoner)
            sealed = None if stood is None else _notice(key, stood)
            if sealed is None or sealed.grounds:
                continue
            if not any(notice.grounds for notice in handed if notice is not None and notice.version > sealed.version):
                return True
        return False


def _notice(key: bytes, value: bytes | None) -> Notice | None:
    return None if value is None or not value.startswith(b"\xc3\x01") else decode_notice(key, value)


def allows(replica: Replica, prisoner: str) -> bool:
    """Whether a gate lets the prisoner go."""
    return decide(replica.view(prisoner, now_s=0), EXIT, RULES).decision is Decision.ALLOW


def measured(replica: Replica) -> Replica:
    """The replica, after the log's end was asked for: no doubt about age, so that only notices and seals decide."""
    (partition,) = replica.partitions
    partition.freshness.answered(sent_at_s=0, end_offset=0)
    partition.expect(0)
    return replica


def take(history: History, step: tuple[object, ...]) -> FeedRecord | None:
    """One step of the hub's, a zombie's or a stranger's; what the gate is handed of it."""
    match step:
        case ("say", str(who), bool(barred)):
            return history.hub.say(who, *([ground(EXIT.value)] if barred else []))
        case ("seal",):
            return history.seal()
        case ("repeat", int(index)):
            return history.repeat(index)
        case ("stranger", str(who), value):
            assert value is None or isinstance(value, bytes)
            return history.hub.log.append(0, who.encode(), value, START)
        case ("lose", str(who), bool(barred)):
            history.hub.say(who, *([ground(EXIT.value)] if barred else []))
        case _:
            pass
    return None


def hand(history: History, replica: Replica, record: FeedRecord | None) -> None:
    """Give the gate a record, and check every prisoner."""
    if record is not None:
        history.handed.append(record)
        replica.apply([record])
    for prisoner in WHO:
        if allows(replica, prisoner):
            event("an ALLOW was reached")
            assert history.may_allow(prisoner)


@given(st.lists(st.one_of(says, says, seals, repeats), max_size=40))
def test_no_allow_while_a_ground_bars(steps: list[tuple[object, ...]]) -> None:
    """Notices, seals and repetitions of both in any order: an ALLOW rests on a seal, and nothing newer bars."""
    history, replica = History(), measured(Replica.empty(1, RING))
    for step in steps:
        hand(history, replica, take(history, step))
    hand(history, replica, history.seal())
    for prisoner, value in history.hub.notices.items():
        notice = _notice(prisoner.encode(), value)
        assert notice is not None
        assert allows(replica, prisoner) is not bool(notice.grounds), "a seal settles everything that was said"


@given(st.lists(st.one_of(says, says, seals, seals, repeats, losses, strangers, resets), max_size=40))
def test_no_allow_whatever_is_lost_or_forged(steps: list[tuple[object, ...]]) -> None:
    """Lost notices, strangers' bytes and new beginnings may cost an ALLOW and never make one."""
    history, replica = History(), measured(Replica.empty(1, RING))
    for step in steps:
        if step == ("reset",):
            replica.reset(0)
            measured(replica)
            for record in history.handed:
                replica.apply([record])
        hand(history, replica, take(history, step))


@given(st.lists(says, max_size=10))
def test_a_raise_binds_at_once_whatever_is_sealed(steps: list[tuple[object, ...]]) -> None:
    """As soon as a ground was read the answer is VETO, whatever was sealed before."""
    history, replica = History(), measured(Replica.empty(1, RING))
    for step in steps:
        hand(history, replica, take(history, step))
        hand(history, replica, history.seal())
        hand(history, replica, history.hub.say("A1234BC", ground(EXIT.value)))
        answer = decide(replica.view("A1234BC", now_s=0), EXIT, RULES)
        assert answer.decision is Decision.VETO


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(says, says, seals, repeats, strangers, restarts, restarts), max_size=25))
def test_no_allow_whenever_the_gate_is_killed(steps: list[tuple[object, ...]]) -> None:
    """Killed and started again between any two records, with or without having saved the last of them, the gate knows the same."""
    history = History()
    with tempfile.TemporaryDirectory() as directory:
        store = ReplicaStore(Path(directory), "vetoes")
        replica = measured(Replica.empty(1, RING))
        for step in steps:
            if step[0] == "restart":
                if step[1]:
                    store.save(replica)
                before = [replica.view(who, now_s=0) for who in WHO]
                store.close()
                store = ReplicaStore(Path(directory), "vetoes")
                replica = measured(store.load(RING) or Replica.empty(1, RING))
                for record in history.handed:
                    replica.apply([record])
                after = [replica.view(who, now_s=0) for who in WHO]
                assert [_without_age(view) for view in after] == [_without_age(view) for view in before]
            hand(history, replica, take(history, step))
        store.close()


def _without_age(view: View) -> View:
    return replace(view, feed_age_s=None, mismatch=False)
