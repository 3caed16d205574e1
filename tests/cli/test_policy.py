"""`holdfast policy` and `holdfast resolve adopt-policy`: whether policy 1 was in force on 29 October has an exact answer."""

from __future__ import annotations

import asyncio

import pytest

from holdfast.records import PrisonerStatus
from schemas.contract import from_avro
from schemas.wire import encode
from services.cli import policy
from services.runtime.ports import Outgoing, TopicPartition
from services.runtime.restore import read_to_end
from tests.cli.cluster import Cluster, holding
from tests.core.telling import received
from tests.status.told import Log, seconds

WEDNESDAY = "2025-11-05"


def adopted_for_wednesday() -> Log:
    """Two people adopt policy 1 on Monday, for Wednesday at noon, and end it for Friday."""
    log = Log(step=1)
    log.fact(received())
    log.mark(seconds(0))
    log.adopt(1, seconds(2 * 86_400 + 3 * 3_600))
    log.adopt(0, seconds(4 * 86_400), seconds(1))
    log.mark(seconds(2))
    return log


@pytest.mark.parametrize(
    ("at", "versions"),
    [
        ("2025-10-29", [0]),
        ("2025-11-05T11:59:59Z", [0]),
        ("2025-11-05T12:00:00Z", [1]),
        (WEDNESDAY, [0, 1]),
        ("2025-11-06", [1]),
        ("2025-11-07", [1, 0]),
        ("2030-01-01", [0]),
    ],
)
def test_what_was_in_force_has_an_exact_answer(cluster: Cluster, at: str, versions: list[int]) -> None:
    """On a day, in London, everything that was in force at some time of it; at an instant, one."""
    cluster.facts = adopted_for_wednesday().records
    status, told = cluster.told("policy", "in-force", "--at", at)
    assert status == 0
    assert [each["version"] for each in told["in_force"]] == versions
    (by,) = {tuple(each["adopted"]["by"]) for each in told["in_force"] if each["adopted"]} or {("Ann", "Bob")}
    assert by == ("Ann", "Bob")


def test_it_is_said_to_people_too(cluster: Cluster) -> None:
    """Since when, by whose word, why, and where that is written."""
    cluster.facts = adopted_for_wednesday().records
    shown = cluster.command("policy", "in-force", "--at", WEDNESDAY).stdout
    assert "Policy 0 (No release checks) was in force from the beginning.\n" in shown
    assert (
        "Policy 1 (Tougher checks) was in force from 2025-11-05 12:00:00 UTC, adopted by Ann, Bob (said so; told at 2025-11-03 09:00:00 UTC" in shown
    )
    assert "Nothing changed on that day." in cluster.command("policy", "in-force", "--at", "2025-11-06").stdout


def test_the_list(cluster: Cluster) -> None:
    """Every policy with its checks, and each time that it was in force."""
    cluster.facts = adopted_for_wednesday().records
    _, told = cluster.told("policy", "list")
    zero, one = told["policies"]
    assert [each["since"] for each in zero["in_force"]] == [None, "2025-11-07T09:00:00+00:00"]
    assert [each["since"] for each in one["in_force"]] == ["2025-11-05T12:00:00+00:00"]
    assert (zero["checks"], one["checks"][2]["people"]) == ([], 2)
    shown = cluster.command("policy", "list").stdout
    assert "Policy 0: No release checks. In force from the beginning; and from 2025-11-07 09:00:00 UTC" in shown
    assert "DUTY_GOVERNOR_SIGNED_OFF" in shown
    assert " 12 hours " in shown
    assert " 15 days " in shown


def test_nothing_was_ever_adopted(cluster: Cluster) -> None:
    """A hub that has not said anything yet, or nobody adopted anything: policy 0, and policy 1 is written and in force nowhere."""
    shown = cluster.command("policy", "list").stdout
    assert "Policy 1: Tougher checks. Written, and in force nowhere." in shown


async def test_the_end_of_the_log_is_looked_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little of the end is looked at first, and however much stands behind it, the newest word is found."""
    monkeypatch.setattr(policy, "TAIL", 1)
    log = adopted_for_wednesday()
    broker = await holding(log.records)
    status = PrisonerStatus(prisoner_number="B1234BC")
    await broker.publish([Outgoing(topic="prisoner-status", partition=0, key=b"B1234BC", value=encode(status))] * 40)
    assert [each.policy_version for each in await policy.adopted(broker)] == [1, 0]
    await broker.close()


@pytest.mark.parametrize("at", ["October", "29/10/2025", "2025-10-29T12:00", "2025-02-30"])
def test_a_time_that_is_none_is_2(cluster: Cluster, at: str) -> None:
    """What could be one of two instants is asked again, and both forms that would do are shown."""
    result = cluster.command("policy", "in-force", "--at", at)
    assert result.exit_code == 2
    assert f"'{at}' is no instant with its offset" in result.stderr
    assert "nor a day in London, for example 2025-10-29\n" in result.stderr


ADOPT = ("resolve", "adopt-policy", "1", "--reason", "instruction")


def test_two_people_adopt_a_policy(cluster: Cluster) -> None:
    """A London day becomes the instant at which it begins there: 29 March 2026 is the day on which summer time begins."""
    result = cluster.command(*ADOPT, "--from", "2026-03-30", "--by", "Ann", "--by", "Bob")
    assert result.exit_code == 0, result.output
    assert "ADOPT_POLICY recorded as resolutions[" in result.stdout
    assert cluster.broker is not None
    fields = _published(cluster)
    assert (fields["policy_version"], fields["effective_from"].isoformat(), fields["by"]) == (1, "2026-03-29T23:00:00+00:00", ["Ann", "Bob"])


@pytest.mark.parametrize(("since", "past"), [("2020-01-01", True), ("2999-01-01", False)])
def test_a_time_that_is_past_is_said(cluster: Cluster, since: str, past: bool) -> None:
    """Nobody is to think that a policy was in force before it was adopted."""
    result = cluster.command(*ADOPT, "--from", since, "--by", "Ann", "--by", "Bob")
    assert ("the policy is in force from now on" in result.stdout) is past


def _published(cluster: Cluster) -> dict[str, object]:
    async def read() -> bytes:
        assert cluster.broker is not None
        (record,) = [each async for each in read_to_end(cluster.broker.another(), [TopicPartition("resolutions", n) for n in range(2)])]
        return record.value or b""

    return from_avro(asyncio.run(read()))[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--from", "2026-03-30", "--by", "Ann"), "ADOPT_POLICY needs 2 different people"),
        (("--from", "2026-03-30", "--by", "Ann", "--by", "ann"), "ADOPT_POLICY needs 2 different people"),
        (("--from", "Monday", "--by", "Ann", "--by", "Bob"), "'Monday' is no instant"),
        (("--by", "Ann", "--by", "Bob"), "Missing option '--from'"),
    ],
)
def test_what_adopts_nothing_is_2(cluster: Cluster, words: tuple[str, ...], message: str) -> None:
    """One person, or a time that is none: nothing is published."""
    result = cluster.command(*ADOPT, *words)
    assert result.exit_code == 2
    assert message in result.stderr
