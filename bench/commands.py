"""`holdfast bench`, found through the entry-point group `holdfast.commands`."""
# ruff: noqa: PLC0415

from __future__ import annotations

import asyncio
import sys

import click


@click.group()
def commands() -> None:
    """Measure the hub."""


@commands.command()
@click.option("--seconds", default=30, show_default=True, type=click.IntRange(5, 600), help="How long to publish for the latency.")
@click.option("--rate", default=50, show_default=True, type=click.IntRange(1, 1000), help="Upstream records a second.")
@click.option("--prisoners", default=88_000, show_default=True, type=click.IntRange(1, 200_000), help="How many the restart finds.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def bench(*, seconds: int, rate: int, prisoners: int, as_json: bool) -> None:
    """Upstream publish to gate decision, and the restart of status, on a Kafka of our own or the environment's."""
    from bench.run import run
    from simulator.errors import SimulatorError

    try:
        sys.exit(asyncio.run(run(seconds=seconds, rate=rate, prisoners=prisoners, as_json=as_json)))
    except SimulatorError as error:
        raise click.ClickException(str(error)) from error


@commands.command("bench-identity")
@click.option("--prisoners", default=100_000, show_default=True, type=click.IntRange(1, 260_000), help="How many are known by name and birthday.")
@click.option("--records", default=5_000, show_default=True, type=click.IntRange(10, 1_000_000), help="Court records without a valid PNC.")
def bench_identity(*, prisoners: int, records: int) -> None:
    """What a record costs that only names and a birthday can say whom it is about, and whom it holds."""
    from bench.identity import lines, measure

    for line in lines(measure(prisoners=prisoners, records=records)):
        click.echo(line)


@commands.command("bench-seal")
@click.option(
    "--prisoners", "sizes", multiple=True, default=(100, 1_000, 10_000), show_default=True, type=click.IntRange(1, 100_000), help="Of one partition."
)
@click.option("--seals", default=300, show_default=True, type=click.IntRange(10, 100_000), help="At each size.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def bench_seal(*, sizes: tuple[int, ...], seals: int, as_json: bool) -> None:
    """What it costs to seal a partition, to sign the seal and to verify it, at several sizes."""
    import json
    from dataclasses import asdict

    from rich.console import Console

    from bench.seal import measure, show

    console = Console(stderr=as_json)
    costs = []
    for size in sizes:
        console.print(f"Filling a partition with {size:,} prisoners and sealing it {seals} times …")
        costs.append(asyncio.run(measure(size, seals=seals)))
    if as_json:
        click.echo(json.dumps([asdict(cost) for cost in costs]))
    else:
        show(costs, console)


@commands.command("bench-sdk")
@click.option("--python", default=sys.executable, show_default="this one", help="Which Python to install it for; 3.10 is the oldest.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def bench_sdk(*, python: str, as_json: bool) -> None:
    """What a gate's owner gets: the size of the wheel, what it brings along, and how long the import takes."""
    from bench import sdk

    click.echo("Building the wheel and installing it into environments of its own …", err=True)
    try:
        measured = sdk.measure(python=python)
    except sdk.SdkError as error:
        raise click.ClickException(str(error)) from error
    click.echo(sdk.as_json(measured) if as_json else "\n".join(sdk.lines(measured)))
