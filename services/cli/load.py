"""`holdfast load`: an initial load, or a periodic snapshot, of one source from a file: every record is checked before any is published.

A snapshot is records like any other, as the source writes them, one JSON value a line. What makes the load complete is not this command but the
source's heartbeats after it: until they come, every gate refers.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from holdfast.identifiers import found_in
from holdfast.sources import TOPIC_OF_SOURCE
from services.cli.connect import connected, within
from services.cli.errors import TroubleError
from services.intake.adaptors import MAX_RECORD_BYTES, Refused, Upstream, read
from services.runtime.clock import SystemClock
from services.runtime.ports import Outgoing

#: Records in one publication; each waits for the broker's word before the next begins.
BATCH = 500
#: Refusals that are shown; the rest are counted.
SHOWN = 20
#: For how long a whole load may take.
DEADLINE_S = 6 * 3600.0


@dataclass(slots=True)
class Checked:
    """What intake would make of every line: claims by kind, and refusals by line number."""

    lines: int = 0
    claims: Counter[str] = field(default_factory=Counter[str])
    refused: list[tuple[int, Refused]] = field(default_factory=list[tuple[int, Refused]])


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", type=click.Choice(list(TOPIC_OF_SOURCE)), required=True, help="Whose records they are.")
@click.option("--dry-run", is_flag=True, help="Only say what intake would make of them.")
@click.option("--even-unreadable", is_flag=True, help="Publish lines too that intake will refuse: they become dead letters and hold whom they name.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def load(file: Path, source: str, *, dry_run: bool, even_unreadable: bool, as_json: bool) -> None:
    """Publish a snapshot of a source from FILE, one JSON record a line, after checking every line."""
    topic, now = TOPIC_OF_SOURCE[source], SystemClock().now()
    checked = check(file, topic, now)
    wrong = bool(checked.refused) and not even_unreadable
    published = 0 if dry_run or wrong else within(DEADLINE_S, lambda: _publish(file, topic, checked.lines))
    if as_json:
        click.echo(json.dumps(_as_json(checked, topic, published), indent=2))
    else:
        _show(checked, topic, published, dry_run=dry_run)
    if wrong:
        message = f"{len(checked.refused)} of {checked.lines} lines cannot be read, and nothing was published: mend them, or pass --even-unreadable"
        raise TroubleError(message)


def check(file: Path, topic: str, now: datetime) -> Checked:
    """Read every line as intake would. Raises TroubleError for a file without a line."""
    checked = Checked()
    for number, value in _numbered(file):
        checked.lines += 1
        result = read(_upstream(topic, number, value, now))
        if isinstance(result, Refused):
            checked.refused.append((number, result))
        else:
            checked.claims.update(type(claim.body).__name__ for claim in result.claims)
    if not checked.lines:
        message = f"{file} has no record in it: write one JSON record a line"
        raise TroubleError(message)
    return checked


def _upstream(topic: str, number: int, value: bytes, now: datetime) -> Upstream:
    digest = hashlib.sha256(value).hexdigest()
    return Upstream(topic=topic, partition=0, offset=number, value=value, headers={}, appended_at=now, sha256=digest)


def _numbered(file: Path) -> Iterator[tuple[int, bytes]]:
    """Every line that is not blank, by its number from 1; a longer one than intake parses is cut, and is refused as too large."""
    with file.open("rb") as lines:
        number = 0
        while line := lines.readline(MAX_RECORD_BYTES + 2):
            number += 1
            if line.strip():
                yield number, line.strip()
            while line and not line.endswith(b"\n"):  # the rest of one that is too long
                line = lines.readline(MAX_RECORD_BYTES)


async def _publish(file: Path, topic: str, total: int) -> int:
    published = 0
    lines = (value for _, value in _numbered(file))
    async with connected() as broker:
        await broker.partition_count(topic)
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task(f"to {topic}", total=total)
            while batch := [_outgoing(topic, value) for value in islice(lines, BATCH)]:
                await broker.publish(batch)
                published += len(batch)
                bar.advance(task, len(batch))
    return published


def _outgoing(topic: str, value: bytes) -> Outgoing:
    """Keyed by whom it names, so that what is said of one person keeps its order."""
    found = found_in(value, this_year=SystemClock().now().year)
    named = [*found.prisoner_numbers, *(identifier.value for identifier in found.identifiers)]
    key = named[0].encode() if named else None
    return Outgoing(topic=topic, key=key, value=value, headers=(("content-type", b"application/json"),))


def _show(checked: Checked, topic: str, published: int, *, dry_run: bool) -> None:
    for number, refused in checked.refused[:SHOWN]:
        click.echo(f"line {number}: {refused.reason}: {refused.message}")
    if len(checked.refused) > SHOWN:
        click.echo(f"... and {len(checked.refused) - SHOWN} more")
    what = ", ".join(f"{count} {kind}" for kind, count in sorted(checked.claims.items())) or "nothing"
    click.echo(f"{checked.lines} records: {what}; {len(checked.refused)} that cannot be read")
    if published:
        click.echo(f"published {published} to {topic}; gates refer until its publisher's heartbeats follow")
    elif dry_run:
        click.echo("nothing was published (--dry-run)")


def _as_json(checked: Checked, topic: str, published: int) -> dict[str, object]:
    return {
        "topic": topic,
        "records": checked.lines,
        "claims": dict(sorted(checked.claims.items())),
        "refused": [{"line": number, "reason": refused.reason, "message": refused.message} for number, refused in checked.refused],
        "published": published,
    }
