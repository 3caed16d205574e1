"""`holdfast resolve …`: people's acts, named and reasoned, by two people where one frees somebody."""

from __future__ import annotations

import getpass
import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from holdfast.policies import POLICIES
from holdfast.records import DeadLetter
from holdfast_gate.checks import signatory
from schemas.contract import PayloadError, to_avro
from schemas.wire import decode_as
from services.cli.connect import connected, within
from services.cli.errors import TroubleError
from services.cli.instants import day, instant
from services.cli.open_questions import the_placed_hold, the_question
from services.intake.adaptors import Refused, Upstream, read
from services.runtime.clock import SystemClock
from services.runtime.ports import Headers, Outgoing, TopicPartition
from services.runtime.restore import read_to_end

RESOLUTIONS = "resolutions"
REDRIVE_HEADER = "holdfast-redrive-of"
#: Dead letters are kept for ever and are read from the first.
_LETTERS_WITHIN_S = 120
F = TypeVar("F", bound=Callable[..., None])


@click.group()
def resolve() -> None:
    """Answer a doubt of the hub's, or place a hold by hand. Acts that can free somebody need two people: --by NAME --by NAME."""


def _signed(people: int) -> Callable[[F], F]:
    def decorate(command: F) -> F:
        command = click.option("--by", multiple=True, required=True, help=f"Who says so; {people} at least.")(command)
        return click.option("--reason", required=True, help="Why; kept for ever with the names.")(command)

    return decorate


@resolve.command()
@click.argument("prisoner_number")
@click.option("--query-id", help="The query, as `holdfast explain` shows it.")
@click.option("--query-kind", help="Or the one query of this kind that is open.")
@click.option("--all", "every", is_flag=True, help="With --query-kind: every one of the kind, where more are open than one.")
@_signed(2)
def query(prisoner_number: str, query_id: str | None, query_kind: str | None, *, every: bool, by: tuple[str, ...], reason: str) -> None:
    """Answer a query that holds somebody (two people). What is not open is not answered."""
    if (query_id is None) == (query_kind is None):
        message = "give either --query-id or --query-kind"
        raise click.UsageError(message)
    kind = "RESOLVE_QUERY"
    act = _checked(kind, by, reason, 2, prisoner_number=prisoner_number, query_id=query_id, query_kind=query_kind)
    if the_one := the_question(prisoner_number, query_id=query_id, query_kind=query_kind, every=every):
        act = _checked(kind, by, reason, 2, prisoner_number=prisoner_number, query_id=the_one)
    _record(kind, act)


@resolve.command()
@click.argument("prisoner_number")
@click.argument("identifier")
@_signed(1)
def link(prisoner_number: str, identifier: str, by: tuple[str, ...], reason: str) -> None:
    """Say that IDENTIFIER (for example PNC:2012/0052494Q) is this prisoner's; by two people it settles an ambiguity."""
    _act("LINK", by, reason, 1, prisoner_number=prisoner_number, identifier=_identifier(identifier))


@resolve.command()
@click.argument("prisoner_number")
@click.argument("identifier")
@_signed(2)
def unlink(prisoner_number: str, identifier: str, by: tuple[str, ...], reason: str) -> None:
    """Say that IDENTIFIER is not this prisoner's (two people): what came through it counts for him no more."""
    _act("UNLINK", by, reason, 2, prisoner_number=prisoner_number, identifier=_identifier(identifier))


@resolve.command("place-hold")
@click.argument("prisoner_number")
@click.option("--authority", type=click.Choice(["COURT", "CUSTODY", "IMMIGRATION"]), required=True)
@click.option("--hold-id", help="Your reference; made up if you give none.")
@_signed(1)
def place_hold(prisoner_number: str, authority: str, hold_id: str | None, by: tuple[str, ...], reason: str) -> None:
    """Hold somebody by hand, from a warrant in the hand while a feed is down."""
    hold_id = hold_id or uuid.uuid4().hex[:8]
    _act("PLACE_HOLD", by, reason, 1, prisoner_number=prisoner_number, authority=authority, hold_id=hold_id)
    click.echo(f"hold {hold_id}")


@resolve.command("end-placed-hold")
@click.argument("prisoner_number")
@click.argument("hold_id")
@_signed(2)
def end_placed_hold(prisoner_number: str, hold_id: str, by: tuple[str, ...], reason: str) -> None:
    """End a hold that was placed by hand (two people)."""
    act = _checked("END_PLACED_HOLD", by, reason, 2, prisoner_number=prisoner_number, hold_id=hold_id)
    the_placed_hold(prisoner_number, hold_id)
    _record("END_PLACED_HOLD", act)


@resolve.command("adopt-policy")
@click.argument("version", type=click.IntRange(0, len(POLICIES) - 1))
@click.option("--from", "since", required=True, metavar="T", help="From when on: a day in London (2025-10-27) or an instant with its offset.")
@_signed(2)
def adopt_policy(version: int, since: str, by: tuple[str, ...], reason: str) -> None:
    """Put a release policy in force for everybody (two people); 0 asks for no checks. `holdfast policy list` shows what each asks for."""
    found = day(since)
    effective_from = found[0] if found else instant(since, or_day=True)
    _act("ADOPT_POLICY", by, reason, 2, policy_version=version, effective_from=effective_from.isoformat())
    if effective_from <= SystemClock().now():
        click.echo("That time is past, and what gates decided then stays as it was: the policy is in force from now on.")


