"""`holdfast replay`: the decision as of an instant, another policy beside it, and what gates recorded; its exit statuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from holdfast.history import Verdict
from holdfast.records import DecisionReport
from holdfast.status import RULES_VERSION
from holdfast_gate.model import Decision, Exit
from schemas.wire import encode
from services.cli import replay
from services.cli.errors import TroubleError
from services.cli.past import Past, Question, past
from services.runtime.ports import Outgoing, Record
from services.runtime.stage import StrangerError
from tests.cli.cluster import Cluster, holding
from tests.core.telling import NUMBER, alert, immigration, received
from tests.core.test_history import ALL_SIGNED, FREE, report
from tests.status.told import Log, seconds

AS_OF = "2025-11-03T09:00:05Z"  # five seconds after NOW, of which the tests' facts are


def story(*, adopted: bool = False) -> tuple[Log, int]:
    """He may go; at second 10 immigration detains him. The log, and the number of the seal before that."""
    log = Log(step=1)
    for claim in FREE:
        log.fact(claim, NUMBER)
    log.fact(received(), "Z9999ZZ")
    log.mark(seconds(0))
    if adopted:
        log.adopt(1, seconds(-100))
    seal = log.mark(seconds(5)).offset + 1
    log.fact(immigration("IS91"), NUMBER)
    log.mark(seconds(10))
    return log, seal


def question(at: float = 5, **more: Any) -> Question:
    """What is asked about him."""
    fields: dict[str, Any] = {"exits": (Exit.RELEASE,), "around": timedelta(minutes=15), **more}
    return Question(number=NUMBER, at=seconds(at), **fields)


async def found(facts: Sequence[Record], reports: Sequence[DecisionReport | bytes] = (), **more: Any) -> Past:
    """What is read."""
    broker = await holding(facts, reports)
    try:
        return await past(broker, question(**more))
    finally:
        await broker.close()


# --- reading ---------------------------------------------------------------------------------------------------------------------


async def test_it_reads_no_further_than_it_must() -> None:
    """As of an instant in a long log: up to the mark that covers it and the seals that reports name, in batches."""
    log, seal = story()
    for n in range(20_000):
        log.mark(seconds(11 + n))
    read: list[int] = []
    broker = await holding(log.records, [report(seal, newest=seal - 3)])
    found = await past(broker, question(), lambda position, _end: read.append(position))
    assert max(read) <= 5_000
    assert (found.moment.number, found.sealed is not None, found.silent_since) == (seal - 1, True, seconds(0))
    await broker.close()


async def test_it_reads_as_far_as_a_report_needs() -> None:
    """The gate decided a while after the instant, and after a hold: its seal, thousands of records later, is read too."""
    log = Log(step=1)
    for claim in FREE:
        log.fact(claim, NUMBER)
    for n in range(12_000):
        log.mark(seconds(n / 100))
        if n == 11_000:
            log.fact(immigration("IS91"), NUMBER)
    late = replace(report(11_500, "VETO", grounds=("IMMIGRATION_DETENTION",), newest=11_004), decided_at=seconds(115))
    of_him = await found(log.records, [late])
    assert of_him.moment.answer(Exit.RELEASE).decision is Decision.ALLOW
    assert [each.verdict for each in of_him.decisions] == [Verdict.AGREES]


async def test_what_was_written_after_the_instant_was_not_known_then() -> None:
    """The mark that covers second 5 came at second 6; what immigration wrote in between is read before it, and was no fact at second 5."""
    log = Log(step=1)
    for claim in FREE:
        log.fact(claim, NUMBER)
    log.mark(seconds(4))
    log.fact(immigration("IS91", at=seconds(5.5)), NUMBER)
    log.fact(alert(at=seconds(-1)), NUMBER)
    log.mark(seconds(6))
    grounds = {at: [g.name for g in (await found(log.records, at=at)).moment.answer(Exit.RELEASE).grounds] for at in (5, 5.5)}
    assert (grounds[5], set(grounds[5.5])) == (["NOT_FOR_RELEASE"], {"NOT_FOR_RELEASE", "IMMIGRATION_DETENTION"})


async def test_reports_are_taken_once_and_near_by() -> None:
    """A report that came twice counts once; one of another day, exit or prisoner does not."""
    log, seal = story()
    mine = report(seal, newest=2)
    away = (
        replace(mine, report_id="a", decided_at=seconds(5 + 15 * 60 + 1)),
        replace(mine, report_id="b", exit="court"),
        replace(mine, report_id="c", prisoner_number="Z9999ZZ"),
    )
    past_of_him = await found(log.records, [mine, mine, *away, b"\xc3\x01garbage"])
    assert [each.report for each in past_of_him.decisions] == [mine]
    assert past_of_him.unreadable_reports == 1


async def test_what_a_gate_knew_may_not_be_in_the_log() -> None:
    """Without a seal, or with one that the log does not reach, a decision cannot be made again: nobody says that it agrees."""
    log, _ = story()
    decisions = (await found(log.records, [report(None, "REFER", codes=("FEED_NOT_BOOTSTRAPPED",)), report(10_000)])).decisions
    assert {each.verdict for each in decisions} == {Verdict.UNKNOWN}
    assert {each.answer for each in decisions} == {None}


async def test_a_check_that_no_gate_records() -> None:
    """A report that says a check was signed by nobody is no evidence, and does not end the reading."""
    log, seal = story()
    nobody = replace(report(seal, newest=2), checks=(replace(ALL_SIGNED[0], by=" "),))
    (made,) = (await found(log.records, [nobody])).decisions
    assert made.verdict is Verdict.UNKNOWN


async def test_a_log_without_a_mark_is_trouble() -> None:
    """Nothing was ever sealed: there is no answer, and what to look at is said."""
    log = Log(step=1)
    log.fact(received(), NUMBER)
    with pytest.raises(TroubleError, match=r"facts\[0\] holds no mark: nothing was ever sealed"):
        await found(log.records)


async def test_a_stranger_in_the_log_halts() -> None:
    """A record that has no place in `facts` is named, not passed over."""
    log, _ = story()
    stranger = replace(log.records[0], key=None, value=encode(report(1)))
    broker = await holding(log.records[:0])
    await broker.publish([_outgoing(stranger)])
    with pytest.raises(StrangerError, match=r"facts\[0\]@0 holds a DecisionReport"):
        await past(broker, question())
    await broker.close()


def _outgoing(record: Record) -> Any:
    return Outgoing(topic="facts", partition=0, key=record.key, value=record.value)


# --- the command -----------------------------------------------------------------------------------------------------------------


def test_as_of_an_instant_and_after_what_came_later(cluster: Cluster) -> None:
    """At second 5 he may go; at second 10 the Home Office detains him: the same command, another instant, each with its record."""
    cluster.facts = story()[0].records
    status, then = cluster.told("replay", "--as-of", AS_OF, "--exit", "release", NUMBER.lower())
    (release,) = then["exits"]
    assert (status, release["answer"]["decision"], then["rules_version"], then["policy_version"]) == (0, "ALLOW", RULES_VERSION, 0)
    assert then["decisions"] == []
    _, later = cluster.told("replay", "--as-of", "2025-11-03T10:00:10+01:00", NUMBER)
    by_exit = {each["exit"]: each["answer"] for each in later["exits"]}
    assert set(by_exit) == {each.value for each in Exit}
    assert by_exit["release"]["decision"] == "VETO"
    assert by_exit["release"]["grounds"][0]["source"]["topic"] == "upstream"
    assert by_exit["court"]["decision"] == "ALLOW"


def test_another_policy_is_shown_beside_it(cluster: Cluster) -> None:
    """Nothing was asked for; policy 1 would have asked for each of its checks. To court nothing changes."""
    cluster.facts = story()[0].records
    status, then = cluster.told("replay", "--as-of", AS_OF, "--policy", "1", "--exit", "release", "--exit", "court", NUMBER)
    release, court = then["exits"]
    assert (status, release["answer"]["decision"], release["under_policy"]["decision"], release["changed"]) == (0, "ALLOW", "REFER", True)
    assert {reason["code"] for reason in release["under_policy"]["refer"]} == {"CHECKS_MISSING"}
    assert (court["under_policy"]["decision"], court["changed"]) == ("ALLOW", False)
    shown = cluster.command("replay", "--as-of", AS_OF, "--policy", "1", "--exit", "release", "--exit", "court", NUMBER).stdout
    assert "≠ REFER" in shown
    assert "the same" in shown


def test_a_recorded_decision_that_agrees_is_0(cluster: Cluster) -> None:
    """Allowed under policy 1 with its checks: made again with the same checks, and shown with who adopted the policy."""
    log, seal = story(adopted=True)
    cluster.facts = log.records
    cluster.reports = [replace(report(seal, newest=seal - 1, checks=ALL_SIGNED, policy_version=1), decided_at=seconds(6))]
    status, then = cluster.told("replay", "--as-of", AS_OF, "--exit", "release", NUMBER)
    (made,) = then["decisions"]
    assert (status, made["verdict"], made["remade"]["decision"], made["policy_version"]) == (0, "AGREES", "ALLOW", 1)
    (release,) = then["exits"]
    assert (release["answer"]["decision"], release["checks_given_to"]) == ("ALLOW", made["report_id"])
    assert "Release policy 1 was in force since 2025-11-03 09:00:00 UTC, adopted by Ann, Bob (said so): upstream" in then["notes"][0]
    shown = cluster.command("replay", "--as-of", AS_OF, "--exit", "release", NUMBER).stdout
    assert f"by rules {RULES_VERSION} and release policy 1 (Tougher checks)" in shown
    assert "the same" in shown
    assert f"With the {len(ALL_SIGNED)} checks that gate g was given" in shown


def test_a_recorded_decision_that_differs_is_3(cluster: Cluster) -> None:
    """A gate says that it allowed what its own seal forbade: everybody sees it, and the exit status says it."""
    log, _ = story()
    cluster.facts = log.records
    last = log.records[-1].offset
    cluster.reports = [replace(report(last + 1, newest=last - 1), rules_version=99)]
    status, then = cluster.told("replay", "--as-of", AS_OF, NUMBER)
    assert (status, then["decisions"][0]["verdict"]) == (3, "DIFFERS")
    assert f"Rules 99 decided then, and the log is read here by rules {RULES_VERSION}" in then["notes"][-1]
    result = cluster.command("replay", "--as-of", AS_OF, NUMBER)
    assert result.exit_code == 3
    assert "DIFFERS" in result.stdout
    assert cluster.command("replay", "--as-of", AS_OF, "--exit", "court", NUMBER).exit_code == 0


def test_under_another_policy_a_recorded_decision_too(cluster: Cluster) -> None:
    """What policy 1 would have made of the very decision that a gate gave."""
    log, seal = story()
    cluster.facts = log.records
    cluster.reports = [report(seal, newest=2)]
    status, then = cluster.told("replay", "--as-of", AS_OF, "--policy", "1", NUMBER)
    (made,) = then["decisions"]
    assert (status, made["remade"]["decision"], made["under_policy"]["decision"]) == (0, "ALLOW", "REFER")


def test_the_checks_are_those_of_the_closest_decision(cluster: Cluster) -> None:
    """Refused without them and allowed with them, a minute apart: what the gate was given nearest to the instant is what was given."""
    log, seal = story(adopted=True)
    cluster.facts = log.records
    refused = report(seal, "REFER", newest=seal - 1, codes=("CHECKS_MISSING",), policy_version=1)
    allowed = report(seal, newest=seal - 1, checks=ALL_SIGNED, policy_version=1)
    for near, far, decision in ((refused, allowed, "REFER"), (allowed, refused, "ALLOW")):
        cluster.reports = [replace(near, decided_at=seconds(6)), replace(far, decided_at=seconds(65))]
        status, then = cluster.told("replay", "--as-of", AS_OF, "--exit", "release", NUMBER)
        assert (status, then["exits"][0]["answer"]["decision"], len(then["decisions"])) == (0, decision, 2)
    assert cluster.told("replay", "--as-of", AS_OF, "--around", "0", NUMBER)[1]["decisions"] == []


def test_where_a_reason_is_written(cluster: Cluster) -> None:
    """Missing checks name the act that asks for them, a silent source the part of the log that was read."""
    cluster.facts = story(adopted=True)[0].records
    _, then = cluster.told("replay", "--as-of", AS_OF, "--exit", "release", NUMBER)
    reasons = then["exits"][0]["answer"]["refer"]
    assert all(reason["records"][0].startswith("upstream[0]@") for reason in reasons)
    _, late = cluster.told("replay", "--as-of", "2025-11-03T12:00:00Z", "--exit", "court", NUMBER)
    stale = [reason for reason in late["exits"][0]["answer"]["refer"] if reason["code"] == "SOURCE_STALE"]
    assert stale[0]["records"] == ["facts[0] below 9"]
    assert late["notes"][0] == "The log ends at T = 2025-11-03 09:00:10 UTC, before the instant asked for: gates knew no more than that."


def test_an_hour_in_which_the_hub_was_silent_is_said(cluster: Cluster) -> None:
    """As of the middle of it gates held no fresh seal, and the answer says since when."""
    log, _ = story()
    log.mark(seconds(3600))
    cluster.facts = log.records
    _, then = cluster.told("replay", "--as-of", "2025-11-03T09:30:00Z", "--exit", "court", NUMBER)
    silence = "The hub passed no mark on from 2025-11-03 09:00:10 UTC until 2025-11-03 10:00:00 UTC: gates held no fresh seal in between."
    assert then["notes"] == [silence]
    assert "SEAL_STALE" in {reason["code"] for reason in then["exits"][0]["answer"]["refer"]}


def test_a_terminal_that_has_waited_is_shown_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds of silence are enough; before that, and where nobody looks, nothing is shown."""
    for terminal, shown in ((True, True), (False, False)):
        written, now_s = StringIO(), [0.0]
        console = Console(file=written, force_terminal=terminal, width=80)
        monkeypatch.setattr(replay, "Console", lambda console=console, **_: console)
        monkeypatch.setattr(replay.SystemClock, "monotonic_s", lambda _, now_s=now_s: now_s[0])
        with replay._progress() as progress:
            progress(1, 4)
            console.file.flush()
            before = written.getvalue()
            now_s[0] = replay.PATIENCE_S
            progress(2, 4)
        assert "Reading the log" not in before
        assert ("Reading the log" in written.getvalue()) is shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--as-of", "yesterday", NUMBER), "'yesterday' is no instant with its offset from UTC"),
        (("--as-of", "2025-11-03T09:00:05", NUMBER), "is no instant with its offset from UTC"),
        (("--as-of", AS_OF, "A12"), "'A12' is not a prisoner number"),
        (("--as-of", AS_OF, "--policy", "99", NUMBER), "Invalid value for '--policy'"),
        (("--as-of", AS_OF, "--exit", "window", NUMBER), "Invalid value for '--exit'"),
        ((NUMBER,), "Missing option '--as-of'"),
    ],
)
def test_a_wrong_command_line_is_2(cluster: Cluster, words: tuple[str, ...], message: str) -> None:
    """What cannot be asked is said, with what to write."""
    result = cluster.command("replay", *words)
    assert result.exit_code == 2
    assert message in result.stderr
