"""`holdfast explain A1234BC`: the hub's side of one prisoner: every ground and whom to ring, orders, checks, every fact with its record."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from holdfast.identifiers import is_prisoner_number
from holdfast.records import PrisonerStatus
from holdfast_gate.model import Notice
from schemas.wire import decode_as
from services.cli.connect import connected, within
from services.cli.contacts import contacts_option, directory
from services.cli.errors import TroubleError
from services.cli.explained import show
from services.runtime.restore import newest_of

TOPIC = "prisoner-status"
#: Columns, where the output is not a terminal that knows better.
WIDTH_OF_A_FILE = 200


@click.command()
@click.argument("prisoner_number")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@contacts_option
def explain(prisoner_number: str, *, as_json: bool, contacts_file: Path | None) -> None:
    """Show what the hub knows of one prisoner, where it knows it from, and whom to ring about it."""
    number = prisoner_number.strip().upper()
    if not is_prisoner_number(number):
        message = f"{prisoner_number!r} is not a prisoner number: one letter, four digits, two letters, for example A1234BC"
        raise click.UsageError(message)
    status = within(120, lambda: _find(number))
    if status is None:
        message = f"nothing was ever said about {number}: check the number, and whether its records have been published"
        raise TroubleError(message)
    notice = decode_as(Notice, status.notice)
    contacts = directory(contacts_file)
    if as_json:
        told = asdict(notice)
        for ground in told["grounds"]:
            ground["contact"] = contacts.as_json(ground["ask"])
        click.echo(json.dumps({"notice": told, "facts": [asdict(e) for e in status.entries]}, default=_plain, indent=2))
    else:
        console = Console()
        if not console.is_terminal:
            console.width = WIDTH_OF_A_FILE
        show(console, status, notice, contacts)


async def _find(number: str) -> PrisonerStatus | None:
    async with connected() as broker:
        found = await newest_of(broker, TOPIC, number.encode())
        return decode_as(PrisonerStatus, found) if found is not None else None


def _plain(value: Any) -> str:  # noqa: ANN401  json gives whatever it cannot write
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
