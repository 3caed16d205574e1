"""Commands for developers, found by `holdfast` through the entry-point group `holdfast.commands`.

Each imports what it needs when it runs: the image has none of the development packages, and no other command should
wait a second for them.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

#: What shells expect of a command that Ctrl-C ended.
INTERRUPTED = 130
T = TypeVar("T")


@click.group()
def commands() -> None:
    """Run the hub on this machine."""


@commands.command()
@click.option("--fresh", is_flag=True, help="Forget the data of earlier runs.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Where to listen; else the last run's port, or a free one.")
def broker(*, fresh: bool, port: int | None) -> None:
    """Run the development Kafka until Ctrl-C."""
    _until_interrupted(lambda: asyncio.run(_broker(fresh=fresh, port=port)))


@commands.command()
@click.option("--people", default=1000, show_default=True, type=click.IntRange(1, 80_000), help="How many lawful releases.")
def demo(*, people: int) -> None:
    """Three real incidents and a thousand lawful releases, on a real Kafka: exits 0 only if every expectation held."""
    from rich.console import Console

    from simulator.demo import demo as play

    passed = _trouble_said(lambda: asyncio.run(play(people, Console())))
    sys.exit(0 if passed else 1)


@commands.command()
@click.option("--fresh", is_flag=True, help="Forget the data of earlier runs.")
def up(*, fresh: bool) -> None:
    """Run Kafka and every service until Ctrl-C; a Kafka that KAFKA_BOOTSTRAP_SERVERS names is used instead of one of ours."""
    from simulator.up import up as run

    _until_interrupted(lambda: asyncio.run(run(fresh=fresh)))


@commands.command()
def heartbeats() -> None:
    """Send the heartbeats that publishers' bridges would, for every source, until Ctrl-C."""
    from simulator.up import heartbeats as run

    _until_interrupted(lambda: asyncio.run(run()))


@commands.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For machines: one JSON object for each scenario, a line each.")
@click.option("--memory", is_flag=True, help="On the broker in memory instead of a real Kafka.")
@click.option("--jobs", default=4, show_default=True, type=click.IntRange(1, 32), help="How many scenarios at a time.")
def scenario(files: tuple[Path, ...], *, as_json: bool, memory: bool, jobs: int) -> None:
    """Run scenario files: exits 0 if every expectation held, 1 if one did not, 2 if a file is not a scenario."""
    from simulator.batch import run_files

    sys.exit(_trouble_said(lambda: asyncio.run(run_files(files, as_json=as_json, memory=memory, jobs=jobs))))


@commands.command()
def down() -> None:
    """Stop what `holdfast up` and `holdfast broker` left running."""
    click.echo("Stopped." if asyncio.run(_down()) else "Nothing was running.", err=True)


def _until_interrupted(run: Callable[[], None]) -> None:
    """Run what only Ctrl-C ends: being interrupted is how it succeeds."""
    try:
        _trouble_said(run)
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            raise


def _trouble_said(run: Callable[[], T]) -> T:
    """Run a command to its end; what it cannot mend, and Ctrl-C, become one line and an exit status."""
    from simulator.errors import SimulatorError

    try:
        return run()
    except SimulatorError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
        sys.exit(INTERRUPTED)


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