@resolve.command()
@click.argument("record", metavar="TOPIC/PARTITION/OFFSET")
@_signed(2)
def discard(record: str, by: tuple[str, ...], reason: str) -> None:
    """Say that a dead-lettered record concerns nobody (two people): whom it held is held by it no more, and its gap closes."""
    act = _checked("DISCARD", by, reason, 2, **_position(record))
    within(_LETTERS_WITHIN_S, lambda: _dead_letter(record))
    _record("DISCARD", act)


@resolve.command()
@click.argument("record", metavar="TOPIC/PARTITION/OFFSET")
@_signed(1)
def redrive(record: str, by: tuple[str, ...], reason: str) -> None:
    """Publish a dead-lettered record's original bytes again, now that they can be read."""
    act = _checked("REDRIVE", by, reason, 1, **_position(record))
    letter = within(_LETTERS_WITHIN_S, lambda: _dead_letter(record))
    _record("REDRIVE", act)
    click.echo(f"{record} published again as {within(30, lambda: _publish(_again(letter, record)))}")


def _act(kind: str, by: tuple[str, ...], reason: str, people: int, **fields: object) -> None:
    _record(kind, _checked(kind, by, reason, people, **fields))


def _record(kind: str, act: Outgoing) -> None:
    click.echo(f"{kind} recorded as {within(30, lambda: _publish(act))}")


def _checked(kind: str, by: tuple[str, ...], reason: str, people: int, **fields: object) -> Outgoing:
    """The act as intake will read it. Raises UsageError for one that intake would refuse: as a dead letter it would hold somebody, or everybody."""
    names = tuple(dict.fromkeys(name.strip() for name in by if name.strip()))
    if len({signatory(name) for name in names}) < people:
        message = f"{kind} needs {people} different people: give --by {people} times"
        raise click.UsageError(message)
    now = SystemClock().now()
    payload: Mapping[str, Any] = {
        "type": kind,
        "record_id": str(uuid.uuid4()),
        "occurred_at": now.isoformat(),
        "recorded_at": now.isoformat(),
        "by": list(names),
        "reason": reason,
        **{name: value for name, value in fields.items() if value is not None},
    }
    try:
        value = to_avro(RESOLUTIONS, dict(payload))
    except PayloadError as error:
        raise TroubleError(str(error)) from error
    headers: Headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", str(payload["record_id"]).encode()),
        ("ce_type", f"uk.holdfast.{kind}".encode()),
        ("ce_source", f"/holdfast/cli/{getpass.getuser()}".encode()),
        ("ce_time", now.isoformat().encode()),
        ("content-type", b"application/avro"),
    )
    record = Upstream(
        topic=RESOLUTIONS,
        partition=0,
        offset=0,
        value=value,
        headers=dict(headers),
        appended_at=now,
        sha256=hashlib.sha256(value).hexdigest(),
    )
    if isinstance(refused := read(record), Refused):
        raise click.UsageError(f"nothing was recorded: {refused.message.removeprefix(f'{record.about}: ')}")
    key = str(fields.get("prisoner_number") or fields.get("topic") or kind).encode()
    return Outgoing(topic=RESOLUTIONS, key=key, value=value, headers=headers)


async def _publish(output: Outgoing) -> str:
    async with connected() as broker:
        ((source, offset),) = await broker.publish([output])
        return f"{source}@{offset}"


async def _dead_letter(record: str) -> DeadLetter:
    async with connected() as broker:
        async for each in read_to_end(broker, [TopicPartition("dead-letters", 0)]):
            if each.key == record.encode() and each.value is not None:
                return decode_as(DeadLetter, each.value)
    message = f"no dead letter of {record}, and nothing was recorded: name it as TOPIC/PARTITION/OFFSET of the upstream record"
    raise TroubleError(message)


def _again(letter: DeadLetter, record: str) -> Outgoing:
    headers = (*((h.key, h.value) for h in letter.headers if h.key != REDRIVE_HEADER), (REDRIVE_HEADER, record.encode()))
    return Outgoing(topic=letter.topic, partition=letter.partition, key=letter.key, value=letter.value, headers=headers)


def _identifier(text: str) -> dict[str, str]:
    kind, colon, value = text.partition(":")
    if not colon or not value:
        message = f"{text!r} is not TYPE:VALUE, for example PNC:2012/0052494Q"
        raise click.UsageError(message)
    return {"type": kind.upper(), "value": value}


def _position(text: str) -> dict[str, object]:
    topic, _, rest = text.partition("/")
    partition, _, offset = rest.partition("/")
    if not (topic and partition.isdecimal() and offset.isdecimal()):
        message = f"{text!r} is not TOPIC/PARTITION/OFFSET, for example court-results/0/17"
        raise click.UsageError(message)
    return {"topic": topic, "partition": int(partition), "offset": int(offset)}
