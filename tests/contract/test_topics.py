"""The list of topics, and what is said to whoever edits it wrongly."""

from __future__ import annotations

import pytest

from holdfast.sources import SOURCE_OF_TOPIC
from schemas.topics import TopicListError, parse, topics

GOOD = """\
- name: some-topic
  doc: Something.
  key: whom it is about
  written_by: [somebody]
  read_by: [somebody else]
  partitions: 1
  cleanup: delete
  retention_days: 3
  message_bytes_max: 1048576
  timestamps: append
"""
BY_NAME = {spec.name: spec for spec in topics()}


def test_t_is_the_brokers_own_time() -> None:
    """Time is made of when the broker appended heartbeats and seals: it is no writer's word."""
    for topic in (*SOURCE_OF_TOPIC, "vetoes"):
        assert BY_NAME[topic].settings["message.timestamp.type"] == "LogAppendTime", topic


@pytest.mark.parametrize("topic", ["facts", "dead-letters"])
def test_what_everything_is_derived_from_is_kept_for_ever(topic: str) -> None:
    """Anything ever decided can be recomputed, and anything ever refused redriven, however long ago."""
    settings = BY_NAME[topic].settings
    assert (settings["cleanup.policy"], settings["retention.ms"], settings["retention.bytes"]) == ("delete", "-1", "-1")


@pytest.mark.parametrize("topic", ["vetoes", "prisoner-status", "identity-links", "incidents"])
def test_the_newest_of_each_key_is_never_deleted_by_age(topic: str) -> None:
    """Nobody is forgotten because nothing was heard of him for a while."""
    settings = BY_NAME[topic].settings
    assert (settings["cleanup.policy"], settings["retention.ms"]) == ("compact", "-1")


def test_whatever_upstream_may_send_can_be_dead_lettered() -> None:
    """The largest record that a source can publish fits, with its headers and our reasons, where unreadable ones go."""
    upstream = max(BY_NAME[topic].message_bytes_max for topic in SOURCE_OF_TOPIC)
    assert BY_NAME["dead-letters"].message_bytes_max >= upstream + 64 * 1024


def test_facts_status_and_vetoes_have_the_same_partitions() -> None:
    """A prisoner's facts, status and notice stand in partitions of one number: a seal speaks of exactly one."""
    assert len({BY_NAME[topic].partitions for topic in ("facts", "prisoner-status", "vetoes")}) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("- [", "topics.yaml: is not YAML", id="not YAML"),
        pytest.param("name: some-topic", "topics.yaml: must be a list of topics", id="no list"),
        pytest.param("- 3", "line 1: must be a topic, beginning with `name:`", id="no topic"),
        pytest.param(GOOD + "  colour: red\n", "line 11: colour: Unexpected keyword argument", id="unknown key"),
        pytest.param(GOOD + "  doc: Again.\n", "line 11: doc stands twice", id="key twice"),
        pytest.param(GOOD + GOOD, "line 11: some-topic is listed twice", id="topic twice"),
        pytest.param(GOOD.replace("  doc: Something.\n", ""), "line 1: doc: Field required", id="no doc"),
        pytest.param(GOOD.replace("partitions: 1", "partitions: 0"), "line 6: partitions: ", id="no partitions"),
        pytest.param(GOOD.replace("partitions: 1", "partitions: true"), "line 6: partitions: ", id="no number"),
        pytest.param(GOOD.replace("days: 3", "days: long"), "line 8: retention_days: ", id="no number of days"),
        pytest.param(GOOD.replace("append", "broker"), "timestamps: it should be 'append' or 'create'", id="a word"),
        pytest.param(GOOD.replace("  retention_days: 3\n", ""), "cleanup delete, write retention_days", id="no days"),
        pytest.param(GOOD.replace("delete", "compact"), "compact, write dirty_ratio_min", id="not about compaction"),
    ],
)
def test_a_mistake_in_the_list_is_named_by_its_line(text: str, message: str) -> None:
    """Nobody finds out on a cluster that a setting was misspelt."""
    parse(GOOD)
    with pytest.raises(TopicListError) as caught:
        parse(text)
    assert message in str(caught.value)
