"""`holdfast topics`: the list of topics, printed, applied and checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from schemas.topics import topics as declared
from services.cli.connect import connected_to_kafka, within
from services.cli.errors import TroubleError
from services.runtime.kafka import KafkaBroker
from services.runtime.topic_settings import Difference
from services.runtime.topics import Applied, replication_of
from services.runtime.topics import apply as apply_topics
from services.runtime.topics import check as check_topics

#: For how long a comparison of every topic may take.
DEADLINE_S = 120.0


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


_REPLICATION = click.option(
    "--replication", type=click.IntRange(1), help="Replicas that a topic should have; by default 3, or as many brokers as there are."
)
_MIN_INSYNC = click.option("--min-insync", type=click.IntRange(1), help="min.insync.replicas; by default one less than the replicas.")
_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")


@topics.command()
@_REPLICATION
@_MIN_INSYNC
@_JSON
def check(replication: int | None, min_insync: int | None, *, as_json: bool) -> None:
    """Compare the cluster with the list, and say what can be lost by each difference; exits 1 if there is any."""

    async def run() -> list[Difference]:
        async with connected_to_kafka() as broker:
            return await check_topics(broker, declared(), **await _replicas(broker, replication, min_insync))

    wrong = within(DEADLINE_S, run)
    if as_json:
        click.echo(json.dumps({"differences": [asdict(each) for each in wrong]}, indent=2))
    elif not wrong:
        click.echo(f"{len(declared())} topics, each as declared")
    else:
        _show(wrong)
    if wrong:
        mendable = sum(each.by_apply for each in wrong)
        raise TroubleError(f"{len(wrong)} differences; `holdfast topics apply` mends {mendable} of them")


@topics.command()
@_REPLICATION
@_MIN_INSYNC
@_JSON
def apply(replication: int | None, min_insync: int | None, *, as_json: bool) -> None:
    """Create what is missing and set what differs; never deletes, never moves keys. Exits 1 if it had to leave something."""

    async def run() -> Applied:
        async with connected_to_kafka() as broker:
            return await apply_topics(broker, declared(), **await _replicas(broker, replication, min_insync))

    applied = within(DEADLINE_S, run)
    if as_json:
        click.echo(json.dumps({"done": applied.done, "left": [asdict(each) for each in applied.left]}, indent=2))
    else:
        for line in applied.done or ([] if applied.left else ["nothing to do: the cluster is as declared"]):
            click.echo(line)
        _show(applied.left)
    if applied.left:
        raise TroubleError(f"{len(applied.left)} differences are left as they are, because mending them could lose something: see above")


async def _replicas(broker: KafkaBroker, replication: int | None, min_insync: int | None) -> dict[str, int]:
    possible, safe = await replication_of(broker)
    return {"replication": replication or possible, "min_insync": min_insync or (max(replication - 1, 1) if replication else safe)}


def _show(differences: Sequence[Difference]) -> None:
    for each in differences:
        click.echo(f"{each}\n  can be lost: {each.lost}\n  to mend: {each.mend}")
