"""`holdfast queue`: what waits for people: claims that lead to nobody, identities in doubt, differences from a roll, and what would settle each."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from holdfast.identity import Entry
from holdfast.identity.candidates import explained
from holdfast.identity.queue import Considered, Waiting, described, waiting
from holdfast.records import ProgressEntry
from schemas.wire import decode
from services.cli.connect import connected, within
from services.runtime.clock import SystemClock
from services.runtime.ports import TopicPartition
from services.runtime.restore import read_to_end

TOPIC = "identity-links"
EMPTY = "Nothing waits: every claim has found its prisoner, and nobody is held by a doubt of who he is."


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="The most to show; what holds somebody comes first.")
def queue(*, as_json: bool, limit: int) -> None:
    """Show every claim that no prisoner was found for and every identity in doubt, with the command that would settle it."""
    found = waiting(within(120, _entries))
    now = SystemClock().now()
    if as_json:
        click.echo(json.dumps({"total": len(found), "waiting": [_plain(each, now) for each in found[:limit]]}, indent=2, default=str))
    elif not found:
        click.echo(EMPTY)
    else:
        _show(found, now, limit)


async def _entries() -> list[Entry]:
    newest: dict[bytes, bytes] = {}
    async with connected() as broker:
        async for record in read_to_end(broker, [TopicPartition(TOPIC, 0)]):
            if record.key is not None and record.value is not None:
                newest[record.key] = record.value
    entries = (decode(value) for value in newest.values())
    return [entry for entry in entries if not isinstance(entry, ProgressEntry)]


def _plain(each: Waiting, now: datetime) -> dict[str, Any]:
    return {
        "what": each.what,
        "about": each.about,
        "since": each.since.isoformat(),
        "age_s": int((now - each.since).total_seconds()),
        "held": list(each.held),
        "candidates": [
            asdict(considered.candidate) | {"held": considered.held, "explained": explained(considered.candidate), "known_as": _known_as(considered)}
            for considered in each.candidates
        ],
        "says": described(each.claims),
        "records": [str(claim.source) for claim in each.claims],
        "settle": [{"says": says, "command": command} for says, command in each.settle],
    }


def _show(found: list[Waiting], now: datetime, limit: int) -> None:
    """As text without columns, so that a command can be copied whole."""
    holding = sum(bool(each.held) for each in found)
    more = f", of which the first {limit} are shown" if len(found) > limit else ""
    click.echo(f"{len(found)} wait for people, {holding} of them hold somebody{more}.")
    for each in found[:limit]:
        click.echo(f"\n{each.what} for {_age(now - each.since)}, holds {', '.join(each.held) or 'nobody'}: {each.about}")
        if each.claims:
            click.echo(f"  {described(each.claims)}")
        for considered in each.candidates:
            unheld = "" if considered.held else " (not held: others fit better)"
            click.echo(f"  {explained(considered.candidate)}{_known_as(considered, before=': ')}{unheld}")
        for says, command in each.settle:
            click.echo(f"  {says}:\n    {command}")


def _known_as(considered: Considered, *, before: str = "") -> str:
    known = considered.known_as
    if known is None:
        return ""
    names = "; ".join(f"{name.first_name} {name.last_name}".strip() for name in known.names)
    born = ", ".join(day.isoformat() for day in known.birthdays)
    return f"{before}{names}, born {born}" if born else f"{before}{names}"


def _age(age: timedelta) -> str:
    days, hours = age.days, age.seconds // 3600
    return f"{days} d {hours} h" if days else f"{hours} h {age.seconds // 60 % 60} min"
