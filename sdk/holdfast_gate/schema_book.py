"""What a gate has learnt of a schema registry, on disk beside its replica: it must read what it reads today through hours without a network.

An id stands for the same schema for ever, so nothing here goes out of date. A file that is damaged, or of another registry, is left alone and written
anew: what it held can be asked for again, and until then notices that need it veto.
"""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any

from holdfast_gate.confluent import FullError, Writers, WriterSchemaError
from holdfast_gate.errors import StoreError
from holdfast_gate.records import registry

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger("holdfast_gate")
FILE_NAME = "schemas.json"
#: Ids that are asked for at all; records of others veto like these, and are counted as nothing more.
UNREAD_MAX = 256


class SchemaBook:
    """The schemas of one registry, and the partitions in which records stand that could not be read for want of one."""

    def __init__(self, directory: Path, url: str) -> None:
        """Take up what `directory` holds of the registry at `url`; from now on this process reads the Confluent wire format."""
        self._path = directory / FILE_NAME
        self._url = url
        self.unread: dict[int, frozenset[int]] = {}
        schemas = registry()
        self._writers = schemas.writers = schemas.writers or Writers(resolves=False)
        self._load()

    def __contains__(self, schema_id: int) -> bool:
        """Whether the schema is known."""
        return schema_id in self._writers

    def learn(self, schema_id: int, text: str) -> frozenset[int]:
        """Note what an id stands for; the partitions that must be read again for it. Raises StoreError when there are too many."""
        self._note(schema_id, text)
        partitions = self.unread.pop(schema_id, frozenset())
        self._save()
        return partitions

    def miss(self, schema_id: int, partition: int) -> None:
        """A record in this partition cannot be read for want of this schema."""
        before = self.unread.get(schema_id, frozenset())
        if partition in before or (not before and len(self.unread) >= UNREAD_MAX):
            return
        self.unread[schema_id] = before | {partition}
        self._save()

    def _note(self, schema_id: int, text: str) -> None:
        try:
            self._writers.learn(schema_id, text)
        except WriterSchemaError as error:
            self._writers.learn_useless(schema_id, str(error))
        except FullError as error:
            raise StoreError(str(error)) from error

    def _load(self) -> None:
        try:
            told: Any = json.loads(self._path.read_text(encoding="utf-8"))
            if told["registry"] != self._url:
                return
            schemas = {int(schema_id): str(text) for schema_id, text in told["schemas"].items()}
            unread = {int(schema_id): frozenset(map(int, numbers)) for schema_id, numbers in told["unread"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return
        for schema_id, text in schemas.items():
            self._note(schema_id, text)
        self.unread = unread

    def _save(self) -> None:
        """A reader finds the old file or the new one, never half."""
        schemas = {str(schema_id): text for schema_id, text in self._writers.texts.items()}
        told = {"registry": self._url, "schemas": schemas, "unread": {str(key): sorted(numbers) for key, numbers in self.unread.items()}}
        draft = self._path.with_name(f"{FILE_NAME}.draft")
        # What cannot be written down is still known: only a restart without a network will miss it.
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with draft.open("w", encoding="utf-8") as file:
                json.dump(told, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError as error:
            _log.warning("%s cannot be written (%s): check that the disk has room and that the directory may be written", self._path, error)
