"""`holdfast topics` and `holdfast schemas`: the promise, printed and applied."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table

from schemas import registry
from schemas.topics import topics as declared
from services.cli.connect import connected, within
from services.runtime.topics import apply as apply_topics


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
@click.option("--replication", default=3, show_default=True, help="Replication factor of topics that are created; 1 on a single node.")
@click.option("--min-insync", default=2, show_default=True, help="min.insync.replicas; 1 on a single node.")
def apply(replication: int, min_insync: int) -> None:
    """Create what is missing on the cluster and set what differs; never deletes, never shrinks."""

    async def run() -> list[str]:
        async with connected() as broker:
            return await apply_topics(broker, declared(), replication=replication, min_insync=min_insync)

    for line in within(120, run) or ["nothing to do: the cluster is as declared"]:
        click.echo(line)


@click.group()
def schemas() -> None:
    """The Avro schemas, each complete in itself."""


@schemas.command("list")
def schemas_list() -> None:
    """Name every record that can stand on a topic."""
    for name in sorted(registry().names):
        click.echo(name)


@schemas.command()
@click.argument("name")
def show(name: str) -> None:
    """Print one schema, ready for another tool."""
    if name not in registry().names:
        message = f"no schema is called {name}; `holdfast schemas list` names them"
        raise click.UsageError(message)
    click.echo(json.dumps(registry().schema(name), indent=2, default=str))
