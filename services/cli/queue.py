"""`holdfast queue`: what waits for people, and what would settle each.

Claims that lead to nobody, identities in doubt, differences from a roll, and unreadable records that name nobody and so refer everybody.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from holdfast.identity import Entry
from holdfast.identity.candidates import explained
from holdfast.identity.queue import Considered, Waiting, described, held_by_doubts, waiting
from holdfast.records import ProgressEntry
from holdfast_gate.model import Notice
from schemas.wire import decode, decode_as
from services.cli.connect import connected, within
from services.runtime.clock import SystemClock
from services.runtime.ports import Broker, TopicPartition
from services.runtime.restore import read_to_end

TOPIC = "identity-links"
NOTICES = "vetoes"
EMPTY = "Nothing waits: every claim has found its prisoner, nobody is held by a doubt of who he is, and no unreadable record refers everybody."


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="The most to show; what holds somebody comes first.")
def queue(*, as_json: bool, limit: int) -> None:
    """Show every claim that no prisoner was found for, every identity in doubt and every unreadable record that names nobody.

    Each with the command that would settle it.
    """
    found = waiting(*within(120, _read))
    now = SystemClock().now()
    if as_json:
        click.echo(json.dumps({"total": len(found), "waiting": [_plain(each, now) for each in found[:limit]]}, indent=2, default=str))
    elif not found:
        click.echo(EMPTY)
    else:
        _show(found, now, limit)


async def _read() -> tuple[list[Entry], dict[str, Notice]]:
    """What identity remembers, and the newest notice of everybody whom it doubts; the notices after it, so that they are no older."""
    async with connected() as broker:
        newest = await _newest(broker, [TopicPartition(TOPIC, 0)])
        decoded = (decode(value) for value in newest.values())
        entries: list[Entry] = [entry for entry in decoded if not isinstance(entry, ProgressEntry)]
        held = {number.encode() for number in held_by_doubts(entries)}
        if not held:
            return entries, {}
        notices = await _newest(broker, [TopicPartition(NOTICES, n) for n in range(await broker.partition_count(NOTICES))])
        return entries, {key.decode(): decode_as(Notice, value) for key, value in notices.items() if key in held}


async def _newest(broker: Broker, sources: list[TopicPartition]) -> dict[bytes, bytes]:
    newest: dict[bytes, bytes] = {}
    async for record in read_to_end(broker, sources):
        if record.key is not None and record.value is not None:
            newest[record.key] = record.value
    return newest


def _plain(each: Waiting, now: datetime) -> dict[str, Any]:
    return {
        "what": each.what,
        "about": each.about,
        "since": each.since.isoformat(),
        "age_s": int((now - each.since).total_seconds()),
        "held": list(each.held),
        "gap": each.gap or None,
        "candidates": [
            asdict(considered.candidate) | {"held": considered.held, "explained": explained(considered.candidate), "known_as": _known_as(considered)}
            for considered in each.candidates
        ],
        "says": each.sentence or described(each.claims),
        "records": [str(claim.source) for claim in each.claims],
        "settle": [{"says": says, "command": command} for says, command in each.settle],
    }


def _show(found: list[Waiting], now: datetime, limit: int) -> None:
    """As text without columns, so that a command can be copied whole."""
    holding = sum(bool(each.held) for each in found)
    more = f", of which the first {limit} are shown" if len(found) > limit else ""
    gaps = sum(bool(each.gap) for each in found)
    referring = f", {gaps} refer everybody" if gaps else ""
    click.echo(f"{len(found)} wait for people, {holding} of them hold somebody{referring}{more}.")
    for each in found[:limit]:
        what = f"refers everybody (a gap in {each.gap})" if each.gap else f"holds {', '.join(each.held) or 'nobody'}"
        click.echo(f"\n{each.what} for {_age(now - each.since)}, {what}: {each.about}")
        if says := each.sentence or described(each.claims):
            click.echo(f"  {says}")
        for considered in each.candidates:
            unheld = "" if considered.held else " (not held: others fit better, or people have answered)"
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
