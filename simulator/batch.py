"""`holdfast scenario FILE…`: many scenarios, several at a time, reported in the order in which they were given."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from services.runtime.config import KafkaSettings, load
from simulator.kafka_broker import DIRECTORY, KafkaBroker
from simulator.report import Report, table
from simulator.scenario import Scenario
from simulator.scenario_file import load as load_scenario
from simulator.scenario_yaml import ScenarioError
from simulator.trial import in_memory, on_kafka

PASSED, FAILED, NOT_A_SCENARIO = 0, 1, 2
Run = Callable[[Scenario], Awaitable[Report]]


async def run_files(files: Sequence[Path], *, as_json: bool, memory: bool, jobs: int) -> int:
    """Run every file (directories: every .yaml in them) and print what came of it; the exit status."""
    found = {file: sorted(file.glob("**/*.yaml")) if file.is_dir() else [file] for file in files}
    scenarios, problems = _load([each for inside in found.values() for each in inside])
    problems += [
        f"{folder}: there is no scenario in it (hint: name a .yaml file, or a folder of them)" for folder, inside in found.items() if not inside
    ]
    if problems:
        print("\n".join(problems), file=sys.stderr)  # noqa: T201  what a person asked to see
        return NOT_A_SCENARIO
    async with _runner(memory=memory) as run:
        reports = await _run_all(scenarios, run, jobs=jobs, as_json=as_json)
    if not as_json:
        Console().print(table(reports))
    return PASSED if all(report.passed for report in reports) else FAILED


def _load(files: Sequence[Path]) -> tuple[list[Scenario], list[str]]:
    scenarios: list[Scenario] = []
    problems: list[str] = []
    for file in files:
        try:
            scenarios.append(load_scenario(file))
        except ScenarioError as error:
            problems += error.problems
    return scenarios, problems


async def _run_all(scenarios: Sequence[Scenario], run: Run, *, jobs: int, as_json: bool) -> list[Report]:
    free = asyncio.Semaphore(jobs)
    progress = Console(stderr=True)

    async def one(scenario: Scenario) -> Report:
        async with free:
            report = await run(scenario)
            progress.print(f"{'passed' if report.passed else '[red]FAILED[/]'} {report.duration_s:5.1f} s  {scenario.title}", highlight=False)
            return report

    reports = await asyncio.gather(*(one(scenario) for scenario in scenarios))
    for report in reports:
        if as_json:
            print(json.dumps(report.as_json()))  # noqa: T201  what a machine asked for
    return reports


@asynccontextmanager
async def _runner(*, memory: bool) -> AsyncGenerator[Run]:
    (settings,) = load(KafkaSettings)
    if memory:
        yield in_memory
    elif "bootstrap_servers" in settings.model_fields_set:
        yield lambda scenario: on_kafka(scenario, settings)
    else:
        async with KafkaBroker(DIRECTORY.parent / "scenarios", jars=DIRECTORY / "jars", fresh=True) as dev:
            own = settings.model_copy(update={"bootstrap_servers": dev.bootstrap})
            yield lambda scenario: on_kafka(scenario, own)
