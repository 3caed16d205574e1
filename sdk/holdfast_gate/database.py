"""SQLite files of a gate: one process at a time, and every commit on the disk before anything is answered."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast_gate.errors import DamagedStoreError, ForeignStoreError, StoreError, StoreLockedError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a file holds: `application_id` and `version` are written into its header, `tables` create it."""

    application_id: int
    version: int
    tables: tuple[str, ...]


def connect(path: Path, layout: Layout) -> sqlite3.Connection:
    """Open, or create, the file at `path`, for this process alone.

    Raises StoreLockedError, ForeignStoreError, DamagedStoreError or StoreError.
    """
    with named_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        connection.text_factory = _text
    try:
        with named_errors(path):
            # The lock is taken by the first access and kept until the connection closes or its process dies.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            with transaction(connection):
                _prepare(connection, path, layout)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """Everything inside becomes durable, or nothing does."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def named_errors(path: Path) -> Generator[None]:
    """SQLite's and the system's errors as ours, which say how to mend them."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            message = f"{path} is in use by another process: stop that one, or give this one a directory of its own (--data-dir)"
            raise StoreLockedError(message) from error
        if str(error).startswith("no such"):
            message = f"{path} is damaged ({error})"
            raise DamagedStoreError(message) from error
        message = f"{path} cannot be used ({error}): check that the disk has room and that the directory may be written"
        raise StoreError(message) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # SQLite quotes a damaged schema in its message, and Python cannot always decode that.
        message = f"{path} is damaged ({error})"
        raise DamagedStoreError(message) from error
    except OSError as error:
        message = f"{path} cannot be used ({error}): check that the directory exists and may be written"
        raise StoreError(message) from error


def _text(raw: bytes) -> str:
    """Damaged text is found by its proof, not by a decoding error."""
    return raw.decode("utf-8", "replace")


def _prepare(connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if tables == application_id == version == 0:
        connection.execute(f"PRAGMA application_id={layout.application_id}")
        connection.execute(f"PRAGMA user_version={layout.version}")
        for statement in layout.tables:
            connection.execute(statement)
    elif (application_id, version) != (layout.application_id, layout.version):
        message = (
            f"{path} was not written by this version of the gate (it is {application_id:#x} version {version}, "
            f"not {layout.application_id:#x} version {layout.version}): move it away, or use another directory (--data-dir)"
        )
        raise ForeignStoreError(message)
