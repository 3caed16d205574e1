"""What can be lost by a topic that is not as declared, and which of it may be mended without asking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import topics
from services.runtime.topic_settings import Difference, TopicFound, differences, missing, wanted

BY_NAME = {spec.name: spec for spec in topics()}
DAY_MS = 86_400_000


def _found(topic: str, *, partitions: int | None = None, replication: int = 3, **changed: str) -> TopicFound:
    spec = BY_NAME[topic]
    settings = wanted(spec, min_insync=2) | {name.replace("_", "."): value for name, value in changed.items()}
    return TopicFound(partitions=partitions or spec.partitions, replication=replication, settings=settings, overrides={})


def _differences(topic: str, found: TopicFound) -> list[Difference]:
    return differences(BY_NAME[topic], f"p.{topic}", found, replication=3, min_insync=2)


@pytest.mark.parametrize("topic", BY_NAME)
def test_as_declared_is_no_difference(topic: str) -> None:
    """Also where numbers are written otherwise, and where there are more replicas than were asked for."""
    assert _differences(topic, _found(topic)) == []
    assert _differences(topic, _found(topic, replication=5, min_insync_replicas="3")) == []
    assert _differences(topic, _found(topic, **({"min_cleanable_dirty_ratio": "0.300"} if topic == "prisoner-status" else {}))) == []


@given(topic=st.sampled_from(sorted(BY_NAME)), data=st.data())
def test_any_setting_that_differs_is_named(topic: str, data: st.DataObject) -> None:
    """One difference for one setting, with what can be lost and how to mend it."""
    setting = data.draw(st.sampled_from(sorted(wanted(BY_NAME[topic], min_insync=2))))
    value = "1" if setting == "min.insync.replicas" else "something-else"
    (difference,) = _differences(topic, _found(topic, **{setting.replace(".", "_"): value}))
    assert (difference.topic, difference.setting, difference.has) == (f"p.{topic}", setting, value)
    assert difference.lost
    assert difference.mend
    assert str(difference) == f"p.{topic}: {setting} is {value}, and should be {difference.wants}"


@pytest.mark.parametrize("topic", ["vetoes", "prisoner-status", "identity-links"])
@pytest.mark.parametrize("policy", ["delete", "compact,delete", "delete,compact"])
def test_deleting_by_age_what_gates_and_successors_start_from(topic: str, policy: str) -> None:
    """Whoever is held for longer than the retention would be forgotten: apply takes it away."""
    (difference,) = _differences(topic, _found(topic, cleanup_policy=policy))
    assert "forgotten" in difference.lost
    assert difference.by_apply


def test_compacting_what_everything_rests_on() -> None:
    """Only the newest fact of each prisoner would stay: apply ends it."""
    (difference,) = _differences("facts", _found("facts", cleanup_policy="compact"))
    assert "holds that rest on it" in difference.lost
    assert difference.by_apply


def test_deleting_is_never_begun_by_apply() -> None:
    """Where a topic was compacted, or kept for longer, than declared, mending it would delete records: a person looks first."""
    for changed in ({"cleanup_policy": "compact"}, {"retention_ms": "-1"}, {"retention_ms": str(91 * DAY_MS)}):
        (difference,) = _differences("custody-events", _found("custody-events", **changed))
        assert not difference.by_apply
        assert "kafka-configs.sh" in difference.mend
    assert _differences("custody-events", _found("custody-events", cleanup_policy="compact,delete"))[0].by_apply  # it deletes already


@pytest.mark.parametrize(("topic", "setting", "value"), [("facts", "retention_ms", "604800000"), ("claims", "retention_bytes", "1000000")])
def test_a_shorter_retention_is_lengthened(topic: str, setting: str, value: str) -> None:
    """What would be deleted too early is kept."""
    (difference,) = _differences(topic, _found(topic, **{setting: value}))
    assert "cannot be recomputed" in difference.lost
    assert difference.by_apply


def test_partitions_are_never_changed() -> None:
    """More or fewer, keys would stand where nobody looks."""
    for count in (1, 12):
        (difference,) = _differences("vetoes", _found("vetoes", partitions=count))
        assert (difference.setting, difference.has, difference.by_apply) == ("partitions", str(count), False)
        assert "keys move" in difference.lost


def test_too_few_replicas_are_no_setting() -> None:
    """Replicas are added by moving data; and while they are missing, min.insync.replicas must not stop every write."""
    found = differences(BY_NAME["vetoes"], "vetoes", _found("vetoes", replication=1, min_insync_replicas="1"), replication=3, min_insync=2)
    assert [(each.setting, each.by_apply) for each in found] == [("replication.factor", False), ("min.insync.replicas", False)]
    assert "nothing could be written" in found[1].mend


def test_more_in_sync_than_there_are_is_taken_back() -> None:
    """Nothing can be written to such a topic."""
    (difference,) = _differences("vetoes", _found("vetoes", min_insync_replicas="4"))
    assert "nothing can be written" in difference.lost
    assert difference.by_apply


def test_a_missing_topic_is_made_only_where_nothing_was_made_from_it() -> None:
    """An empty `facts` under old notices would number new vetoes as old ones."""
    assert missing(BY_NAME["facts"], "facts", witnesses=[]).by_apply
    lost = missing(BY_NAME["facts"], "facts", witnesses=["vetoes"])
    assert not lost.by_apply
    assert "vetoes hold what was made from it" in lost.lost
    assert str(lost) == "facts does not exist"
