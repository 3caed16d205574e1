"""The replica on disk: it comes back whole, or not at all."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast_gate.errors import ForeignStoreError, StoreError, StoreLockedError
from holdfast_gate.replica import Replica
from holdfast_gate.store import FILE_NAME, ReplicaStore
from tests.gate.feeds import RING, START, Hub, ground

WHO = [f"A{number:04}BC" for number in range(40)]
TOPIC = "vetoes"
REPOSITORY = Path(__file__).parents[2]


def busy_replica() -> Replica:
    """A replica of two partitions with sealed, unsealed and unreadable records."""
    hub = Hub(partitions=2)
    for who in WHO:
        hub.say(who, ground("release"))
    hub.seal_all()
    hub.say(WHO[0])
    hub.log.append(hub.partition(WHO[1]), WHO[1].encode(), b"stranger", START)
    hub.log.append(hub.partition(WHO[2]), WHO[2].encode(), None, START)
    replica = Replica.empty(2, RING)
    for number, partition in enumerate(replica.partitions):
        partition.expect(hub.log.ends[number])
        replica.apply(hub.log.records[number])
    return replica


def content(replica: Replica) -> object:
    """Everything that a decision could depend on, and that is kept."""
    return [(each.number, each.position, each.prisoners, each.seal, each.time, each.caught_up) for each in replica.partitions]


def saved(directory: Path) -> Replica:
    """A busy replica, saved."""
    store, replica = ReplicaStore(directory, TOPIC), busy_replica()
    store.save(replica)
    store.close()
    return replica


def loaded(directory: Path, topic: str = TOPIC) -> Replica | None:
    """What is found on disk."""
    store = ReplicaStore(directory, topic)
    try:
        return store.load(RING)
    finally:
        store.close()


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    """Records, seals, positions and times survive a restart, and reading goes on from there."""
    before = saved(tmp_path)
    after = loaded(tmp_path)
    assert after is not None
    assert content(after) == content(before)
    assert not any(partition.bootstrapped for partition in after.partitions)
    assert all(partition.freshness.age_s(0) is None for partition in after.partitions)


def test_changes_are_saved_batch_by_batch(tmp_path: Path) -> None:
    """After every batch the file holds what the replica holds, and so does a store that takes it up."""
    hub, store, replica = Hub(), ReplicaStore(tmp_path, TOPIC), Replica.empty(1, RING)
    replica.partitions[0].expect(0)
    for who in WHO[:5] * 3:
        replica.apply([hub.say(who, ground("release")), hub.seal()])
        replica.apply([hub.say(who)])
        store.save(replica)
        assert not replica.partitions[0].touched
        store.close()
        store = ReplicaStore(tmp_path, TOPIC)
        found = store.load(RING)
        assert found is not None
        assert content(found) == content(replica)
        replica = found
        replica.partitions[0].expect(0)
    store.close()


def test_a_new_beginning_leaves_nothing_behind(tmp_path: Path) -> None:
    """A partition that was forgotten is forgotten on disk as well."""
    store, replica = ReplicaStore(tmp_path, TOPIC), busy_replica()
    store.save(replica)
    replica.reset(0)
    store.save(replica)
    store.close()
    after = loaded(tmp_path)
    assert after is not None
    assert not after.partitions[0].prisoners
    assert after.partitions[0].position == 0
    assert after.partitions[1].prisoners


def test_another_number_of_partitions_replaces_everything(tmp_path: Path) -> None:
    """When the topic was given more partitions, nothing of the old replica is used."""
    store, replica = ReplicaStore(tmp_path, TOPIC), busy_replica()
    store.save(replica)
    store.save(replica.resized(3))
    store.close()
    after = loaded(tmp_path)
    assert after is not None
    assert [len(partition.prisoners) for partition in after.partitions] == [0, 0, 0]


def test_another_topic_is_another_replica(tmp_path: Path) -> None:
    """A replica of another deployment's feed is not used."""
    saved(tmp_path)
    assert loaded(tmp_path, "staging.vetoes") is None


def test_one_process_at_a_time(tmp_path: Path) -> None:
    """A second opener is told that the directory is in use, and how to mend it."""
    store = ReplicaStore(tmp_path, TOPIC)
    with pytest.raises(StoreLockedError, match=r"another process.*--data-dir"):
        ReplicaStore(tmp_path, TOPIC)
    store.close()
    ReplicaStore(tmp_path, TOPIC).close()


