"""`holdfast explain A1234BC`: the hub's side of one prisoner: status, every hold, every order, every fact with its source record."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from holdfast.identifiers import is_prisoner_number
from holdfast.records import PrisonerStatus
from holdfast_gate.model import Notice
from holdfast_gate.partitioner import partition_of
from schemas.wire import decode_as
from services.cli.connect import connected, within
from services.cli.errors import TroubleError
from services.runtime.ports import TopicPartition
from services.runtime.restore import read_to_end

TOPIC = "prisoner-status"
#: Columns, where the output is not a terminal that knows better.
WIDTH_OF_A_FILE = 200


@click.command()
@click.argument("prisoner_number")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def explain(prisoner_number: str, *, as_json: bool) -> None:
    """Show what the hub knows of one prisoner, and where it knows it from."""
    number = prisoner_number.strip().upper()
    if not is_prisoner_number(number):
        message = f"{prisoner_number!r} is not a prisoner number: one letter, four digits, two letters, for example A1234BC"
        raise click.UsageError(message)
    status = within(120, lambda: _find(number))
    if status is None:
        message = f"nothing was ever said about {number}: check the number, and whether its records have been published"
        raise TroubleError(message)
    notice = decode_as(Notice, status.notice)
    if as_json:
        click.echo(json.dumps({"notice": asdict(notice), "facts": [asdict(e) for e in status.entries]}, default=_plain, indent=2))
    else:
        _show(status, notice)


async def _find(number: str) -> PrisonerStatus | None:
    async with connected() as broker:
        partition = partition_of(number.encode(), await broker.partition_count(TOPIC))
        found: bytes | None = None
        async for record in read_to_end(broker, [TopicPartition(TOPIC, partition)]):
            if record.key == number.encode():
                found = record.value
        return decode_as(PrisonerStatus, found) if found is not None else None


def _show(status: PrisonerStatus, notice: Notice) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE
    held = "held" if notice.grounds else "nothing in force"
    version = f"Version {notice.facts_offset}/{notice.rules_version}, as of {notice.as_of:%Y-%m-%d %H:%M:%S} UTC."
    console.print(f"[bold]{status.prisoner_number}[/bold]: {held}. {version}")
    if notice.grounds:
        table = Table("Ground", "Bars", "Why", "Said by", "Record", title="Holds", show_lines=True, title_justify="left")
        for ground in notice.grounds:
            name = f"{ground.name}\n(id {ground.query_id})" if ground.query_id else ground.name
            table.add_row(name, "\n".join(ground.bars), ground.sentence, ground.authority, str(ground.source))
        console.print(table)
    if notice.orders:
        table = Table("Exit", "Reason", "Day (from, until UTC)", "Missing", "Record", title="Orders", show_lines=True, title_justify="left")
        for order in notice.orders:
            day = f"{order.valid_from:%Y-%m-%d %H:%M}\n{order.valid_until:%Y-%m-%d %H:%M}"
            table.add_row(order.exit, order.reason_code, day, "\n".join(order.missing) or "nothing", str(order.source))
        console.print(table)
    table = Table("Subject", "What", "Recorded (UTC)", "Said by", "Record", title="Facts", title_justify="left")
    for entry in status.entries:
        claim = entry.claim
        table.add_row(claim.subject, type(claim.body).__name__, f"{claim.recorded_at:%Y-%m-%d %H:%M:%S}", claim.authority.value, str(claim.source))
    console.print(table)


def _plain(value: Any) -> str:  # noqa: ANN401  json gives whatever it cannot write
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
