"""The replica on disk: a copy of what can always be read again, so that a restart need not.

Every byte is accounted for: sealed records by the digest of their seal, all rows by a sum over their SHA-256 kept in the row of their
partition, that row by a SHA-256 of its own. A file that fails any of these is put aside, and the topic is read again from its
beginning: nothing is decided on what cannot be proven.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from holdfast_gate.avro import UnreadableError
from holdfast_gate.database import Layout, connect, named_errors, transaction
from holdfast_gate.errors import DamagedStoreError
from holdfast_gate.lthash import LtHash
from holdfast_gate.partition import Held, Partition, Prisoner, SealRecord
from holdfast_gate.records import decode_seal, version_of
from holdfast_gate.replica import Replica

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast_gate.signing import KeyRing

FILE_NAME = "replica.sqlite3"
_LAYOUT = Layout(
    application_id=0x48464752,  # HFGR
    version=1,
    tables=(
        "CREATE TABLE topic (name TEXT NOT NULL, partitions INTEGER NOT NULL)",
        "CREATE TABLE partition (number INTEGER PRIMARY KEY, state TEXT NOT NULL, seal BLOB, rows_sum BLOB NOT NULL, proof BLOB NOT NULL)",
        (
            "CREATE TABLE record (partition INTEGER NOT NULL, key BLOB NOT NULL, offset INTEGER NOT NULL, sealed INTEGER NOT NULL, value BLOB,"
            " facts_offset INTEGER, rules_version INTEGER, PRIMARY KEY (partition, key, offset)) WITHOUT ROWID"
        ),
    ),
)
_SUM_BYTES = 32
_SUM_MASK = (1 << 8 * _SUM_BYTES) - 1
_Row = tuple[int, bytes, int, int, "bytes | None", "int | None", "int | None"]
_COLUMNS = "partition, key, offset, sealed, value, facts_offset, rules_version"


class ReplicaStore:
    """The file of one gate. Raises StoreError and its kinds."""

    def __init__(self, directory: Path, topic: str) -> None:
        """Open the file in `directory`; `topic` is the feed's, prefix included. A damaged file is put aside as `….damaged`."""
        self._path = directory / FILE_NAME
        self._topic = topic
        self._saved: dict[int, tuple[Partition, int, SealRecord | None]] = {}
        self._sums: dict[int, int] = {}
        try:
            self._connection = connect(self._path, _LAYOUT)
        except DamagedStoreError:
            self._put_aside()

    def load(self, ring: KeyRing) -> Replica | None:
        """What was saved last, or None when that is nothing, of another topic, or damaged. What rests on no seal of `ring` is not loaded."""
        try:
            with named_errors(self._path):
                return self._load(ring)
        except (DamagedStoreError, UnreadableError):
            self._connection.close()
            self._put_aside()
            return None

    def save(self, replica: Replica) -> None:
        """Write what changed since it was last loaded or saved, in one transaction. After a failure, all of it is written next time."""
        sums = dict(self._sums)
        with named_errors(self._path), transaction(self._connection):
            self._save_topic(len(replica.partitions))
            changed = [each for each in replica.partitions if self._saved.get(each.number) != (each, each.position, each.seal)]
            for partition in changed:
                self._save(partition, sums)
        self._sums = sums
        for partition in changed:
            partition.touched.clear()
            self._saved[partition.number] = (partition, partition.position, partition.seal)

    def close(self) -> None:
        """Give the file up."""
        self._connection.close()

    def _put_aside(self) -> None:
        self._saved, self._sums = {}, {}
        with named_errors(self._path):
            for suffix in ("", "-wal", "-shm"):
                part = self._path.with_name(self._path.name + suffix)
                if part.exists():
                    part.replace(self._path.with_name(f"{self._path.name}.damaged{suffix}"))
        self._connection = connect(self._path, _LAYOUT)

    # --- writing ---------------------------------------------------------------------------------------------------------

    def _save_topic(self, partitions: int) -> None:
        topic = (self._topic, partitions)
        if self._connection.execute("SELECT name, partitions FROM topic").fetchone() != topic:
            for table in ("topic", "partition", "record"):
                self._connection.execute(f"DELETE FROM {table}")
            self._connection.execute("INSERT INTO topic VALUES (?, ?)", topic)
            self._saved.clear()

    def _save(self, partition: Partition, sums: dict[int, int]) -> None:
        number, keys = partition.number, list(partition.touched)
        if number not in self._saved or self._saved[number][0] is not partition:
            self._connection.execute("DELETE FROM record WHERE partition = ?", (number,))
            sums[number], keys = 0, list(partition.prisoners)
        for key in keys:
            found = self._connection.execute(f"SELECT {_COLUMNS} FROM record WHERE partition = ? AND key = ?", (number, key))
            old, new = list(found), _rows(number, key, partition.prisoners[key])
            gone, come = [row for row in old if row not in new], [row for row in new if row not in old]
            self._connection.executemany("DELETE FROM record WHERE partition = ? AND key = ? AND offset = ?", [row[:3] for row in gone])
            self._connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)", come)
            sums[number] = (sums[number] + sum(map(_weight, come)) - sum(map(_weight, gone))) & _SUM_MASK
        state, seal = _state(partition), None if partition.seal is None else partition.seal.value
        rows_sum = sums[number].to_bytes(_SUM_BYTES, "big")
        row = (number, state, seal, rows_sum, _proof(number, state, seal, rows_sum))
        self._connection.execute("INSERT OR REPLACE INTO partition VALUES (?, ?, ?, ?, ?)", row)

    # --- reading ---------------------------------------------------------------------------------------------------------

    def _load(self, ring: KeyRing) -> Replica | None:
        topic = self._connection.execute("SELECT name, partitions FROM topic").fetchone()
        if topic is None or topic[0] != self._topic:
            return None
        numbers = [number for (number,) in self._connection.execute("SELECT number FROM partition ORDER BY number")]
        if numbers != list(range(len(numbers))) or len(numbers) != topic[1]:
            raise DamagedStoreError(self._damage("partitions are missing"))
        replica = Replica([self._load_partition(number, ring) for number in numbers], ring)
        self._saved = {each.number: (each, each.position, each.seal) for each in replica.partitions}
        for number in replica.trust(ring):
            replica.reset(number)
        return replica

    def _load_partition(self, number: int, ring: KeyRing) -> Partition:
        query = "SELECT state, seal, rows_sum, proof FROM partition WHERE number = ?"
        state, seal, rows_sum, proof = self._connection.execute(query, (number,)).fetchone()
        if proof != _proof(number, state, seal, rows_sum):
            raise DamagedStoreError(self._damage(f"the state of partition {number} was altered"))
        rows: list[_Row] = self._connection.execute(f"SELECT {_COLUMNS} FROM record WHERE partition = ?", (number,)).fetchall()
        total = sum(map(_weight, rows)) & _SUM_MASK
        if total != int.from_bytes(rows_sum, "big"):
            raise DamagedStoreError(self._damage(f"the records of partition {number} were altered"))
        self._sums[number] = total
        partition = Partition(number, ring)
        _restore_state(partition, json.loads(state), seal)
        digest = _restore_records(partition, rows)
        if digest != (LtHash().digest() if partition.seal is None else partition.seal.seal.digest):
            raise DamagedStoreError(self._damage(f"the records of partition {number} are not those that its seal speaks of"))
        return partition

    def _damage(self, what: str) -> str:
        return f"{self._path} is damaged: {what}"


