"""`make demo`: three real incidents and a thousand lawful releases on a real Kafka, every service its own process.

A hub that vetoes everybody would stop the incidents too; so the demo fails unless every lawful release is ALLOW.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from holdfast.records import Incident
from holdfast_gate import Gate, GateConfig
from holdfast_gate.answer import Answer
from holdfast_gate.config import KafkaSettings as FeedSettings
from holdfast_gate.kafka import KafkaFeed
from holdfast_gate.model import Decision, Exit
from schemas.wire import decode
from services.runtime.ports import TopicPartition
from simulator.cases import Ask, AwaitIncident, Case, cases
from simulator.local import LocalHub, local_hub
from simulator.population import Record, lawful, records_of
from simulator.publishing import outgoing

DIRECTORY = Path(".holdfast/demo")
CHUNK = 200
ASK_WITHIN_S = 20.0
GATE_WITHIN_S = 60.0
POLL_S = 0.05
SHOWN = 12
COLOURS = {Decision.ALLOW: "green", Decision.REFER: "yellow", Decision.VETO: "red"}


@dataclass
class Stage:
    """What the audience sees: progress, and the newest decisions as they fall."""

    console: Console
    progress: Progress = field(
        default_factory=lambda: Progress(TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    )
    answers: list[Answer] = field(default_factory=list[Answer])

    def __rich__(self) -> Group:
        table = Table("Prisoner", "Exit", "Decision", "Why", title="Gate decisions as they fall", title_justify="left", expand=True)
        for answer in self.answers[-SHOWN:]:
            colour = COLOURS[answer.decision]
            table.add_row(answer.prisoner_number, answer.exit, f"[{colour}]{answer.decision.value}[/]", _why(answer))
        return Group(self.progress, table)

    def task(self, description: str, total: int) -> TaskID:
        """A line of progress."""
        return self.progress.add_task(description, total=total)


def _why(answer: Answer) -> str:
    reasons = [ground.name for ground in answer.grounds] or [refer.code.value for refer in answer.refer]
    return ", ".join(reasons) or f"nothing bars it, and custody's order is borne out; valid {answer.valid_for_s} s"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How one case came out; `wrong` says everything that was not as it must be."""

    case: Case
    wrong: tuple[str, ...]


async def demo(people: int, console: Console) -> bool:
    """Play it all; True when every expectation held. Raises SimulatorError kinds and BrokerError."""
    prefix = f"holdfast-demo-{datetime.now(UTC):%Y%m%d%H%M%S}."
    shutil.rmtree(DIRECTORY / "gate", ignore_errors=True)
    console.print("Starting Kafka and every service, each as its own process …")
    began_s = time.monotonic()
    async with local_hub(DIRECTORY, prefix=prefix, fresh=True) as hub:
        console.print(f"Up after {time.monotonic() - began_s:.0f} s at {hub.settings.bootstrap_servers}; logs in {DIRECTORY}/run.")
        topic = f"{hub.settings.topic_prefix}vetoes"
        config = GateConfig(gate_id="demo-gate", directory=DIRECTORY / "gate", topic=topic, key_ring=hub.key_ring)
        feed = KafkaFeed(FeedSettings(bootstrap_servers=hub.settings.bootstrap_servers, topic_prefix=hub.settings.topic_prefix))
        async with Gate(config, feed) as gate:
            passed = await _play(people, hub, gate, console)
    console.print(f"[bold]{'Everything held.' if passed else '[red]Not everything held.[/]'}[/] {time.monotonic() - began_s:.0f} s in all.")
    return passed


async def _play(people: int, hub: LocalHub, gate: Gate, console: Console) -> bool:
    now = datetime.now(UTC)
    stage = Stage(console)
    with Live(stage, console=console, refresh_per_second=8, transient=not console.is_terminal):
        records = list(records_of(people, now))
        await _publish(records, hub, stage, now)
        verdicts = [await _case(case, hub, gate, stage, now) for case in cases(now)]
        allowed, others = await _release(people, gate, stage, now)
    _report(verdicts, console)
    console.print(f"\nLawful releases: [green]{allowed} ALLOW[/] of {people}; [{'red' if others else 'dim'}]{len(others)} not[/].")
    for answer in others[:5]:
        console.print(f"  {answer.prisoner_number}: {answer.decision.value} {_why(answer)} {[r.sentence for r in answer.refer][:2]}")
    wrong = sum(bool(verdict.wrong) for verdict in verdicts)
    console.print(f"Incidents and twins: [green]{len(verdicts) - wrong} as they must be[/] of {len(verdicts)}.")
    return not wrong and allowed == people


