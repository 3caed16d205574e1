"""`holdfast keys …`: the keys with which seals are signed, and the rings by which gates know them.

To change keys: make one, add it to the ring, give the ring to every gate, let the hub sign with it, retire the old one. Gates look at their ring
again every few seconds, so nothing is restarted but the status service.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from holdfast_gate.signing import KeyFileError, KeyRing, PublicKey, SealKey
from services.cli.errors import TroubleError
from services.cli.instants import instant
from services.runtime.signing import read_key, write_key

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def keys() -> None:
    """Make and change the keys with which seals are signed, and the rings by which gates know them."""


@keys.command()
@click.option("--environment", required=True, help="For which hub: gates of another environment take nothing that it signs.")
@click.option("--key-id", required=True, help="Its name in rings and seals, such as the month: 2026-11.")
@click.argument("file", type=_FILE)
def new(environment: str, key_id: str, file: Path) -> None:
    """Make a private key in FILE, for HOLDFAST_SEAL_KEY_FILE. Nothing is overwritten."""
    try:
        write_key(file, SealKey.from_json(SealKey.new(environment, key_id).as_json()))  # so that what is written can be read
    except FileExistsError as error:
        raise TroubleError(f"{file} is there already: a private key is never overwritten; name another file") from error
    except (OSError, KeyFileError) as error:
        raise TroubleError(f"no key was made: {error}") from error
    click.echo(f"{file}: the private key {key_id!r} of {environment!r}. Who has it can speak for the hub.\nNext: holdfast keys add RING {file}")


@keys.command()
@click.argument("ring", type=_FILE)
@click.argument("key", type=_FILE)
@click.option("--from", "not_before", metavar="T", help="Good only for seals from this instant on, with its offset.")
def add(ring: Path, key: Path, not_before: str | None) -> None:
    """Add the public half of the private KEY to RING, which is made if it is not there."""
    try:
        private = read_key(key)
    except KeyFileError as error:
        raise TroubleError(str(error)) from error
    public = replace(private.public, not_before=None if not_before is None else instant(not_before))
    if not ring.exists():
        _write(ring, KeyRing(private.environment, (public,)))
        return
    known = _read(ring)
    if known.environment != private.environment:
        raise TroubleError(f"{ring} is of {known.environment!r}, and the key of {private.environment!r}: each environment has keys of its own")
    if any(each.key_id == public.key_id for each in known.keys):
        raise TroubleError(f"{ring} has a key {public.key_id!r} already: give the new one another name")
    _write(ring, _of(known, (*known.keys, public)))


@keys.command()
@click.argument("ring", type=_FILE)
@click.argument("key_id")
@click.option("--at", required=True, metavar="T", help="The instant, with its offset, from which no seal of it counts.")
def retire(ring: Path, key_id: str, at: str) -> None:
    """End a key of RING that another has taken the place of: seals of an earlier time still count."""
    end: datetime = instant(at)
    _change(ring, key_id, lambda key: replace(key, not_after=end))


@keys.command()
@click.argument("ring", type=_FILE)
@click.argument("key_id")
def revoke(ring: Path, key_id: str) -> None:
    """Say that a key of RING is in wrong hands: it has never been good, and gates that rest on it begin again."""
    _change(ring, key_id, lambda key: replace(key, revoked=True))


@keys.command()
@click.argument("ring", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def show(ring: Path, *, as_json: bool) -> None:
    """Show the keys of RING. Exits 1 where it cannot be read."""
    found = _read(ring)
    if as_json:
        click.echo(json.dumps(json.loads(found.as_json())))
        return
    table = Table("Key", "From", "Until", "", title=f"Keys of {found.environment!r}", title_justify="left")
    for key in found.keys:
        table.add_row(key.key_id, _shown(key.not_before), _shown(key.not_after), "revoked" if key.revoked else "")
    Console().print(table)


def _shown(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()


def _change(ring: Path, key_id: str, change: Callable[[PublicKey], PublicKey]) -> None:
    known = _read(ring)
    if all(key.key_id != key_id for key in known.keys):
        raise TroubleError(f"{ring} has no key {key_id!r}; it has {', '.join(key.key_id for key in known.keys)}")
    _write(ring, _of(known, tuple(change(key) if key.key_id == key_id else key for key in known.keys)))


def _read(ring: Path) -> KeyRing:
    try:
        return KeyRing.read(ring)
    except KeyFileError as error:
        raise TroubleError(str(error)) from error


def _of(known: KeyRing, changed: tuple[PublicKey, ...]) -> KeyRing:
    try:
        return KeyRing(known.environment, changed)
    except KeyFileError as error:
        raise TroubleError(str(error)) from error


def _write(ring: Path, changed: KeyRing) -> None:
    beside = ring.with_name(f"{ring.name}.new")
    try:
        beside.write_text(changed.as_json(), encoding="utf-8")
        beside.replace(ring)  # whole or not at all: gates may be reading it
    except OSError as error:
        raise TroubleError(f"{ring} cannot be written: {error}") from error
    click.echo(f"{ring}: {len(changed.keys)} keys of {changed.environment!r}. Give it to every gate (HOLDFAST_GATE_KEY_RING).")
