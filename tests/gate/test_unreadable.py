"""What cannot be read is never taken for nothing: it vetoes its prisoner, and nobody else."""

from __future__ import annotations

import pytest

from tests.gate.feeds import START, Hub, only, replica_of

WHO = "A1234BC"


@pytest.mark.parametrize("value", [b"", b"not avro", None])
def test_a_notice_that_cannot_be_read_bars_every_exit(value: bytes | None) -> None:
    """Bytes that are no notice, and a tombstone, bar every exit of the prisoner under whose key they are."""
    hub = Hub()
    hub.say(WHO)
    hub.seal()
    replica = replica_of(hub)
    replica.apply([hub.log.append(0, WHO.encode(), value, START), hub.seal()])
    (found,) = replica.view(WHO, now_s=0).unreadable
    assert found.name == "QUERY/UNREADABLE_RECORD"
    assert set(found.bars) >= {"release", "court"}
    assert not replica.view("B1234BC", now_s=0).unreadable


def test_a_strangers_bytes_do_not_keep_the_rest_from_being_sealed() -> None:
    """Bytes that the hub did not write bind their prisoner, and the seals of the hub stay good."""
    hub = Hub()
    hub.say(WHO)
    hub.seal()
    replica = replica_of(hub)
    replica.apply([hub.log.append(0, WHO.encode(), b"stranger", START), hub.say("B1234BC"), hub.seal()])
    assert not only(replica).mismatch
    assert replica.view("B1234BC", now_s=0).sealed is not None
    assert replica.view(WHO, now_s=0).unreadable


def test_the_hubs_own_unreadable_notice_is_sealed_as_such() -> None:
    """A notice of a schema from the future is covered by the seal, vetoes its prisoner and nobody else, until a newer one is sealed."""
    hub = Hub()
    hub.say(WHO)
    hub.seal()
    replica = replica_of(hub)
    hub.notices[WHO] = b"\xc3\x01from the future"
    replica.apply([hub.log.append(0, WHO.encode(), hub.notices[WHO], START), hub.seal()])
    assert not only(replica).mismatch
    assert replica.view(WHO, now_s=0).unreadable
    replica.apply([hub.say(WHO)])
    assert replica.view(WHO, now_s=0).unreadable
    replica.apply([hub.seal()])
    assert not replica.view(WHO, now_s=0).unreadable


def test_the_same_notice_again_ends_a_strangers_bytes() -> None:
    """The hub publishes its notice once more, and seals it: the bytes in between no longer count."""
    hub = Hub()
    said = hub.say(WHO)
    hub.seal()
    replica = replica_of(hub)
    replica.apply([hub.log.append(0, WHO.encode(), b"stranger", START)])
    replica.apply([hub.log.append(0, said.key, said.value, START), hub.seal()])
    view = replica.view(WHO, now_s=0)
    assert not view.unreadable
    assert view.sealed is not None


def test_a_feature_that_must_be_understood_and_is_not_vetoes() -> None:
    """A notice that asks for an unknown feature bars every exit, sealed or not, until one without it is sealed."""
    hub = Hub()
    hub.say(WHO, must_understand=("curfew",))
    hub.seal()
    replica = replica_of(hub)
    assert "curfew" in replica.view(WHO, now_s=0).unreadable[0].sentence
    replica.apply([hub.say(WHO), hub.seal()])
    assert not replica.view(WHO, now_s=0).unreadable


def test_a_notice_under_another_prisoners_key_is_unreadable() -> None:
    """What speaks of somebody else than its key says is not believed."""
    hub = Hub()
    said = hub.say("B1234BC")
    hub.seal()
    replica = replica_of(hub)
    replica.apply([hub.log.append(0, WHO.encode(), said.value, START)])
    assert replica.view(WHO, now_s=0).unreadable
