"""`holdfast policy …`: which release policies are written, and which one was in force when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from holdfast.policies import ALWAYS, POLICIES, Policy, Span, span_at, spans
from holdfast.records import AdoptedPolicy, PartitionStatus
from schemas.wire import decode_as
from services.cli.connect import connected, within
from services.cli.explain import WIDTH_OF_A_FILE
from services.cli.explained import age_words, role_words
from services.cli.instants import day, instant, shown
from services.runtime.ports import Broker, TopicPartition
from services.runtime.restore import READ_LIMIT, READ_TIMEOUT_S

STATUS = "prisoner-status"
PARTITION_KEY = b"$partition"
#: How much of the end of a partition is looked at first: its progress is written there at every mark.
TAIL = 2_000
_WITHIN_S = 120


@click.group()
def policy() -> None:
    """Which checks a release needs, and since when. To adopt a policy: `holdfast resolve adopt-policy`."""


@policy.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_(*, as_json: bool) -> None:
    """Show every policy, and since when each was in force."""
    found = spans(within(_WITHIN_S, _asked))
    if as_json:
        click.echo(json.dumps({"policies": [_policy(each, found) for each in POLICIES]}, indent=2))
        return
    console = _console()
    for each in POLICIES:
        console.print(f"[bold]Policy {each.version}[/bold]: {each.name}. {_in_force(each, found)}")
        if each.checks:
            table = Table("Check", "For", "Signed by", "No older than", "What was done", show_lines=True)
            for check in each.checks:
                people = f"{check.people} of " if check.people > 1 else ""
                others = "".join(f"\nnot who signed {code}" for code in check.other_than)
                table.add_row(check.code, "\n".join(check.exits), f"{people}{role_words(check)}{others}", age_words(check.max_age_s), check.sentence)
            console.print(table)


@policy.command("in-force")
@click.option("--at", "at", required=True, metavar="T", help="An instant with its offset, or a day in London: 2025-10-29.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def in_force(at: str, *, as_json: bool) -> None:
    """Say which policy was in force at an instant, or on a day, and by whose word."""
    begin, end = day(at) or (instant(at, or_day=True), None)
    adopted = within(_WITHIN_S, _asked)
    found = [span_at(adopted, begin), *(span for span in spans(adopted) if end is not None and begin < span.since < end)]
    if as_json:
        click.echo(json.dumps({"at": at, "in_force": [_span(each) for each in found]}, indent=2))
        return
    for each in found:
        click.echo(f"Policy {each.policy.version} ({each.policy.name}) was in force {_since(each)}.")
    if end is not None and len(found) == 1:
        click.echo("Nothing changed on that day.")


async def _asked() -> Sequence[AdoptedPolicy]:
    async with connected() as broker:
        return await adopted(broker)


async def adopted(broker: Broker) -> Sequence[AdoptedPolicy]:
    """Every act that adopted a policy, as the status service last said; none if it has never said anything.

    Every partition has the same, so one is read, from its end backwards: what it says is there, behind everybody's statuses.
    """
    source = TopicPartition(STATUS, 0)
    tail = TAIL
    while True:
        reader = await broker.open_reader([source])
        try:
            end = (await reader.end_offsets())[source]
        finally:
            await reader.close()
        begin = max(0, end - tail)
        found = await _newest_progress(broker, source, begin)
        if found is not None or begin == 0:
            return found.adopted if found is not None else ()
        tail *= 8


async def _newest_progress(broker: Broker, source: TopicPartition, begin: int) -> PartitionStatus | None:
    reader = await broker.open_reader([source], offsets={source: begin})
    found: bytes | None = None
    try:
        end = (await reader.end_offsets())[source]
        while await reader.position(source) < end:
            for record in await reader.read(limit=READ_LIMIT, timeout_s=READ_TIMEOUT_S):
                found = record.value if record.key == PARTITION_KEY else found
    finally:
        await reader.close()
    return decode_as(PartitionStatus, found) if found is not None else None


# --- saying so -------------------------------------------------------------------------------------------------------------------


def _in_force(policy: Policy, found: Sequence[Span]) -> str:
    mine = [_since(each) for each in found if each.policy == policy]
    return "Written, and in force nowhere." if not mine else f"In force {'; and '.join(mine)}."


def _since(span: Span) -> str:
    since = "from the beginning" if span.since == ALWAYS else f"from {shown(span.since)}"
    if span.adopted is None:
        return since
    act = span.adopted
    return f"{since}, adopted by {', '.join(act.by)} ({act.reason}; told at {shown(act.told_at)}; {act.source})"


def _span(span: Span) -> dict[str, Any]:
    act = span.adopted
    told = None
    if act is not None:
        told = {"by": list(act.by), "reason": act.reason, "recorded_at": act.recorded_at.isoformat(), "told_at": act.told_at.isoformat()}
        told |= {"effective_from": act.effective_from.isoformat(), "source": str(act.source)}
    since = None if span.since == ALWAYS else span.since.isoformat()
    return {"version": span.policy.version, "name": span.policy.name, "since": since, "adopted": told}


def _policy(policy: Policy, found: Sequence[Span]) -> dict[str, Any]:
    checks = [
        {
            "code": check.code,
            "sentence": check.sentence,
            "exits": list(check.exits),
            "roles": list(check.roles),
            "max_age_s": check.max_age_s,
            "people": check.people,
            "other_than": list(check.other_than),
        }
        for check in policy.checks
    ]
    in_force = [_span(each) for each in found if each.policy == policy]
    return {"version": policy.version, "name": policy.name, "source": policy.source, "in_force": in_force, "checks": checks}


def _console() -> Console:
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE
    return console
