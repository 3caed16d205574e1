"""`holdfast validate`: a publisher asks what intake would make of a payload, before anybody publishes it. Nothing here needs a network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import click

from holdfast.claims import Claim, Person
from holdfast_gate.model import Exit, Notice
from holdfast_gate.wording import exit_words, source_words, time_words
from services.cli.claim_words import readings, says, who
from services.cli.errors import TroubleError
from services.cli.validated import TOPICS, Dead, Told, Validated, validate
from services.intake.adaptors import DIALECTS, MAX_RECORD_BYTES
from services.runtime.clock import SystemClock

#: Names that end so hold a payload a line.
BY_LINE = frozenset({".jsonl", ".ndjson"})
STDIN = "-"
_EXITS = {each.value: exit_words(each) for each in Exit}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One payload that was asked about: the file, the line where the file holds several, and what intake would make of it."""

    file: str
    line: int | None
    said: Validated

    @property
    def where(self) -> str:
        """Where it stands, for people."""
        return self.file if self.line is None else f"{self.file}, line {self.line}"


@click.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--topic", type=click.Choice(list(TOPICS)), help="Where it would be published; by default, where it suits best.")
@click.option("--dialect", type=click.Choice(list(DIALECTS)), help="Refuse it if intake takes it for another dialect.")
@click.option("--header", "headers", multiple=True, metavar="NAME=VALUE", help="A header of the record, such as ce_type=...; may be repeated.")
@click.option("--lines", is_flag=True, help="Every line is a payload; so it is by itself in files that end in .jsonl or .ndjson.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def validate_command(files: Sequence[str], topic: str | None, dialect: str | None, headers: Sequence[str], *, lines: bool, as_json: bool) -> None:
    """Say what intake would make of the payloads in FILE (- is standard input): the claims, or the dead letter and whom it holds.

    A payload is JSON in any dialect that is read, or Avro, exactly as it would be published. Exits 1 if any is refused.
    """
    given = _headers(headers)
    at = SystemClock().now()
    asked: list[Asked] = []
    for file in files:
        found = 0
        for number, value in _payloads(file, by_line=lines or Path(file).suffix in BY_LINE):
            found += 1
            said = validate(value, topic=topic, dialect=dialect, headers=given, number=number or 0, at=at)
            asked.append(Asked(file=file, line=number, said=said))
            if not as_json:
                click.echo("\n".join(_lines(asked[-1])))
        if not found:
            raise TroubleError(f"{file} has no payload in it: write one JSON record a line")
    if as_json:
        click.echo(json.dumps({"payloads": [_as_json(each) for each in asked]}, indent=2, ensure_ascii=False))
    refused = sum(each.said.dead is not None for each in asked)
    if refused:
        raise TroubleError(f"{refused} of {len(asked)} payloads would be refused")


def _headers(given: Sequence[str]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not name or not equals:
            raise click.UsageError(f"--header {each!r} is no header; write NAME=VALUE")
        found[name] = value.encode()
    return found


def _payloads(file: str, *, by_line: bool) -> Iterator[tuple[int | None, bytes]]:
    """Every payload, with its line where a file holds several. One byte more is read than intake parses, so that what is too large is refused."""
    with click.open_file(file, "rb") as stream:
        if by_line:
            yield from _by_line(stream)
        else:
            yield None, stream.read(MAX_RECORD_BYTES + 1)


def _by_line(stream: IO[bytes]) -> Iterator[tuple[int | None, bytes]]:
    number = 0
    while line := stream.readline(MAX_RECORD_BYTES + 2):
        number += 1
        if line.strip():
            yield number, line.strip()
        while line and not line.endswith(b"\n"):  # the rest of one that is too long
            line = stream.readline(MAX_RECORD_BYTES)


# --- for people ------------------------------------------------------------------------------------------------------------------


def _lines(asked: Asked) -> Iterator[str]:
    said = asked.said
    dialect = f"in dialect {said.dialect}" if said.dialect else "in no dialect that is known"
    supposed = " (supposed; --topic says where)" if said.supposed else ""
    verdict = "refused" if said.dead else "read"
    yield click.style(f"{asked.where}: {verdict}, {dialect}, on {said.topic}{supposed}", bold=True)
    if said.dead:
        yield from _dead_lines(said.dead)
    if said.heartbeat:
        until = time_words(said.heartbeat.as_of)
        yield f"  Heartbeat of {source_words(said.heartbeat.source)}: whatever was decided before {until} is already in that partition."
    if said.nothing:
        yield f"  It says nothing about custody ({said.nothing}): it is counted, and no claim follows."
    for told in said.told:
        yield from _told_lines(told)


def _dead_lines(dead: Dead) -> Iterator[str]:
    if dead.reason == "OTHER_DIALECT":
        yield f"  {dead.reason}: {dead.message}"
        return
    yield f"  Dead letter, {dead.reason}: {dead.message}"
    for person in dead.holds:
        yield f"  Until it is settled it holds {who(person)}."
    if dead.gap:
        yield f"  Nobody can tell whom it is about: until it is settled, {source_words(dead.gap)} are not believed and every gate refers everybody."
    elif not dead.holds:
        yield "  It holds nobody."


def _told_lines(told: Told) -> Iterator[str]:
    if told.person != Person():
        yield f"  About {who(told.person)}."
    for claim in told.claims:
        yield f"  {says(claim)}"
        yield from (f"    {reading}" for reading in readings(claim.body))
    if told.notice:
        yield from _notice_lines(told.notice)


def _notice_lines(notice: Notice) -> Iterator[str]:
    if not notice.grounds:
        yield "  Alone it holds nobody; and alone it frees nobody."
    for ground in notice.grounds:
        yield f"  Alone it is VETO on {ground.name} for {', '.join(_EXITS.get(each, each) for each in ground.bars)}: {ground.sentence}"


# --- for machines ----------------------------------------------------------------------------------------------------------------


def _as_json(asked: Asked) -> dict[str, Any]:
    said = asked.said
    shown: dict[str, Any] = {"file": asked.file, "line": asked.line, "topic": said.topic, "topic_supposed": said.supposed, "dialect": said.dialect}
    shown["outcome"] = "refused" if said.dead else "heartbeat" if said.heartbeat and not said.told else "nothing" if said.nothing else "read"
    if said.dead:
        held = [_person_as_json(person) for person in said.dead.holds]
        shown["dead_letter"] = {"reason": said.dead.reason, "message": said.dead.message, "holds": held, "gap": said.dead.gap}
    if said.heartbeat:
        shown["heartbeat"] = {"source": said.heartbeat.source, "as_of": said.heartbeat.as_of.isoformat()}
    if said.nothing:
        shown["nothing"] = said.nothing
    shown["people"] = [_told_as_json(told) for told in said.told]
    return shown


def _told_as_json(told: Told) -> dict[str, Any]:
    grounds = told.notice.grounds if told.notice else ()
    return {
        **_person_as_json(told.person),
        "claims": [_claim_as_json(claim) for claim in told.claims],
        "alone": [{"ground": each.name, "bars": each.bars, "sentence": each.sentence} for each in grounds],
    }


def _person_as_json(person: Person) -> dict[str, Any]:
    identifiers = [{"type": each.type, "value": each.value, "valid": each.valid} for each in person.identifiers]
    return {"who": who(person), "prisoner_number": person.prisoner_number, "identifiers": identifiers}


def _claim_as_json(claim: Claim) -> dict[str, Any]:
    codes = [
        {"where": each.where, "code": each.code, "meaning": each.row.meaning, "effect": each.row.effect.value, "ground": each.row.ground}
        for each in readings(claim.body)
    ]
    kind = type(claim.body).__name__
    return {
        "kind": kind,
        "authority": claim.authority.value,
        "subject": claim.subject,
        "record_id": claim.record_id,
        "says": says(claim),
        "codes": codes,
    }
