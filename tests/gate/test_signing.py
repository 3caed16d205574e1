"""Signed seals at the gate: only the hub's own count, and a key that is revoked takes with it what rests on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_gate import Decision, Exit, Gate
from holdfast_gate.model import SEAL_KEY, Seal, SealedSource
from holdfast_gate.records import encode_seal
from holdfast_gate.signing import KeyFileError, KeyRing, SealKey, canonical, signed
from holdfast_gate.store import ReplicaStore
from tests.gate.feeds import KEY, RING, START, Hub, eventually, ground, only, replica_of
from tests.gate.scene import WHO, Scene

NEXT = SealKey.from_seed("test", "test-2", b"n" * 32)
STRANGER = SealKey.from_seed("test", "test-1", b"s" * 32)
ELSEWHERE = SealKey.from_seed("production", "test-1", b"k" * 32)


def forged(hub: Hub, how: str) -> Seal:
    """A seal that the hub did not make, over what the hub would say."""
    seal = hub.make_seal()
    match how:
        case "unsigned":
            return seal
        case "stranger":
            return signed(seal, STRANGER)
        case "elsewhere":
            return signed(seal, ELSEWHERE)
        case "unknown":
            return signed(seal, NEXT)
        case _:
            return replace(signed(seal, KEY), **{how: getattr(seal, how) + (timedelta(seconds=1) if how == "sealed_at" else 1)})


@pytest.mark.parametrize("how", ["unsigned", "stranger", "elsewhere", "unknown", "number", "sealed_at", "policy_version"])
def test_only_the_hubs_own_seal_lets_anything_go(how: str) -> None:
    """Unsigned, another's, of another environment, or altered: it is no seal, the lift before it does not count, and the answer says why."""
    hub = Hub()
    hub.say(WHO, ground("release"))
    hub.seal()
    replica = replica_of(hub)
    before = only(replica).seal
    replica.apply([hub.say(WHO), hub.log.append(0, SEAL_KEY, encode_seal(forged(hub, how)), START)])
    assert only(replica).seal is before
    view = replica.view(WHO, now_s=0)
    assert view.notices[0].grounds
    assert view.feed_trouble.startswith("the newest seal does not count: it")
    assert not only(replica).mismatch


def test_a_good_seal_after_a_forged_one_counts() -> None:
    """Whoever can write to the topic cannot shut a gate by it, only delay it until the next seal."""
    hub = Hub()
    hub.say(WHO)
    hub.log.append(0, SEAL_KEY, encode_seal(replace(forged(hub, "stranger"), number=10**12)), START)
    hub.seal()
    replica = replica_of(hub)
    assert only(replica).seal is not None
    assert replica.view(WHO, now_s=0).feed_trouble == ""


def test_while_one_key_gives_way_to_the_next_both_count() -> None:
    """Old and new in one ring; at its end the old one counts no more, and what was sealed before still does."""
    ring = KeyRing("test", (replace(KEY.public, not_after=START + timedelta(hours=1)), NEXT.public))
    seal = Seal(0, 1, START, b"\0" * 2048, (), 1, 0)
    assert [ring.fault(signed(seal, key)) for key in (KEY, NEXT)] == ["", ""]
    late = replace(seal, sealed_at=START + timedelta(hours=1))
    assert ["was good until" in ring.fault(signed(late, KEY)), ring.fault(signed(late, NEXT))] == [True, ""]


