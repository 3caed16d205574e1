"""What can go wrong between hub and gate: each kind of fault, from its beginning to its end.

A fault is a coroutine function that is given the world for `seconds`, does harm, and leaves everything in order. What it is called is its name.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from holdfast_gate.feed import FeedRecord
from holdfast_gate.model import SEAL_KEY, Seal
from holdfast_gate.records import decode_notice, decode_seal, encode_notice, encode_seal
from holdfast_gate.signing import SealKey, signed
from tests.gate.faults.virtual import VirtualLoop
from tests.gate.faults.world import PEOPLE, Way, World, altered, unreachable
from tests.gate.feeds import KEY, Log

Fault = Callable[[World, float], Awaitable[None]]
STRANGER = SealKey.from_seed("test", KEY.key_id, b"?" * 32)
KINDS: dict[str, Fault] = {}


def kind(fault: Fault) -> Fault:
    """Put it among the kinds."""
    KINDS[fault.__name__] = fault
    return fault


@asynccontextmanager
async def on_the_way(world: World, way: Way) -> AsyncGenerator[None]:
    """Records go by `way` for the length of a block."""
    before, world.way = world.way, way
    try:
        yield
    finally:
        world.way = before


def _sometimes(world: World, share: float, change: Way) -> Way:
    return lambda record: change(record) if world.draw.random() < share else (record,)


def _share(world: World) -> float:
    return world.draw.choice([0.2, 0.5, 1.0])


def _is_seal(record: FeedRecord) -> bool:
    return record.key == SEAL_KEY


def _free_notice(world: World, record: FeedRecord, who: str, *, ahead: int) -> bytes | None:
    """A notice that lets `who` go, `ahead` facts above the one in `record`; None where that is none of his."""
    if record.key != who.encode() or record.value is None:
        return None
    notice = decode_notice(record.key, record.value)
    return encode_notice(replace(notice, facts_offset=notice.facts_offset + ahead, grounds=(), orders=(world.order(),)))


# --- records are lost, repeated, late, in another order --------------------------------------------------------------------------


@kind
async def records_are_dropped(world: World, seconds: float) -> None:
    """Any record may be missing."""
    async with on_the_way(world, _sometimes(world, _share(world), lambda _: ())):
        await world.tell(seconds)


@kind
async def notices_are_dropped(world: World, seconds: float) -> None:
    """Seals come, and some notices that they speak of do not."""
    share = _share(world)
    async with on_the_way(world, lambda record: (record,) if _is_seal(record) or world.draw.random() >= share else ()):
        await world.tell(seconds)


@kind
async def seals_are_dropped(world: World, seconds: float) -> None:
    """Notices come, and no seal."""
    async with on_the_way(world, lambda record: () if _is_seal(record) else (record,)):
        await world.tell(seconds)


@kind
async def one_prisoner_is_kept_from_the_gate(world: World, seconds: float) -> None:
    """Somebody filters out what is said of one person."""
    who = world.draw.choice(PEOPLE).encode()
    async with on_the_way(world, lambda record: () if record.key == who else (record,)):
        await world.tell(seconds)


@kind
async def records_are_repeated(world: World, seconds: float) -> None:
    """The same record, several times."""
    async with on_the_way(world, _sometimes(world, _share(world), lambda record: (record,) * world.draw.randint(2, 4))):
        await world.tell(seconds)


@kind
async def records_come_late(world: World, seconds: float) -> None:
    """The broker has them, as it says, and the gate does not get them for a while; later ones overtake them."""
    longest_s = world.draw.choice([0.5, 3.0, 15.0])

    def late(record: FeedRecord) -> Sequence[FeedRecord]:
        world.delayed.append((world.now_s() + world.draw.uniform(0.0, longest_s), record))
        return ()

    async with on_the_way(world, _sometimes(world, _share(world), late)):
        await world.tell(seconds)


@kind
async def everything_comes_late(world: World, seconds: float) -> None:
    """In order, and all of it late by the same."""
    late_s = world.draw.choice([1.0, 8.0, 12.0, 25.0])

    def late(record: FeedRecord) -> Sequence[FeedRecord]:
        world.delayed.append((world.now_s() + late_s, record))
        return ()

    async with on_the_way(world, late):
        await world.tell(seconds)


@kind
async def old_records_come_again(world: World, seconds: float) -> None:
    """What was written before, seals too, under new offsets, as a zombie or a mirror would."""
    old = [record for records in world.hub.log.records for record in records]

    def again(record: FeedRecord) -> Sequence[FeedRecord]:
        earlier = world.draw.choice(old)
        return record, replace(earlier, offset=record.offset, partition=record.partition)

    async with on_the_way(world, _sometimes(world, _share(world), again)):
        await world.tell(seconds)


@kind
async def old_records_come_instead(world: World, seconds: float) -> None:
    """In the place of a record, one that was written before."""
    old = [record for records in world.hub.log.records for record in records]
    way = _sometimes(world, _share(world), lambda record: (replace(world.draw.choice(old), offset=record.offset, partition=record.partition),))
    async with on_the_way(world, way):
        await world.tell(seconds)


# --- records are altered and forged ----------------------------------------------------------------------------------------------


@kind
async def bits_are_changed(world: World, seconds: float) -> None:
    """One bit of a value, anywhere."""
    async with on_the_way(world, _sometimes(world, _share(world), lambda record: (altered(record, world.draw),))):
        await world.tell(seconds)


@kind
async def values_are_cut_short(world: World, seconds: float) -> None:
    """Some bytes, none, or a tombstone."""

    def cut(record: FeedRecord) -> Sequence[FeedRecord]:
        value = record.value or b""
        return (replace(record, value=world.draw.choice([None, b"", value[: world.draw.randrange(len(value) or 1)]])),)

    async with on_the_way(world, _sometimes(world, _share(world), cut)):
        await world.tell(seconds)


@kind
async def keys_are_exchanged(world: World, seconds: float) -> None:
    """What is said of one comes under the name of another."""
    keys = [*(who.encode() for who in PEOPLE), SEAL_KEY, None, b""]
    way = _sometimes(world, _share(world), lambda record: (replace(record, key=world.draw.choice(keys)),))
    async with on_the_way(world, way):
        await world.tell(seconds)


@kind
async def partitions_are_exchanged(world: World, seconds: float) -> None:
    """A record comes as if it stood in the other partition."""
    way = _sometimes(world, _share(world), lambda record: (replace(record, partition=1 - record.partition),))
    async with on_the_way(world, way):
        await world.tell(seconds)


@kind
async def lifts_are_forged(world: World, seconds: float) -> None:
    """After every notice of somebody comes another that lets him go, with a version above the hub's."""
    who, ahead = world.draw.choice(PEOPLE), world.draw.choice([0, 1, 5, 10**9])

    def forge(record: FeedRecord) -> Sequence[FeedRecord]:
        value = _free_notice(world, record, who, ahead=ahead)
        return (record,) if value is None else (record, replace(record, offset=record.offset, value=value))

    async with on_the_way(world, forge):
        await world.tell(seconds)


