"""What a gate has answered and what was settled, written before the answer is given, and sent to `gate-reports` from here.

Entries are never altered and never deleted; each is chained to the one before it (`chain.py`). A report is marked as sent only when every
in-sync replica has it, so after a crash it may be sent again: the same bytes, with the same `report_id`.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from holdfast_gate.chain import Entry, Known, entry_hash, first_hash
from holdfast_gate.database import Layout, connect, named_errors, transaction
from holdfast_gate.errors import JournalError, StoreError, StoreLockedError
from holdfast_gate.report import as_json, encode_report, encode_settlement, settlement_as_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from holdfast_gate.answer import Answer
    from holdfast_gate.settlement import Settlement

T = TypeVar("T")

FILE_NAME = "journal.sqlite3"
DECISION, SETTLEMENT = "decision", "settlement"
_LAYOUT = Layout(
    application_id=0x4846474A,  # HFGJ
    version=2,
    tables=(
        # `written` and `sent` are the highest numbers that were ever written and sent: with them a tail that was cut off is missed.
        (
            "CREATE TABLE journal (journal_id TEXT NOT NULL, written INTEGER NOT NULL DEFAULT 0, written_hash TEXT NOT NULL,"
            " sent INTEGER NOT NULL DEFAULT 0)"
        ),
        (
            "CREATE TABLE entry (sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, report BLOB NOT NULL, answer TEXT NOT NULL,"
            " previous_hash TEXT NOT NULL, hash TEXT NOT NULL, sent INTEGER NOT NULL DEFAULT 0)"
        ),
        "CREATE INDEX unsent ON entry (sequence) WHERE sent = 0",
        "CREATE TRIGGER entries_stay BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'journal entries stay'); END",
        (
            "CREATE TRIGGER entries_stay_as_written BEFORE UPDATE OF sequence, kind, report, answer, previous_hash, hash ON entry"
            " BEGIN SELECT RAISE(ABORT, 'journal entries stay as written'); END"
        ),
    ),
)
#: Below every number that a row can have: numbers that no gate gave are looked at too.
_BELOW_ALL = -(2**63)
_ENTRIES_AT_ONCE = 1_000
_ENTRY = "SELECT sequence, kind, report, answer, previous_hash, hash FROM entry"


class Journal:
    """The journal of one gate. It is opened when first needed, and again after a failure, so that a disk that heals is used."""

    def __init__(self, directory: Path, gate_id: str) -> None:
        """Keep the journal in `directory`."""
        self._path = directory / FILE_NAME
        self._gate_id = gate_id
        self._connection: sqlite3.Connection | None = None
        self._journal_id = ""

    def open(self) -> None:
        """Open the file. Raises StoreLockedError, or JournalError when it cannot be written."""
        try:
            self._open()
        except StoreLockedError:
            raise
        except StoreError as error:
            message = f"answers cannot be recorded: {error}"
            raise JournalError(message) from error

    def append(self, answer: Answer, decided_at: datetime) -> Answer:
        """Record `answer`, and return it with its number; it is on the disk when this returns. Raises JournalError."""

        def written(sequence: int, report_id: str) -> tuple[bytes, str, Answer]:
            recorded = replace(answer, sequence=sequence)
            return encode_report(recorded, report_id=report_id, gate_id=self._gate_id, decided_at=decided_at), as_json(recorded), recorded

        return self._append(DECISION, written)

    def append_settlement(self, settlement: Settlement, shown: Answer, decided_at: datetime) -> Settlement:
        """Record that `shown` was settled, and return the settlement with its id; it is on the disk when this returns. Raises JournalError."""

        def written(sequence: int, report_id: str) -> tuple[bytes, str, Settlement]:
            made = replace(settlement, settlement_id=report_id)
            report = encode_settlement(made, shown, gate_id=self._gate_id, sequence=sequence, decided_at=decided_at)
            return report, settlement_as_json(made), made

        return self._append(SETTLEMENT, written)

    def _append(self, kind: str, written: Callable[[int, str], tuple[bytes, str, T]]) -> T:
        try:
            connection = self._open()
            with named_errors(self._path), transaction(connection):
                last, previous = connection.execute("SELECT written, written_hash FROM journal").fetchone()
                sequence = last + 1
                report, answer, made = written(sequence, f"{self._journal_id}/{sequence}")
                digest = entry_hash(previous, sequence, kind, report, answer)
                connection.execute(
                    "INSERT INTO entry (sequence, kind, report, answer, previous_hash, hash) VALUES (?, ?, ?, ?, ?, ?)",
                    (sequence, kind, report, answer, previous, digest),
                )
                connection.execute("UPDATE journal SET written = ?, written_hash = ?", (sequence, digest))
        except StoreError as error:
            self.close()
            message = f"the answer cannot be recorded: {error}"
            raise JournalError(message) from error
        return made

    @property
    def highest(self) -> int:
        """The number of the last entry. Raises JournalError."""
        return self._read(lambda connection: connection.execute("SELECT written FROM journal").fetchone()[0])

    def unsent(self, limit: int) -> Sequence[Entry]:
        """The oldest entries whose reports have not been sent. Raises JournalError."""
        query = f"{_ENTRY} WHERE sent = 0 ORDER BY sequence LIMIT ?"
        return self._read(lambda connection: list(map(_entry, connection.execute(query, (limit,)))))

    def entries(self, after: int = _BELOW_ALL) -> Iterator[Entry]:
        """Every entry above a number, in order, as it stands in the file; read little by little. Raises JournalError."""
        query = f"{_ENTRY} WHERE sequence > ? ORDER BY sequence LIMIT {_ENTRIES_AT_ONCE}"
        while found := self._read(lambda connection, above=after: list(map(_entry, connection.execute(query, (above,))))):
            yield from found
            after = found[-1].sequence

    def known(self) -> tuple[str, Sequence[Known]]:
        """The journal's id, and how far the file itself says that it went. Raises JournalError."""

        def read(connection: sqlite3.Connection) -> tuple[str, Sequence[Known]]:
            journal_id, written, digest, sent = connection.execute("SELECT journal_id, written, written_hash, sent FROM journal").fetchone()
            last = Known(sequence=written, hash=digest if written else "", by="the journal's own count")
            return journal_id, (Known(sequence=sent, hash="", by="the note of what was sent"), last)

        return self._read(read)

    def mark_sent(self, sequence: int) -> None:
        """Note that the report of an entry has been acknowledged. Raises JournalError."""
        try:
            connection = self._open()
            with named_errors(self._path), transaction(connection):
                connection.execute("UPDATE entry SET sent = 1 WHERE sequence = ?", (sequence,))
                connection.execute("UPDATE journal SET sent = max(sent, ?)", (sequence,))
        except StoreError as error:
            message = f"the journal cannot be written: {error}"
            raise JournalError(message) from error

    def probe(self) -> None:
        """See that the file can be written, by writing what its header says already. Raises JournalError."""
        try:
            connection = self._open()
            with named_errors(self._path), transaction(connection):
                connection.execute(f"PRAGMA user_version={_LAYOUT.version}")
        except StoreError as error:
            self.close()
            message = f"the journal cannot be written: {error}"
            raise JournalError(message) from error

    def close(self) -> None:
        """Give the file up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._open()
            with named_errors(self._path):
                return query(connection)
        except StoreError as error:
            message = f"the journal cannot be read: {error}"
            raise JournalError(message) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        connection = connect(self._path, _LAYOUT)
        try:
            with named_errors(self._path), transaction(connection):
                found = connection.execute("SELECT journal_id FROM journal").fetchone()
                self._journal_id = uuid.uuid4().hex if found is None else found[0]
                if found is None:
                    connection.execute(
                        "INSERT INTO journal (journal_id, written_hash) VALUES (?, ?)", (self._journal_id, first_hash(self._journal_id))
                    )
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection


def _entry(row: tuple[int, str, bytes, str, str, str]) -> Entry:
    sequence, kind, report, answer, previous_hash, digest = row
    return Entry(sequence=sequence, kind=kind, report=report, answer=answer, previous_hash=previous_hash, hash=digest)
