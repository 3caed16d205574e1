"""Commands for developers, found by `holdfast` through the entry-point group `holdfast.commands`."""

from __future__ import annotations

import asyncio

import click

from simulator import kafka_broker, processes
from simulator.errors import SimulatorError
from simulator.kafka_broker import KafkaBroker
from simulator.progress import console, waiting
from simulator.runs import down as stop_run


@click.group()
def commands() -> None:
    """Run the hub on this machine."""


@commands.command()
@click.option("--fresh", is_flag=True, help="Forget the data of earlier runs.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), help="Port to listen on; without it the last run's, or a free one."
)
def broker(*, fresh: bool, port: int | None) -> None:
    """Run the development Kafka until Ctrl-C; its address goes to standard output."""
    try:
        asyncio.run(_broker(fresh=fresh, port=port))
    except SimulatorError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        console.print("Kafka has stopped.")


@commands.command()
def down() -> None:
    """Stop what `holdfast up` and `holdfast broker` left running."""
    console.print("Stopped." if asyncio.run(_down()) else "Nothing was running.")


async def _broker(*, fresh: bool, port: int | None) -> None:
    async with KafkaBroker(port=port, fresh=fresh) as kafka:
        click.echo(kafka.bootstrap)
        console.print("Ctrl-C stops it.")
        await kafka.ended()


async def _down() -> bool:
    async with waiting("Stopping"):
        ran = [await stop_run(note) for note in (processes.STATE_FILE, kafka_broker.STATE_FILE)]
        return any(ran)
