"""`holdfast incidents`: what went wrong, as watch has said it, and what of it is over."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from holdfast.records import Incident
from schemas.wire import decode_as
from services.cli.connect import connected, within
from services.cli.explain import WIDTH_OF_A_FILE
from services.cli.instants import shown
from services.runtime.ports import TopicPartition
from services.runtime.restore import read_to_end

TOPIC = "incidents"
NONE = "No incident: nothing went wrong, as far as watch has looked."
NONE_OPEN = "No incident that is not over; --all shows those that are."


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--all", "every", is_flag=True, help="Show those that are over too.")
@click.option("--kind", metavar="KIND", help="Only this kind, for example GATE_BEHIND.")
@click.option("--about", metavar="NAME", help="Only what concerns this prisoner, gate or source.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 100_000), help="The most to show; the newest come first.")
def incidents(*, as_json: bool, every: bool, kind: str | None, about: str | None, limit: int) -> None:
    """Show what went wrong and is not over, the newest first. What each kind means and what to do: docs/running.md."""
    said = within(120, _said)
    found = [each for each in said if (every or each.over_at is None) and kind in {None, each.kind} and about in {None, concerns(each)}]
    if as_json:
        click.echo(json.dumps({"total": len(found), "incidents": [_plain(each) for each in found[:limit]]}, indent=2, ensure_ascii=False))
    elif not found:
        click.echo(NONE_OPEN if said else NONE)
    else:
        _show(found, limit)


async def _said() -> list[Incident]:
    """Every incident as it was last said, the newest first."""
    newest: dict[str, Incident] = {}
    async with connected() as broker:
        async for record in read_to_end(broker, [TopicPartition(TOPIC, 0)]):
            if record.value is not None:
                incident = decode_as(Incident, record.value)
                newest[incident.incident_id] = incident
    return sorted(newest.values(), key=lambda each: (each.detected_at, each.incident_id), reverse=True)


def concerns(incident: Incident) -> str:
    """The prisoner, gate or source that it concerns."""
    return incident.prisoner_number or incident.gate or incident.source or ""


def _plain(incident: Incident) -> dict[str, Any]:
    return {
        "incident_id": incident.incident_id,
        "kind": incident.kind,
        "prisoner_number": incident.prisoner_number,
        "gate": incident.gate,
        "source": incident.source,
        "detected_at": incident.detected_at.isoformat(),
        "sentence": incident.sentence,
        "over_at": None if incident.over_at is None else incident.over_at.isoformat(),
        "over": incident.over,
        "records": [{"topic": each.topic, "partition": each.partition, "offset": each.offset, "sha256": each.sha256} for each in incident.records],
    }


def _show(found: list[Incident], limit: int) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE
    table = Table("Since", "Kind", "Concerns", "What happened", "Over", show_lines=True)
    for each in found[:limit]:
        # What a gate calls itself is a stranger's word: as text, it cannot pass for markup.
        over = "" if each.over_at is None else f"{shown(each.over_at)}: {each.over}"
        table.add_row(*map(Text, (shown(each.detected_at), each.kind, concerns(each), each.sentence, over)))
    console.print(table)
    if len(found) > limit:
        console.print(f"{len(found)} in all, of which the newest {limit} are shown.")