def test_a_strangers_file_is_not_touched(tmp_path: Path) -> None:
    """A SQLite file of somebody else's is neither used nor deleted."""
    path = tmp_path / FILE_NAME
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ForeignStoreError, match="move it away"):
        ReplicaStore(tmp_path, TOPIC)
    after = sqlite3.connect(path)
    assert after.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    after.close()
    assert before


def test_what_is_no_database_is_put_aside(tmp_path: Path) -> None:
    """A file that is no database is kept for whoever wants to look, and the replica begins anew."""
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all" * 100)
    assert loaded(tmp_path) is None
    assert (tmp_path / f"{FILE_NAME}.damaged").read_bytes().startswith(b"not a database")


def test_a_directory_that_cannot_be_written_is_trouble(tmp_path: Path) -> None:
    """A directory that cannot be made is said so, and how to mend it."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="check that the directory"):
        ReplicaStore(tmp_path / "file", TOPIC)


@pytest.mark.parametrize(
    "tampering",
    [
        "INSERT INTO record SELECT partition, x'5A', offset, 0, value, facts_offset, rules_version FROM record LIMIT 1",
        "DELETE FROM record WHERE sealed = 0",
        "DELETE FROM record WHERE sealed = 1 AND key = (SELECT max(key) FROM record)",
        "UPDATE record SET value = x'00' WHERE sealed = 0",
        "UPDATE record SET sealed = 1",
        "UPDATE record SET offset = offset + 1000",
        "UPDATE partition SET state = replace(state, '\"position\": ', '\"position\": 1')",
        "UPDATE partition SET seal = NULL",
        "DELETE FROM partition WHERE number = 1",
        "UPDATE topic SET partitions = 1",
        "UPDATE topic SET partitions = 'x'",
        "DROP TABLE record",
    ],
)
def test_whatever_was_altered_is_noticed(tmp_path: Path, tampering: str) -> None:
    """A row lost, added or altered in any table makes the replica begin anew."""
    saved(tmp_path)
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute(tampering)
    connection.commit()
    connection.close()
    assert loaded(tmp_path) is None


def test_a_damaged_schema_begins_anew(tmp_path: Path) -> None:
    """Bytes that are no text in the middle of a table's definition: SQLite's own message cannot even be decoded."""
    saved(tmp_path)
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"CREATE TABLE", b"CREATE \xceABLE"))
    assert loaded(tmp_path) is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_flipped_bit_goes_unnoticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """With any byte of the file changed, the replica is as it was saved, or begins anew, or is refused; never something else."""
    directory = tmp_path_factory.mktemp("flip")
    before = saved(directory)
    path = directory / FILE_NAME
    found = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(found) - 1))
    found[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(found)
    try:
        after = loaded(directory)
    except StoreError:
        return
    assert after is None or content(after) == content(before)


PROGRAM = """
import sys
from pathlib import Path
from holdfast_gate.replica import Replica
from holdfast_gate.store import ReplicaStore
from tests.gate.feeds import RING, Hub, ground
hub, replica, store = Hub(), Replica.empty(1, RING), ReplicaStore(Path(sys.argv[1]), "vetoes")
replica.partitions[0].expect(0)
for number in range(100_000):
    who = f"A{number % 50:04}BC"
    replica.apply([hub.say(who, ground("release")), hub.seal(), hub.say(who)])
    store.save(replica)
    print(replica.partitions[0].position, flush=True)
"""


@pytest.mark.parametrize("batches", [1, 7, 60])
def test_killed_at_any_moment_it_holds_whole_batches(tmp_path: Path, batches: int) -> None:
    """Killed in the midst of saving: what is found is some batch, whole, and not an older one than the last that was saved."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        position = [int(process.stdout.readline()) for _ in range(batches)][-1]
        process.kill()
    after = loaded(tmp_path)
    assert after is not None
    (partition,) = after.partitions
    assert partition.position >= position
    assert partition.position % 3 == 0
    assert sum(len(prisoner.later) for prisoner in partition.prisoners.values()) == 1
