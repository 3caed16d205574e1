"""`holdfast replay --as-of T A1234BC`: a past decision made again from the log, as it was and as another policy would have had it."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import click
from rich.console import Console
from rich.progress import Progress as Bar

from holdfast.history import Verdict
from holdfast.identifiers import is_prisoner_number
from holdfast.policies import POLICIES
from holdfast_gate.model import Exit
from services.cli.connect import connected, within
from services.cli.explain import WIDTH_OF_A_FILE
from services.cli.instants import instant
from services.cli.past import Past, Progress, Question, past
from services.cli.replayed import Replayed, tables
from services.runtime.clock import SystemClock

#: A decision that a gate recorded and the log do not agree: somebody must look.
DIFFERS = 3
#: The log of a prison estate is long, and nobody waits at a gate for an answer about the past.
WITHIN_S = 3600.0
#: How long reading may take before a terminal is shown how far it has come.
PATIENCE_S = 2.0


@click.command()
@click.argument("prisoner_number")
@click.option("--as-of", "as_of", required=True, metavar="T", help="The instant, with its offset: 2025-10-29T14:30:00Z.")
@click.option("--policy", "version", type=click.IntRange(0, len(POLICIES) - 1), help="What this release policy would have decided, too.")
@click.option("--exit", "exits", type=click.Choice([each.value for each in Exit]), multiple=True, help="This exit alone; may be given again.")
@click.option("--around", type=click.IntRange(0, 1440), default=15, show_default=True, help="Minutes from T within which gates' decisions count.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def replay(prisoner_number: str, as_of: str, version: int | None, exits: tuple[str, ...], around: int, *, as_json: bool) -> None:
    """Make a past decision again from the log, and compare it with what gates recorded.

    Exit status: 0 when every decision that gates recorded is the same again, or there is none; 3 when one differs; 2 when the command line is
    wrong; 1 when the log cannot be read.
    """
    number = prisoner_number.strip().upper()
    if not is_prisoner_number(number):
        message = f"{prisoner_number!r} is not a prisoner number: one letter, four digits, two letters, for example A1234BC"
        raise click.UsageError(message)
    question = Question(
        number=number,
        at=instant(as_of),
        exits=tuple(Exit(each) for each in dict.fromkeys(exits)) or tuple(Exit),
        policy=None if version is None else POLICIES[version],
        around=timedelta(minutes=around),
    )
    with _progress() as progress:
        found = within(WITHIN_S, lambda: _asked(question, progress))
    replayed = Replayed.of(question, found)
    if as_json:
        click.echo(json.dumps(replayed.as_json(), indent=2))
    else:
        console = Console()
        if not console.is_terminal:
            console.width = WIDTH_OF_A_FILE
        for each in tables(replayed):
            console.print(each)
    if any(each.verdict is Verdict.DIFFERS for each in found.decisions):
        sys.exit(DIFFERS)


async def _asked(question: Question, progress: Progress) -> Past:
    async with connected() as broker:
        return await past(broker, question, progress)


@contextmanager
def _progress() -> Generator[Progress]:
    """How far reading has come, on a terminal that has waited for a while."""
    console, clock = Console(stderr=True), SystemClock()
    began_s = clock.monotonic_s()
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading the log", visible=False)

        def progress(position: int, end: int) -> None:
            bar.update(task, completed=position, total=end, visible=clock.monotonic_s() - began_s >= PATIENCE_S)

        yield progress
