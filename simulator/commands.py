"""Commands for developers, found by `holdfast` through the entry-point group `holdfast.commands`.

Each imports what it needs when it runs: the image has none of the development packages, and no other command should
wait a second for them.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

import asyncio

import click


@click.group()
def commands() -> None:
    """Run the hub on this machine."""


@commands.command()
@click.option("--fresh", is_flag=True, help="Forget the data of earlier runs.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), help="Where to listen; else the last run's port, or a free one."
)
def broker(*, fresh: bool, port: int | None) -> None:
    """Run the development Kafka until Ctrl-C."""
    from simulator.errors import SimulatorError

    try:
        asyncio.run(_broker(fresh=fresh, port=port))
    except SimulatorError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("Kafka has stopped.", err=True)


@commands.command()
def down() -> None:
    """Stop what `holdfast up` and `holdfast broker` left running."""
    click.echo("Stopped." if asyncio.run(_down()) else "Nothing was running.", err=True)


async def _broker(*, fresh: bool, port: int | None) -> None:
    from simulator.kafka_broker import KafkaBroker

    async with KafkaBroker(port=port, fresh=fresh) as kafka:
        click.echo(kafka.bootstrap)  # alone on standard output, for scripts
        click.echo("Ctrl-C stops it.", err=True)
        await kafka.ended()


async def _down() -> bool:
    from simulator import kafka_broker, processes, runs
    from simulator.progress import waiting

    async with waiting("Stopping"):
        ran = [await runs.down(note) for note in (processes.STATE_FILE, kafka_broker.STATE_FILE)]
    return any(ran)
