"""The jars of the development broker are the ones that the lock names, or the broker does not run."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from simulator import kafka_jars
from simulator.errors import DownloadError

if TYPE_CHECKING:
    from pathlib import Path

COORDINATES = "org.apache.kafka:kafka_2.13:9.9.9"
CONTENT = b"a jar, for all that anybody checks"
JARS = {COORDINATES: hashlib.sha256(CONTENT).hexdigest()}


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    """A cache that holds the one jar."""
    path = tmp_path / "org/apache/kafka/kafka_2.13/9.9.9/kafka_2.13-9.9.9.jar"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    return path


def test_cached_jars_need_no_network(tmp_path: Path, jar: Path) -> None:
    """A second start works on a train."""
    assert kafka_jars.ensure(tmp_path, JARS, offline=True) == [jar]


def test_a_damaged_jar_is_not_used(tmp_path: Path, jar: Path) -> None:
    """A jar that is not the one locked is thrown away, and when no other can be had nothing runs."""
    jar.write_bytes(CONTENT[:-1])
    with pytest.raises(DownloadError, match=r"kafka_2\.13.* cannot be downloaded"):
        kafka_jars.ensure(tmp_path, JARS, offline=True)
    assert not jar.exists()


def test_a_download_that_is_not_the_locked_jar_is_refused(tmp_path: Path, jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that serves other bytes than were locked is not believed."""
    jar.unlink()

    def serve_another(artifact: object) -> Path:
        del artifact
        jar.write_bytes(b"another jar")
        return jar

    monkeypatch.setattr("jgo.maven.Artifact.resolve", serve_another)
    with pytest.raises(DownloadError, match="has not the SHA-256"):
        kafka_jars.ensure(tmp_path, JARS)
    assert not jar.exists()


def test_the_lock_names_one_version_of_kafka() -> None:
    """No jar of Kafka is older than the broker: a logging binding once took the client library down in silence."""
    jars = kafka_jars.locked()
    versions = {name.rsplit(":", 1)[1] for name in jars if name.startswith("org.apache.kafka:")}
    assert versions == {kafka_jars.kafka_version(jars)}


def test_the_lock_is_written_as_it_is_read(tmp_path: Path) -> None:
    """Writing the lock anew for the same jars changes nothing."""
    kafka_jars.write(kafka_jars.locked(), tmp_path / "lock.toml")
    assert (tmp_path / "lock.toml").read_bytes() == kafka_jars.LOCK.read_bytes()