async def _publish(records: Sequence[Record], hub: LocalHub, stage: Stage, now: datetime) -> None:
    task = stage.task("Publishing upstream records", len(records))
    for start in range(0, len(records), CHUNK):
        chunk = records[start : start + CHUNK]
        await hub.broker.publish(outgoing(chunk, now))
        stage.progress.advance(task, len(chunk))


async def _release(people: int, gate: Gate, stage: Stage, now: datetime) -> tuple[int, list[Answer]]:
    """Ask for every lawful release; how many are ALLOW, and the answers that are not."""
    task = stage.task("Asking the gate for lawful releases", people)
    others: list[Answer] = []
    for n in range(people):
        who, _ = lawful(n, now)
        answer = await _ask(gate, who.prisoner_number, Exit.RELEASE, Decision.ALLOW, frozenset())
        stage.answers.append(answer)
        stage.progress.advance(task)
        if answer.decision is not Decision.ALLOW:
            others.append(answer)
    return people - len(others), others


async def _ask(gate: Gate, who: str, exit_: Exit, decision: Decision, reasons: frozenset[str]) -> Answer:
    """Ask until the answer is the one that must come, or time is up; the last answer."""
    deadline_s = time.monotonic() + ASK_WITHIN_S
    while True:
        await gate.until(who, exit_, decision, deadline_s - time.monotonic())
        answer = await gate.decide(who, exit_)
        if (answer.decision is decision and reasons <= _names(answer)) or time.monotonic() > deadline_s:
            return answer
        await asyncio.sleep(POLL_S)  # the decision is there, its reasons are not all yet


def _names(answer: Answer) -> frozenset[str]:
    grounds = {name for ground in answer.grounds for name in (ground.ground, ground.query_kind) if name}
    return frozenset(grounds | {refer.code.value for refer in answer.refer})


async def _case(case: Case, hub: LocalHub, gate: Gate, stage: Stage, now: datetime) -> Verdict:
    wrong: list[str] = []
    for step in case.steps:
        match step:
            case Ask():
                answer = await _ask(gate, step.who, step.exit, step.decision, step.reasons)
                stage.answers.append(answer)
                if answer.decision is not step.decision or not step.reasons <= _names(answer):
                    wanted = f"{step.decision.value} {', '.join(sorted(step.reasons))}".strip()
                    wrong.append(f"{step.exit.value}: wanted {wanted}, got {answer.decision.value} {_why(answer)}")
            case AwaitIncident():
                if not await _incident(hub, step):
                    wrong.append(f"no incident {step.kind} within {step.within_s:g} s")
            case _:
                await hub.broker.publish(outgoing(step, now))
    return Verdict(case=case, wrong=tuple(wrong))


async def _incident(hub: LocalHub, wanted: AwaitIncident) -> bool:
    reader = await hub.broker.open_reader([TopicPartition("incidents", 0)])
    try:
        async with asyncio.timeout(wanted.within_s):
            while True:
                for record in await reader.read(limit=100, timeout_s=0.5):
                    told = decode(record.value or b"")
                    if isinstance(told, Incident) and (told.kind, told.prisoner_number) == (wanted.kind, wanted.who):
                        return True
    except TimeoutError:
        return False
    finally:
        await reader.close()


def _report(verdicts: Sequence[Verdict], console: Console) -> None:
    table = Table("Case", "What happened", "What Holdfast does", "Verdict", show_lines=True, title="The three incidents and their lawful twins")
    for verdict in verdicts:
        result = "[green]as it must be[/]" if not verdict.wrong else "[red]" + "\n".join(verdict.wrong) + "[/]"
        table.add_row(verdict.case.title, verdict.case.happened, verdict.case.does, result)
    console.print(table)
