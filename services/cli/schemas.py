"""`holdfast schemas`: the promise, printed, and registered with a schema registry where there is one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from schemas import newest
from services.cli.connect import within
from services.cli.errors import TroubleError
from services.runtime.config import ConfigError, KafkaSettings, RegistrySettings, load
from services.runtime.registration import Standing, State, Subject, check, register, subjects
from services.runtime.registry_client import NoAnswerError, RegistryClient, registry_client

#: Exit statuses besides 0 and 1: `register` would mend it; nothing but another schema does.
TO_DO, REFUSED = 3, 4
WITHIN_S = 300
#: Columns, where the output is not a terminal that knows better.
WIDTH_OF_A_FILE = 200


@click.group()
def schemas() -> None:
    """The Avro schemas, each complete in itself."""


@schemas.command("list")
def schemas_list() -> None:
    """Name every record that can stand on a topic."""
    for name in sorted(newest()):
        click.echo(name)


@schemas.command()
@click.argument("name")
def show(name: str) -> None:
    """Print one schema, ready for another tool."""
    if name not in newest():
        message = f"no schema is called {name}; `holdfast schemas list` names them"
        raise click.UsageError(message)
    click.echo(json.dumps(newest()[name].schema, indent=2, ensure_ascii=False))


@schemas.command("check")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def check_(*, as_json: bool) -> None:
    """Say how the schema registry has every record: the hub's own and the publishers'.

    Exit statuses: 0 as it should be; 3 something is missing or has another level, which `register` mends; 4 the registry would refuse a schema.
    """
    _show(_asked(change=False), as_json=as_json)


@schemas.command("register")
@click.option("--dry-run", is_flag=True, help="Change nothing: say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def register_(*, dry_run: bool, as_json: bool) -> None:
    """Register every record with the schema registry, each under <topic>-<record>, and demand FULL_TRANSITIVE of its subject.

    Exit statuses: 0 done, or nothing to do; 3 --dry-run: there is something to do; 4 the registry refuses a schema.
    """
    _show(_asked(change=not dry_run), as_json=as_json)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asking:
    client: RegistryClient
    change: bool

    async def of(self, subject: Subject) -> Sequence[Standing]:
        return await (register(self.client, subject) if self.change else check(self.client, subject))


def _asked(*, change: bool) -> list[Standing]:
    (kafka,), (settings,) = load(KafkaSettings), load(RegistrySettings)
    if settings.url is None:
        message = "HOLDFAST_SCHEMA_REGISTRY_URL is not set: name the registry's Confluent-compatible API (docs/configuration.md)"
        raise ConfigError(message)

    async def run() -> list[Standing]:
        console = Console(stderr=True)
        async with registry_client(settings) as client:
            asking = _Asking(client=client, change=change)
            every = track(subjects(kafka.topic_prefix), "asking the registry", console=console, disable=not console.is_terminal, transient=True)
            return [standing for subject in every for standing in await asking.of(subject)]

    try:
        return within(WITHIN_S, run, f"is the schema registry at {settings.url} up?")
    except NoAnswerError as error:
        raise TroubleError(f"the schema registry: {error}") from error


def _show(standings: Sequence[Standing], *, as_json: bool) -> None:
    if as_json:
        told = [
            {
                "subject": each.subject.name,
                "topic": each.subject.topic,
                "record": each.subject.record,
                "version": each.version,
                "state": each.state.name,
                "schema_id": each.schema_id,
                "level": each.level,
                "why": each.why,
            }
            for each in standings
        ]
        click.echo(json.dumps(told, indent=2))
    else:
        table = Table("Subject", "Version", "Id", "Written by", "State")
        for each in standings:
            state = f"{each.state.value}: {each.why}" if each.why else each.state.value
            schema_id = "" if each.schema_id is None else str(each.schema_id)
            table.add_row(each.subject.name, str(each.version), schema_id, "the hub" if each.subject.ours else "publishers", state)
        console = Console()
        if not console.is_terminal:
            console.width = WIDTH_OF_A_FILE
        console.print(table)
    states = {each.state for each in standings}
    if State.REFUSED in states:
        raise click.exceptions.Exit(REFUSED)
    if states - {State.REGISTERED}:
        raise click.exceptions.Exit(TO_DO)
