"""`holdfast shadow`: what gates in shadow mode would have stopped, delayed and allowed, beside the departures that custody reported."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from holdfast.records import DecisionReport, PrisonerStatus
from holdfast.reports import each_once
from holdfast.shadow import Case, GateInShadow, Outcome, compared, departures, in_shadow
from holdfast_gate.avro import UnreadableError
from schemas.wire import decode
from services.cli.connect import connected, within
from services.cli.explain import WIDTH_OF_A_FILE
from services.cli.instants import instant, shown
from services.runtime.ports import Broker, Record, TopicPartition
from services.runtime.restore import read_to_end

REPORTS, STATUS = "gate-reports", "prisoner-status"
#: Somebody left whom a gate would have stopped.
STOPPED = 3
WITHIN_S = 3600.0
_WORDS = {
    Outcome.WOULD_HAVE_STOPPED: "would have stopped",
    Outcome.WOULD_HAVE_DELAYED: "would have delayed",
    Outcome.ALLOWED_AND_LEFT: "allowed, and left",
    Outcome.ALLOWED_AND_STILL_IN: "allowed, and still in",
    Outcome.AGREED: "agreed: not allowed, and stayed",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """What both topics told: the gates, and how many reports this version cannot read."""

    gates: tuple[GateInShadow, ...]
    unreadable: int


@click.command()
@click.option("--gate", "gate_id", default="", help="This gate alone.")
@click.option("--since", metavar="T", help="Decisions from this instant on, with its offset: 2025-10-29T14:30:00Z.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def shadow(gate_id: str, since: str | None, *, as_json: bool) -> None:
    """Compare what gates in shadow mode decided with the departures that custody reported.

    A departure belongs to the last decision about that exit in the 24 hours before it. Releases are found however old they are; of journeys under
    escort only what prisoner-status still holds.

    Exit status: 0 when nobody left whom a gate would have stopped; 3 when somebody did; 2 when the command line is wrong; 1 when the log cannot be
    read.
    """
    begins = None if since is None else instant(since)
    with Console(stderr=True).status("Reading gate-reports and prisoner-status"):
        found = within(WITHIN_S, lambda: _asked(gate_id, begins))
    if as_json:
        click.echo(json.dumps(_plain(found, begins), indent=2))
    else:
        _show(found, gate_id, begins)
    if any(gate.count(Outcome.WOULD_HAVE_STOPPED) for gate in found.gates):
        sys.exit(STOPPED)


async def _asked(gate_id: str, since: datetime | None) -> Read:
    async with connected() as broker:
        return await read(broker, gate_id, since)


async def read(broker: Broker, gate_id: str = "", since: datetime | None = None) -> Read:
    """Both topics to their ends. Any gate may write reports, so one that cannot be read is counted and keeps nobody from the others'."""
    reports: list[DecisionReport] = []
    unreadable = 0
    async for record in _records(broker, REPORTS):
        try:
            told = decode(record.value or b"")
        except UnreadableError:
            unreadable += 1
            continue
        wanted = isinstance(told, DecisionReport) and in_shadow(told) and gate_id in {"", told.gate_id}
        if wanted and (since is None or told.decided_at >= since):
            reports.append(told)
    asked = {report.prisoner_number for report in reports}
    statuses: list[PrisonerStatus] = []
    async for record in _records(broker, STATUS):
        # Somebody else's status is not even decoded: there are many.
        if asked and record.value is not None and (record.key or b"").decode("utf-8", "replace") in asked:
            told = decode(record.value)
            if isinstance(told, PrisonerStatus):
                statuses.append(told)
    return Read(gates=compared(each_once(reports), departures(statuses)), unreadable=unreadable)


async def _records(broker: Broker, topic: str) -> AsyncIterator[Record]:
    sources = [TopicPartition(topic, n) for n in range(await broker.partition_count(topic))]
    async for record in read_to_end(broker, sources):
        yield record


# --- saying so -------------------------------------------------------------------------------------------------------------------


def _plain(found: Read, since: datetime | None) -> dict[str, Any]:
    return {
        "since": None if since is None else since.isoformat(),
        "unreadable_reports": found.unreadable,
        "gates": [
            {
                "gate_id": gate.gate_id,
                "counts": {outcome.value: gate.count(outcome) for outcome in Outcome},
                "cases": [_case(case) for case in gate.cases],
            }
            for gate in found.gates
        ],
    }


def _case(case: Case) -> dict[str, Any]:
    report, left = case.report, case.departed
    return {
        "outcome": case.outcome.value,
        "prisoner_number": report.prisoner_number,
        "exit": report.exit,
        "decision": report.decision,
        "why": [*report.grounds, *report.codes],
        "decided_at": report.decided_at.isoformat(),
        "report_id": report.report_id,
        "asked": case.asked,
        "left_at": None if left is None else left.at.isoformat(),
        "left_by": None if left is None else str(left.source),
    }


def _show(found: Read, gate_id: str, since: datetime | None) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE
    if not found.gates:
        which = f"Gate {gate_id} has" if gate_id else "No gate has"
        nothing = "reported nothing" if gate_id else "reported"
        console.print(
            f"{which} {nothing} in shadow mode{'' if since is None else f' since {shown(since)}'}: set HOLDFAST_GATE_MODE=SHADOW at a gate."
        )
    else:
        console.print(_counts(found.gates))
        for gate in found.gates:
            console.print(_cases(gate))
    if found.unreadable:
        console.print(f"{found.unreadable} records of gate-reports cannot be read by this version, and may be of gates in shadow mode too.")


def _counts(gates: Sequence[GateInShadow]) -> Table:
    table = Table("Gate", title="Gates in shadow mode", title_justify="left")
    for outcome in Outcome:
        table.add_column(_WORDS[outcome], justify="right")
    for gate in gates:
        table.add_row(escape(gate.gate_id), *(str(gate.count(outcome)) for outcome in Outcome))
    return table


def _cases(gate: GateInShadow) -> Table:
    table = Table(
        "What", "Prisoner", "Exit", "Decided (UTC)", "Decision", "Left (UTC)", title=f"Cases of {escape(gate.gate_id)}", title_justify="left"
    )
    for case in gate.cases:
        report, left = case.report, case.departed
        word = f"[bold red]{_WORDS[case.outcome]}[/]" if case.outcome is Outcome.WOULD_HAVE_STOPPED else _WORDS[case.outcome]
        why = "\n".join([report.decision, *report.grounds, *dict.fromkeys(report.codes)])
        again = "" if case.asked == 1 else f" (asked {case.asked} times)"
        went = "" if left is None else f"{left.at:%Y-%m-%d %H:%M}\n{left.source}"
        row = (word, report.prisoner_number, report.exit.replace("_", " "), f"{report.decided_at:%Y-%m-%d %H:%M:%S}{again}", why, went)
        table.add_row(row[0], *map(escape, row[1:]))
    return table