@kind
async def notices_are_replaced_by_lifts(world: World, seconds: float) -> None:
    """In the place of every notice of somebody comes one that lets him go, in the very version of the hub's."""
    who = world.draw.choice(PEOPLE)

    def forge(record: FeedRecord) -> Sequence[FeedRecord]:
        value = _free_notice(world, record, who, ahead=0)
        return (record if value is None else replace(record, value=value),)

    async with on_the_way(world, forge):
        await world.tell(seconds)


def _reseal(world: World, change: Callable[[Seal], Seal], key: SealKey | None) -> Way:
    def forge(record: FeedRecord) -> Sequence[FeedRecord]:
        if not _is_seal(record) or record.value is None:
            return (record,)
        seal = change(decode_seal(record.value))
        return (replace(record, value=encode_seal(seal if key is None else signed(seal, key))),)

    return _sometimes(world, _share(world), forge)


@kind
async def seals_are_altered(world: World, seconds: float) -> None:
    """A later time, a hidden gap, another number: and the hub's old signature."""
    later = timedelta(seconds=world.draw.choice([1, 60, 86_400]))
    changes: list[Callable[[Seal], Seal]] = [
        lambda seal: replace(seal, sealed_at=seal.sealed_at + later),
        lambda seal: replace(seal, number=seal.number + 1000),
        lambda seal: replace(seal, sources=tuple(replace(each, caught_up_as_of=seal.sealed_at + later) for each in seal.sources)),
        lambda seal: replace(seal, digest=bytes(2048)),
    ]
    async with on_the_way(world, _reseal(world, world.draw.choice(changes), None)):
        await world.tell(seconds)


