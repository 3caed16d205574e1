"""`holdfast resolve`: what intake would refuse is not published, for as a dead letter it would hold somebody, or everybody."""

from __future__ import annotations

import asyncio

import pytest

from holdfast.records import DeadLetter
from services.runtime.ports import TopicPartition
from services.runtime.restore import read_to_end
from tests.cli.cluster import Cluster
from tests.core.telling import NOW

ANN_AND_BOB = ("--by", "Ann", "--by", "Bob", "--reason", "looked")
LETTER = DeadLetter(
    topic="custody-events",
    partition=1,
    offset=17,
    timestamp=NOW,
    key=None,
    value=b"{",
    headers=(),
    sha256="00",
    reason="UNREADABLE",
    message="custody-events/1/17: 1 bytes that no dialect recognises",
    dialect=None,
)


def published(cluster: Cluster, topic: str = "resolutions") -> int:
    """How many records stand on a topic of the cluster that the last command used."""

    async def count() -> int:
        assert cluster.broker is not None
        return len([each async for each in read_to_end(cluster.broker.another(), [TopicPartition(topic, n) for n in range(2)])])

    return asyncio.run(count()) if cluster.broker is not None else 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("link", "A1234B", "PNC:2012/0052494Q", *ANN_AND_BOB), "A1234B"),
        (("place-hold", "", "--authority", "COURT", *ANN_AND_BOB), "prisoner"),
        (("query", "A1234BC", "--query-kind", "REMAND", *ANN_AND_BOB), "query_kind is 'REMAND'; send one of UNREADABLE_RECORD"),
        (("query", "A1234BC", "--query-kind", "CONTRADICTION", "--by", "Ann", "--by", "Bob", "--reason", " "), "without a reason"),
        (("discard", "vetoes/0/1", *ANN_AND_BOB), "vetoes"),
        (("redrive", "vetoes/0/1", *ANN_AND_BOB), "vetoes"),
    ],
)
def test_what_intake_would_refuse_is_not_published(cluster: Cluster, words: tuple[str, ...], message: str) -> None:
    """A slip of the hand is said at once and holds nobody: status 2, and nothing on `resolutions`."""
    result = cluster.command("resolve", *words)
    assert result.exit_code == 2, result.output
    assert "nothing was recorded: " in result.stderr
    assert message in result.stderr
    assert "resolutions/0/0" not in result.stderr
    assert published(cluster) == 0


@pytest.mark.parametrize("verb", ["discard", "redrive"])
def test_only_a_dead_letter_can_be_settled(cluster: Cluster, verb: str) -> None:
    """A wrong offset is said before anything is recorded; the right one is recorded."""
    cluster.letters = [LETTER]
    wrong = cluster.command("resolve", verb, "custody-events/1/18", *ANN_AND_BOB)
    assert (wrong.exit_code, published(cluster)) == (1, 0)
    assert "no dead letter of custody-events/1/18, and nothing was recorded" in str(wrong.exception)
    right = cluster.command("resolve", verb, "custody-events/1/17", *ANN_AND_BOB)
    assert right.exit_code == 0, right.output
    assert f"{verb.upper()} recorded as resolutions[" in right.stdout


def test_a_dead_letter_is_published_again_as_it_came(cluster: Cluster) -> None:
    """Redriven, it stands on its own topic once more."""
    cluster.letters = [LETTER]
    result = cluster.command("resolve", "redrive", "custody-events/1/17", *ANN_AND_BOB)
    assert "custody-events/1/17 published again as custody-events[1]@" in result.stdout
    assert published(cluster, "custody-events") == 1