def _restore_records(partition: Partition, rows: list[_Row]) -> bytes:
    """Hold the records of `rows`; the digest over those that are sealed."""
    prisoners: dict[bytes, Prisoner] = {}
    digest = LtHash()
    for row in rows:
        _, key, _, sealed, value, *_ = row
        held, before = _held(row), prisoners.get(key, Prisoner())
        if sealed and value is not None:
            digest.add(key, value)
            prisoners[key] = Prisoner(held, before.later)
        else:
            prisoners[key] = Prisoner(before.sealed, (*before.later, held))
    partition.restore(prisoners, digest)
    return digest.digest()


def _rows(number: int, key: bytes, prisoner: Prisoner) -> list[_Row]:
    rows: list[_Row] = []
    for held in prisoner.records:
        facts_offset, rules_version = held.version or (None, None)
        rows.append((number, key, held.offset, int(held is prisoner.sealed), held.value, facts_offset, rules_version))
    return rows


def _held(row: _Row) -> Held:
    _, key, offset, _, value, facts_offset, rules_version = row
    if facts_offset is not None and rules_version is not None:
        return Held(offset=offset, value=value, version=(facts_offset, rules_version))
    try:  # a newer version of this library may be able to read it
        version = None if value is None else version_of(key, value)
    except UnreadableError:
        version = None
    return Held(offset=offset, value=value, version=version)


def _weight(row: _Row) -> int:
    """A number that stands for a row; the sum over rows tells whether any was altered, lost or added."""
    return int.from_bytes(hashlib.sha256(repr(row).encode()).digest(), "big")


def _proof(*state: object) -> bytes:
    return hashlib.sha256(repr(state).encode()).digest()


def _state(partition: Partition) -> str:
    seal = partition.seal
    return json.dumps(
        {
            "position": partition.position,
            "time": None if partition.time is None else partition.time.isoformat(),
            "seal_offset": None if seal is None else seal.offset,
            "seal_append_time": None if seal is None else seal.append_time.isoformat(),
            "caught_up": {source: as_of.isoformat() for source, as_of in partition.caught_up.items()},
        }
    )


def _restore_state(partition: Partition, state: dict[str, Any], seal: bytes | None) -> None:
    partition.position = state["position"]
    partition.time = None if state["time"] is None else datetime.fromisoformat(state["time"])
    partition.caught_up = {source: datetime.fromisoformat(as_of) for source, as_of in state["caught_up"].items()}
    if seal is not None:
        partition.seal = SealRecord(
            seal=decode_seal(seal),
            value=seal,
            offset=state["seal_offset"],
            append_time=datetime.fromisoformat(state["seal_append_time"]),
        )
