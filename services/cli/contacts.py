"""`holdfast contacts check FILE`: whether a directory of contacts can be read, and whom of the notices it does not know."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from holdfast_gate.contacts import Contacts, whom
from holdfast_gate.errors import ContactsError
from holdfast_gate.model import SEAL_KEY, Notice
from schemas.wire import decode_as
from services.cli.connect import connected, within
from services.cli.errors import TroubleError
from services.runtime.config import CommandSettings, load
from services.runtime.ports import TopicPartition
from services.runtime.restore import read_to_end

TOPIC = "vetoes"
_WITHIN_S = 300
_FILE = click.Path(path_type=Path)

#: The option of every command that says whom to ring.
contacts_option = click.option("--contacts", "contacts_file", type=_FILE, metavar="FILE", help="Whom to ring, a JSON file (HOLDFAST_CONTACTS).")


def directory(given: Path | None) -> Contacts:
    """The directory that a command or the environment names; without numbers where there is none, or where it cannot be read, which is said."""
    (settings,) = load(CommandSettings)
    path = given or settings.contacts
    if path is None:
        return Contacts()
    try:
        return Contacts.read(path)
    except ContactsError as error:
        click.echo(f"holdfast: no telephone numbers: {error}", err=True)
        return Contacts()


@click.group()
def contacts() -> None:
    """Whom to ring about a ground: the directory of contacts."""


@contacts.command()
@click.argument("file", type=_FILE)
@click.option("--notices", is_flag=True, help="Also say whom the notices of now name, and the directory does not.")
def check(file: Path, *, notices: bool) -> None:
    """See whether FILE can be read, and with --notices whether it knows everybody.

    Exit status: 0 when it can be read and, with --notices, has a number for everybody; 1 otherwise.
    """
    try:
        found = Contacts.read(file)
    except ContactsError as error:
        raise TroubleError(str(error)) from error
    click.echo(f"{file}: {len(found.entries)} entries, nothing wrong.")
    if notices:
        asked = within(_WITHIN_S, _asked)
        _compare(found, asked, file)


def _compare(found: Contacts, asked: Iterable[str], file: Path) -> None:
    asked = sorted(asked)
    unknown = [ask for ask in asked if found.of(ask) is None]
    general = [ask for ask in asked if ask not in unknown and "/" in ask and ask.lower() not in found.entries]
    if general:
        click.echo(f"{len(general)} have the number of their kind: {', '.join(general)}.")
    if unknown:
        named = "\n".join(f"  {ask}: {whom(ask)}" for ask in unknown)
        message = f"{file} has no number for whom the notices of now name; add an entry for each, or for all courts or prisons:\n{named}"
        raise TroubleError(message)
    click.echo(f"Everybody whom the notices of now name has a number ({len(asked)}).")


async def _asked() -> frozenset[str]:
    """Whom the newest notice of each prisoner names."""
    newest: dict[bytes, frozenset[str]] = {}
    async with connected() as broker:
        sources = [TopicPartition(TOPIC, n) for n in range(await broker.partition_count(TOPIC))]
        async for record in read_to_end(broker, sources):
            if record.key is not None and record.key != SEAL_KEY and record.value is not None:
                notice = decode_as(Notice, record.value)
                newest[record.key] = frozenset(ground.ask or "hub" for ground in notice.grounds)
    return frozenset(ask for asked in newest.values() for ask in asked)
