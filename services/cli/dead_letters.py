"""`holdfast dead-letters`: what intake could not read, and what to do about each."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

import click

from holdfast.records import DeadLetter
from holdfast.sources import READ_BY_INTAKE
from schemas.wire import decode_as
from services.cli.connect import connected, within
from services.runtime.ports import TopicPartition
from services.runtime.restore import read_to_end

TOPIC = "dead-letters"
DEADLINE_S = 600.0


@click.command("dead-letters")
@click.option("--topic", type=click.Choice(list(READ_BY_INTAKE)), help="Only those of this topic.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="The most to show: the newest.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def dead_letters(topic: str | None, limit: int, *, as_json: bool) -> None:
    """Show the upstream records that could not be read, the newest last: where each stands, what is wrong, and how to mend it.

    They stay on the list when they are settled: whom a record still holds, `holdfast explain` says.
    """
    total, newest = within(DEADLINE_S, lambda: _newest(topic, limit))
    if as_json:
        click.echo(json.dumps({"total": total, "dead_letters": [_plain(letter) for letter in newest]}, indent=2))
        return
    for letter in newest:
        click.echo(f"{_place(letter)}  {letter.timestamp:%Y-%m-%d %H:%M:%S} UTC, {letter.reason} ({letter.dialect or 'no dialect'})")
        click.echo(f"  {letter.message.removeprefix(f'{_place(letter)}: ')}")
    click.echo(f"{total} dead letters{f' on {topic}' if topic else ''}{f', of which the newest {limit} are shown' if total > limit else ''}")


async def _newest(topic: str | None, limit: int) -> tuple[int, list[DeadLetter]]:
    total, newest = 0, deque[DeadLetter](maxlen=limit)
    async with connected() as broker:
        async for record in read_to_end(broker, [TopicPartition(TOPIC, 0)]):
            letter = decode_as(DeadLetter, record.value or b"")
            if topic in {None, letter.topic}:
                total += 1
                newest.append(letter)
    return total, list(newest)


def _place(letter: DeadLetter) -> str:
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


def _plain(letter: DeadLetter) -> dict[str, Any]:
    key = None if letter.key is None else letter.key.decode("utf-8", errors="replace")
    told = {"record": _place(letter), "at": letter.timestamp.isoformat(), "key": key, "reason": letter.reason, "dialect": letter.dialect}
    return {**told, "message": letter.message, "sha256": letter.sha256, "bytes": len(letter.value or b"")}
