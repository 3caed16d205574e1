"""`holdfast topics` and `holdfast schemas`: the promise, printed and applied."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table

from schemas import newest
from schemas.topics import topics as declared
from services.cli.connect import connected, within
from services.runtime.topics import apply as apply_topics
from services.runtime.topics import replication_of


@click.group()
def topics() -> None:
    """The topics that the hub needs: one declared list."""


@topics.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_(*, as_json: bool) -> None:
    """Show the list as it is declared."""
    specs = declared()
    if as_json:
        click.echo(json.dumps([{"name": s.name, "partitions": s.partitions, "settings": s.settings} for s in specs], indent=2))
        return
    table = Table("Topic", "Partitions", "Settings", "What it holds")
    for spec in specs:
        table.add_row(spec.name, str(spec.partitions), "\n".join(f"{k}={v}" for k, v in sorted(spec.settings.items())), spec.doc)
    Console().print(table)


@topics.command()
@click.option(
    "--replication", type=click.IntRange(1), help="Replication factor of topics that are created; by default 3, or as many brokers as there are."
)
@click.option("--min-insync", type=click.IntRange(1), help="min.insync.replicas; by default one less than the replication factor.")
def apply(replication: int | None, min_insync: int | None) -> None:
    """Create what is missing on the cluster and set what differs; never deletes, never shrinks."""

    async def run() -> list[str]:
        async with connected() as broker:
            possible, safe = await replication_of(broker)
            return await apply_topics(broker, declared(), replication=replication or possible, min_insync=min_insync or safe)

    for line in within(120, run) or ["nothing to do: the cluster is as declared"]:
        click.echo(line)


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
