"""What a gate has answered, written before the answer is given, and sent to `gate-reports` from here.

Entries are never altered and never deleted. A report is marked as sent only when every in-sync replica has it, so after a crash it may
be sent again: the same bytes, with the same `report_id`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast_gate.database import Layout, connect, named_errors, transaction
from holdfast_gate.errors import JournalError, StoreError, StoreLockedError
from holdfast_gate.report import as_json, encode_report

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from holdfast_gate.answer import Answer

FILE_NAME = "journal.sqlite3"
_LAYOUT = Layout(
    application_id=0x4846474A,  # HFGJ
    version=1,
    tables=(
        "CREATE TABLE journal (journal_id TEXT NOT NULL)",
        (
            "CREATE TABLE entry (sequence INTEGER PRIMARY KEY AUTOINCREMENT, report BLOB NOT NULL, answer TEXT NOT NULL,"
            " sent INTEGER NOT NULL DEFAULT 0)"
        ),
        "CREATE INDEX unsent ON entry (sequence) WHERE sent = 0",
        "CREATE TRIGGER entries_stay BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'journal entries stay'); END",
        (
            "CREATE TRIGGER entries_stay_as_written BEFORE UPDATE OF sequence, report, answer ON entry"
            " BEGIN SELECT RAISE(ABORT, 'journal entries stay as written'); END"
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One report that has not been sent yet."""

    sequence: int
    report: bytes


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

    def append(self, answer: Answer, decided_at: datetime) -> int:
        """Record `answer` and return its number; it is on the disk when this returns. Raises JournalError."""
        try:
            connection = self._open()
            with named_errors(self._path), transaction(connection):
                (sequence,) = connection.execute("SELECT coalesce(max(sequence), 0) + 1 FROM entry").fetchone()
                report_id = f"{self._journal_id}/{sequence}"
                report = encode_report(answer, report_id=report_id, gate_id=self._gate_id, sequence=sequence, decided_at=decided_at)
                row = (sequence, report, as_json(answer))
                connection.execute("INSERT INTO entry (sequence, report, answer) VALUES (?, ?, ?)", row)
        except StoreError as error:
            self.close()
            message = f"the answer cannot be recorded: {error}"
            raise JournalError(message) from error
        return sequence

    def unsent(self, limit: int) -> Sequence[Entry]:
        """The oldest entries whose reports have not been sent. Raises JournalError."""
        query = "SELECT sequence, report FROM entry WHERE sent = 0 ORDER BY sequence LIMIT ?"
        try:
            connection = self._open()
            with named_errors(self._path):
                return [Entry(sequence=each[0], report=each[1]) for each in connection.execute(query, (limit,))]
        except StoreError as error:
            message = f"the journal cannot be read: {error}"
            raise JournalError(message) from error

    def mark_sent(self, sequence: int) -> None:
        """Note that the report of an entry has been acknowledged. Raises JournalError."""
        try:
            connection = self._open()
            with named_errors(self._path), transaction(connection):
                connection.execute("UPDATE entry SET sent = 1 WHERE sequence = ?", (sequence,))
        except StoreError as error:
            message = f"the journal cannot be written: {error}"
            raise JournalError(message) from error

    def close(self) -> None:
        """Give the file up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        connection = connect(self._path, _LAYOUT)
        try:
            with named_errors(self._path), transaction(connection):
                found = connection.execute("SELECT journal_id FROM journal").fetchone()
                self._journal_id = uuid.uuid4().hex if found is None else found[0]
                if found is None:
                    connection.execute("INSERT INTO journal VALUES (?)", (self._journal_id,))
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection
