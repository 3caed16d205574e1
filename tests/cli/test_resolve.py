"""`holdfast resolve`: what intake would refuse is not published, for as a dead letter it would hold somebody, or everybody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from holdfast.claims import Claim
from holdfast.records import DeadLetter
from holdfast_gate.model import NoticeGround
from schemas import registry
from services.runtime.ports import TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.signing import KeySigner
from services.status.app import StatusStage
from simulator.keys import KEY
from tests.cli.cluster import Cluster
from tests.core.telling import NOW, NUMBER, alert, placed, received
from tests.status.told import Log, notices, run, seconds

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


def _told(cluster: Cluster, *claims: Claim) -> list[NoticeGround]:
    """What the hub holds A1234BC for, once it was told these."""
    log = Log()
    for claim in (received(), *claims):
        log.fact(claim, NUMBER)
    log.mark(seconds(0))
    cluster.facts = log.records
    return list(notices(run(StatusStage(0, KeySigner(KEY)), log.records), NUMBER)[-1].grounds)


def test_only_an_open_question_is_answered(cluster: Cluster) -> None:
    """Of another id, of another kind, about somebody else: nothing is recorded, and what is open is listed; the right one is."""
    (asked,) = _told(cluster, alert("QQQ"))
    for words in (("--query-id", "zzz"), ("--query-kind", "CONTRADICTION")):
        wrong = cluster.command("resolve", "query", NUMBER, *words, *ANN_AND_BOB)
        assert (wrong.exit_code, published(cluster)) == (2, 0)
        assert f"{asked.query_id}  UNKNOWN_CODE  {asked.sentence}" in wrong.stderr
    assert "Open: none" in cluster.command("resolve", "query", "B1234BC", "--query-kind", "UNKNOWN_CODE", *ANN_AND_BOB).stderr
    for words in (("--query-id", str(asked.query_id)), ("--query-kind", "UNKNOWN_CODE")):
        assert cluster.command("resolve", "query", NUMBER, *words, *ANN_AND_BOB).exit_code == 0
        assert _recorded(cluster)["query_id"] == asked.query_id


def test_two_questions_of_a_kind_are_not_answered_at_once_unless_people_say_so(cluster: Cluster) -> None:
    """The kind alone is refused, with both listed; --all answers both and says which."""
    asked = _told(cluster, alert("QQQ"), alert("QQR", uuid="a2"))
    refused = cluster.command("resolve", "query", NUMBER, "--query-kind", "UNKNOWN_CODE", *ANN_AND_BOB)
    assert (refused.exit_code, published(cluster)) == (2, 0)
    assert all(str(each.query_id) in refused.stderr for each in asked)
    done = cluster.command("resolve", "query", NUMBER, "--query-kind", "UNKNOWN_CODE", "--all", *ANN_AND_BOB)
    assert done.exit_code == 0, done.output
    assert all(str(each.query_id) in done.stdout for each in asked)
    assert (_recorded(cluster)["query_id"], _recorded(cluster)["query_kind"]) == (None, "UNKNOWN_CODE")


def test_only_a_hold_that_stands_is_ended(cluster: Cluster) -> None:
    """A slip in its name is said, with those that stand; the right one is recorded."""
    _told(cluster, placed())
    wrong = cluster.command("resolve", "end-placed-hold", NUMBER, "nosuch", *ANN_AND_BOB)
    assert (wrong.exit_code, published(cluster)) == (2, 0)
    hold_id = wrong.stderr.strip().rpartition("Standing: ")[2]
    assert cluster.command("resolve", "end-placed-hold", NUMBER, hold_id, *ANN_AND_BOB).exit_code == 0
    assert published(cluster) == 1


def _recorded(cluster: Cluster) -> dict[str, Any]:
    """The one act on `resolutions`."""

    async def read() -> bytes:
        assert cluster.broker is not None
        (only,) = [each async for each in read_to_end(cluster.broker.another(), [TopicPartition("resolutions", n) for n in range(2)])]
        return only.value or b""

    return registry().decode(asyncio.run(read()))[1]