@kind
async def seals_are_signed_by_a_stranger(world: World, seconds: float) -> None:
    """Whoever it is knows the key's name and not the key; his digest is of what he likes."""
    async with on_the_way(world, _reseal(world, lambda seal: replace(seal, number=seal.number + world.draw.choice([0, 10**6])), STRANGER)):
        await world.tell(seconds)


@kind
async def append_times_are_missing(world: World, seconds: float) -> None:
    """The topic is set to the writers' time."""
    async with on_the_way(world, _sometimes(world, _share(world), lambda record: (replace(record, append_time=None),))):
        await world.tell(seconds)


@kind
async def the_brokers_clock_is_wrong(world: World, seconds: float) -> None:
    """By minutes or a day, forward or back; seals and heartbeats keep the right time."""
    skew = timedelta(seconds=world.draw.choice([-86_400, -60, 60, 86_400]))

    def skewed(record: FeedRecord) -> Sequence[FeedRecord]:
        return (record if record.append_time is None else replace(record, append_time=record.append_time + skew),)

    async with on_the_way(world, skewed):
        await world.tell(seconds)


# --- the feed does not answer, or lies -------------------------------------------------------------------------------------------


@kind
async def the_broker_is_away(world: World, seconds: float) -> None:
    """Nothing is answered; the hub goes on elsewhere."""
    world.feed_fails = unreachable
    await world.tell(seconds)
    world.feed_fails = lambda: None


@kind
async def the_broker_comes_and_goes(world: World, seconds: float) -> None:
    """Any call may fail."""

    def perhaps() -> None:
        if world.draw.random() < 0.5:
            unreachable()

    world.feed_fails = perhaps
    await world.tell(seconds)
    world.feed_fails = lambda: None


@kind
async def the_ends_of_the_log_are_wrong(world: World, seconds: float) -> None:
    """Another broker answers, or a new leader that lacks the newest records."""
    wrong = world.draw.choice([-100, -1, 1, 100])
    world.ends = lambda ends: {number: max(0, end + wrong) for number, end in ends.items()}
    await world.tell(seconds)
    world.ends = lambda ends: ends


@kind
async def the_log_is_compacted(world: World, seconds: float) -> None:
    """Again and again, while the gate begins anew in the midst of it."""
    for _ in range(3):
        for number, end in enumerate(world.hub.log.ends):
            world.hub.log.compact(number, below=world.draw.randint(0, end))
        if world.draw.random() < 0.7:
            await world.restart(_forget, cleanly=False)
        await world.tell(seconds / 3)


@kind
async def the_log_is_cut_off_at_its_beginning(world: World, seconds: float) -> None:
    """Retention was set on the topic: whoever was named there last is unknown to a gate that reads it anew, until the hub writes him again."""
    log = world.hub.log
    await world.close(cleanly=False)
    kept = [list(records) for records in log.records]
    for number, end in enumerate(log.ends):
        log.begins[number] = end
        log.records[number] = []
    await world.open()
    await world.tell(seconds)
    for number, records in enumerate(kept):
        log.begins[number] = 0
        log.records[number] = [*records, *log.records[number]]


@kind
async def the_topic_is_made_anew(world: World, seconds: float) -> None:
    """Deleted and created: offsets begin at 0, and the hub, which finds nothing, writes what it holds."""
    again = world.hub.notices
    new = Log(2)
    world.hub.log.records, world.hub.log.begins, world.hub.log.ends = new.records, new.begins, new.ends
    for who, value in again.items():
        world.hub.log.append(world.hub.partition(who), who.encode(), value, world.hub.time)
    await world.tell(seconds)


# --- the gate, its machine and its disk ------------------------------------------------------------------------------------------


def _forget(directory: Path) -> None:
    for path in directory.glob("replica.sqlite3*"):
        path.unlink()


@kind
async def the_gate_is_restarted(world: World, seconds: float) -> None:
    """Cleanly or not, several times."""
    for _ in range(3):
        await world.restart(cleanly=world.draw.random() < 0.5)
        await world.tell(seconds / 3)