async def test_a_revoked_key_ends_what_rests_on_it_without_a_restart(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ring in the file changes: the answer is no ALLOW until seals of a good key cover all that is read again; a veto stands meanwhile."""
    monkeypatch.setattr("holdfast_gate.gate.REREAD_RING_EVERY_S", 0.03)
    path = tmp_path / "ring.json"
    path.write_text(RING.as_json())
    scene.config = replace(scene.config, key_ring=path)
    other = "A9999ZZ"
    scene.hub.say(other, ground("release"))
    async with scene.running() as gate:
        await allowed(scene, gate)
        path.write_text(KeyRing("test", (replace(KEY.public, revoked=True), NEXT.public)).as_json())
        await eventually(lambda: gate.position().partitions[0].seal_number is None)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.REFER
        assert (await gate.decide(other, Exit.RELEASE)).decision is Decision.VETO
        scene.tick()
        await scene.measured()
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.REFER
        monkeypatch.setattr("tests.gate.feeds.KEY", NEXT)
        await allowed(scene, gate)


async def test_a_ring_that_cannot_be_read_leaves_the_one_before(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a file must not shut every gate; the trouble is shown."""
    monkeypatch.setattr("holdfast_gate.gate.REREAD_RING_EVERY_S", 0.03)
    path = tmp_path / "ring.json"
    path.write_text(RING.as_json())
    scene.config = replace(scene.config, key_ring=path)
    async with scene.running() as gate:
        path.write_text(RING.as_json()[:40])
        await eventually(lambda: "reading the key ring" in gate.position().troubles)
        await allowed(scene, gate)


async def allowed(scene: Scene, gate: Gate) -> None:
    """Seal until WHO may leave."""
    for _ in range(200):
        if await gate.until(WHO, Exit.RELEASE, Decision.ALLOW, 0.05):
            return
        scene.tick(0.01)
    pytest.fail("no ALLOW")


async def test_a_gate_does_not_open_without_a_ring(scene: Scene, tmp_path: Path) -> None:
    """It could tell no seal from another."""
    scene.config = replace(scene.config, key_ring=tmp_path / "none.json")
    with pytest.raises(KeyFileError, match=r"none\.json cannot be read.*HOLDFAST_GATE_KEY_RING"):
        async with scene.gate():
            pass
    async with Scene(scene.config.directory).running():  # and leaves nothing locked
        pass


def test_a_replica_on_disk_is_not_believed_under_a_ring_that_does_not_know_its_seal(tmp_path: Path) -> None:
    """An old disk, or one that somebody prepared: it is read again from the beginning, and what it said may only make answers stricter."""
    hub = Hub()
    hub.say(WHO, ground("release"))
    hub.seal()
    store = ReplicaStore(tmp_path, "vetoes")
    store.save(replica_of(hub))
    store.close()
    for ring, position, grounds in ((RING, 2, 1), (KeyRing.of(NEXT), 0, 1)):
        store = ReplicaStore(tmp_path, "vetoes")
        found = store.load(ring)
        store.close()
        assert found is not None
        assert (only(found).position, only(found).seal is None) == (position, ring is not RING)
        assert len(found.view(WHO, now_s=0).notices[0].grounds) == grounds


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a key ring"),
        ("[]", "an object of environment, keys"),
        ('{"environment": "e", "keys": []}', "knows no hub"),
        ('{"environment": "e", "keys": {}}', "is no list"),
        ('{"environment": "e", "keys": [], "more": 1}', "an object of"),
        ('{"environment": " ", "keys": []}', "'environment' must be a text"),
        ('{"environment": "e", "keys": [{"key_id": "k", "public_key": "AAAA"}]}', "32 bytes"),
        ('{"environment": "e", "keys": [{"key_id": "k", "public_key": 5}]}', "32 bytes"),
        ('{"environment": "e", "keys": [{"key_id": "k"}]}', "a key of a ring"),
        (RING.as_json().replace("false", '"no"'), "true or false"),
        (RING.as_json().replace('"not_before": null', '"not_before": "2026-01-01T00:00:00"'), "with its offset"),
        (RING.as_json().replace('"not_after": null', '"not_after": 5'), "with its offset"),
        ("[" * 100_000, "not a key ring"),
    ],
)
def test_a_ring_that_makes_no_sense_says_so(text: str, why: str) -> None:
    """What is wrong, in words."""
    with pytest.raises(KeyFileError, match=why):
        KeyRing.from_json(text)


def test_a_key_is_named_once() -> None:
    """Two keys of one name could not be told apart."""
    with pytest.raises(KeyFileError, match="each key once"):
        KeyRing.of(KEY, STRANGER)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Private keys and rings, with ends and revocations."""
    ring = KeyRing("test", (replace(KEY.public, not_before=START, not_after=datetime(2026, 1, 1, tzinfo=UTC), revoked=True), NEXT.public))
    (tmp_path / "ring.json").write_text(ring.as_json())
    assert KeyRing.read(tmp_path / "ring.json") == ring
    assert SealKey.from_json(KEY.as_json()).sign(b"m") == KEY.sign(b"m")


INSTANTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
SEALS = st.builds(
    Seal,
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1),
    INSTANTS,
    st.binary(max_size=20),
    st.lists(st.builds(SealedSource, st.text(max_size=5), st.none() | INSTANTS, st.booleans()), max_size=3).map(tuple),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.text(max_size=5),
)


@given(SEALS, SEALS, st.text(max_size=5), st.text(max_size=5))
def test_different_seals_are_signed_as_different_bytes(one: Seal, other: Seal, here: str, there: str) -> None:
    """No two seals, nor environments, share the bytes that are signed, whatever a record may hold."""
    assert (canonical(one, here) == canonical(other, there)) is ((one, here) == (other, there))


@given(SEALS, st.data())
def test_any_change_breaks_the_signature(seal: Seal, data: Any) -> None:
    """Every field is covered."""
    good = signed(seal, KEY)
    assert RING.fault(good) == ""
    name = data.draw(st.sampled_from(["partition", "number", "sealed_at", "digest", "sources", "rules_version", "policy_version"]))
    changed = data.draw(SEALS.map(lambda each: getattr(each, name)))
    assert (RING.fault(replace(good, **{name: changed})) == "") is (changed == getattr(good, name))
