"""What is open about one prisoner, by the newest notice: so that people answer what is there, and see what else their answer would end."""

from __future__ import annotations

from collections.abc import Sequence

import click

from holdfast_gate.model import Ground, Notice, NoticeGround
from schemas.wire import decode_as
from services.cli.connect import connected, within
from services.runtime.restore import newest_of

NOTICES = "vetoes"
_WITHIN_S = 120
_PLACED = "resolutions/placed-hold/"


def the_question(number: str, *, query_id: str | None, query_kind: str | None, every: bool) -> str | None:
    """The id of the one question that is meant; None where every one of the kind is, and people said so.

    Raises UsageError, which lists what is open, for a question that is not open, and for a kind of which more are open than one.
    """
    asked = [ground for ground in _grounds(number) if ground.ground == Ground.QUERY.value]
    meant = [ground for ground in asked if ground.query_id == query_id or ground.query_kind == query_kind]
    if not meant:
        raise click.UsageError(f"nothing was recorded: no such question is open about {number}. {_listed('Open', asked)}")
    if query_id is None and len(meant) > 1:
        if not every:
            raise click.UsageError(f"nothing was recorded: give --query-id, or --all to answer every one. {_listed('Open', meant)}")
        click.echo(_listed("Answered", meant))
        return None
    return meant[0].query_id


def the_placed_hold(number: str, hold_id: str) -> str:
    """`hold_id`, if a hold of that name was placed by hand on the prisoner and stands. Raises UsageError, which lists those that do."""
    placed = [ground.subject.rpartition("/")[2] for ground in _grounds(number) if ground.subject.startswith(_PLACED)]
    if hold_id.strip() not in placed:
        standing = ", ".join(sorted(placed)) or "none"
        raise click.UsageError(f"nothing was recorded: no hold {hold_id!r} was placed by hand on {number}. Standing: {standing}")
    return hold_id


def _listed(what: str, grounds: Sequence[NoticeGround]) -> str:
    lines = [f"\n  {ground.query_id}  {ground.query_kind}  {ground.sentence}" for ground in grounds]
    return f"{what}:{''.join(lines)}" if lines else f"{what}: none"


def _grounds(number: str) -> Sequence[NoticeGround]:
    notice = within(_WITHIN_S, lambda: _newest(number.strip().upper().encode()))
    return () if notice is None else notice.grounds


async def _newest(key: bytes) -> Notice | None:
    async with connected() as broker:
        found = await newest_of(broker, NOTICES, key)
        return None if found is None else decode_as(Notice, found)