@kind
async def the_replica_is_lost(world: World, seconds: float) -> None:
    """The gate begins with an empty disk."""
    await world.restart(_forget, cleanly=False)
    await world.tell(seconds)


@kind
async def the_disk_is_restored_from_a_copy(world: World, seconds: float) -> None:
    """The replica is one of some time ago."""
    await world.close()
    copy = world.backup()
    await world.open()
    await world.tell(seconds / 2)

    def restore(directory: Path) -> None:
        for path in copy.glob("replica.sqlite3*"):
            (directory / path.name).write_bytes(path.read_bytes())

    await world.restart(restore)
    await world.tell(seconds / 2)


@kind
async def the_disk_is_damaged(world: World, seconds: float) -> None:
    """Some bytes of the replica are others."""

    def damage(directory: Path) -> None:
        path = directory / "replica.sqlite3"
        content = bytearray(path.read_bytes())
        for _ in range(world.draw.choice([1, 20, 500])):
            content[world.draw.randrange(len(content))] ^= 1 << world.draw.randrange(8)
        path.write_bytes(content)

    await world.restart(damage)
    await world.tell(seconds)


@kind
async def the_gates_wall_clock_is_wrong(world: World, seconds: float) -> None:
    """By a day, forward or back, and then right again."""
    world.clock.wrong_by = timedelta(days=world.draw.choice([-400, -1, 1, 400]))
    if world.draw.random() < 0.5:
        await world.restart()
    await world.tell(seconds)
    world.clock.wrong_by = timedelta()


@kind
async def the_machine_sleeps(world: World, seconds: float) -> None:
    """Time passes for everybody, and the gate does not run; the hub raises a hold meanwhile. Then it is asked at once."""
    await world.tell(seconds / 2)
    for who in PEOPLE:
        world.say(who, free=False)
    if isinstance(world.loop, VirtualLoop):
        world.loop.pass_by(world.draw.choice([5.0, 11.0, 3_600.0]))
    world.look()
    await world.tell(seconds / 2)


# --- the hub and its sources -----------------------------------------------------------------------------------------------------


@kind
async def the_hub_is_away(world: World, seconds: float) -> None:
    """No notice and no seal."""
    world.hub_speaks = False
    await world.tell(seconds)
    world.hub_speaks = True


@kind
async def a_source_is_silent(world: World, seconds: float) -> None:
    """What it decides does not reach the hub, which says how far it has come. Nobody is let go on that for longer than the bound."""
    source = world.draw.choice(["court", "custody", "immigration"])
    world.hub.caught_up[source] = world.hub.time
    await asyncio.sleep(0)
    for who in PEOPLE:  # as the truth has it from now on, and the hub does not know
        world.truth.became(who, world.now_s(), free=False)
    end_s = world.now_s() + seconds
    while world.now_s() < end_s:
        world.seal()
        await asyncio.sleep(1.0)
    del world.hub.caught_up[source]


@kind
async def a_source_has_a_gap(world: World, seconds: float) -> None:
    """A record of it could not be read and names nobody: everybody is referred as soon as a seal says so."""
    world.hub.gaps = frozenset({"court"})
    for who in PEOPLE:
        world.truth.became(who, world.now_s(), free=False)
    end_s = world.now_s() + seconds
    while world.now_s() < end_s:
        world.seal()
        await asyncio.sleep(1.0)
    world.hub.gaps = frozenset()


# --- two at once -----------------------------------------------------------------------------------------------------------------


@kind
async def two_faults_at_once(world: World, seconds: float) -> None:
    """Any fault of the way, and on top of it a gate that is restarted, or a broker that fails."""
    ways = [
        records_are_dropped,
        records_are_repeated,
        records_come_late,
        old_records_come_again,
        bits_are_changed,
        lifts_are_forged,
        seals_are_altered,
    ]
    harm = asyncio.create_task(world.draw.choice(ways)(world, seconds))
    await asyncio.sleep(world.draw.uniform(0.0, seconds / 2))
    if world.draw.random() < 0.5:
        await world.restart(world.draw.choice([_forget, lambda _: None]), cleanly=world.draw.random() < 0.5)
    else:
        world.feed_fails = unreachable
        await asyncio.sleep(seconds / 4)
        world.feed_fails = lambda: None
    await harm


async def stopped(task: asyncio.Task[None]) -> None:
    """End a task, and see what it failed of."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
