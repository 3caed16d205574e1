"""`holdfast scenario FILE…`: play scenarios, and say what was expected and what was seen."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import click
from rich.console import Console

from services.runtime.config import ConfigError, KafkaSettings, load
from services.runtime.ports import BrokerError
from simulator import kafka_broker
from simulator.errors import SimulatorError
from simulator.hub import HubFailedError
from simulator.playing import play
from simulator.report import Report, table
from simulator.scenario import Scenario
from simulator.scenario_file import load as load_scenario
from simulator.scenario_yaml import ScenarioError

NOT_MET, NOT_A_SCENARIO = 1, 2
DIRECTORY = Path(".holdfast/scenarios")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print what was expected and what was seen as JSON.")
@click.option("--memory", is_flag=True, help="Play in memory: quicker, and needs no Java.")
@click.pass_context
def scenario(context: click.Context, files: tuple[Path, ...], *, as_json: bool, memory: bool) -> None:
    """Play scenarios, each on a hub of its own. See docs/scenarios.md."""
    scenarios = _read(context, files)
    try:
        reports = asyncio.run(_play(scenarios, memory=memory))
    except (SimulatorError, BrokerError, ConfigError, HubFailedError) as error:
        raise click.ClickException(str(error)) from error
    except TimeoutError as error:
        message = "the hub was not ready in time"
        raise click.ClickException(message) from error
    if as_json:
        click.echo(json.dumps([report.as_json() for report in reports], indent=2, ensure_ascii=False))
    else:
        Console().print(table(reports))
    context.exit(0 if all(report.passed for report in reports) else NOT_MET)


def _read(context: click.Context, files: tuple[Path, ...]) -> list[Scenario]:
    scenarios: list[Scenario] = []
    problems: list[str] = []
    for path in files:
        try:
            scenarios.append(load_scenario(path))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        click.echo("\n".join(problems), err=True)
        context.exit(NOT_A_SCENARIO)
    return scenarios


async def _play(scenarios: list[Scenario], *, memory: bool) -> list[Report]:
    async with AsyncExitStack() as stack:
        kafka = None if memory else await _cluster(stack)
        return [await play(scenario, kafka) for scenario in scenarios]


async def _cluster(stack: AsyncExitStack) -> KafkaSettings:
    (settings,) = load(KafkaSettings)
    if "bootstrap_servers" in settings.model_fields_set:
        return settings
    ours = await stack.enter_async_context(kafka_broker.KafkaBroker(DIRECTORY, fresh=True, jars=kafka_broker.DIRECTORY / "jars"))
    return settings.model_copy(update={"bootstrap_servers": ours.bootstrap})
