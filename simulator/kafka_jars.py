"""Kafka's jars: named with their SHA-256 in `kafka.lock.toml`, downloaded once, checked before every use.

`python -m simulator.kafka_jars 4.1.2` writes the lock anew for another version of Kafka.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

from jgo.maven import MavenContext, PythonResolver
from rich.progress import track

from simulator.artifacts import fetch, is_intact, path_of, sha256_of
from simulator.errors import DownloadError
from simulator.locks import waiting_for
from simulator.progress import console

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jgo.maven import Artifact

LOCK = Path(__file__).with_name("kafka.lock.toml")
BROKER = "org.apache.kafka:kafka_2.13"
LOG_API = "org.apache.logging.log4j:log4j-core"
LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl"
DOWNLOADS_AT_ONCE = 8


def locked(lock: Path = LOCK) -> dict[str, str]:
    """SHA-256 (hexadecimal) of each jar by its coordinates `group:artifact:version`."""
    return tomllib.loads(lock.read_text(encoding="utf-8"))["jars"]


def kafka_version(jars: Mapping[str, str]) -> str:
    """The version of Kafka among the jars."""
    return _version(jars, BROKER)


def ensure(cache: Path, jars: Mapping[str, str], *, offline: bool = False) -> list[Path]:
    """Every jar as a file below `cache`, downloaded where missing or damaged; one process at a time.

    Raises DownloadError when a jar cannot be had, or has not the SHA-256 that the lock names.
    """
    context = MavenContext(repo_cache=cache, resolver=PythonResolver(), offline=offline)
    with waiting_for(cache / "lock"), ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        artifacts = {_artifact(context, coordinates): sha256 for coordinates, sha256 in jars.items()}
        intact = dict(zip(artifacts, pool.map(is_intact, artifacts, artifacts.values()), strict=True))
        missing = [artifact for artifact, is_intact in intact.items() if not is_intact]
        fetched = pool.map(fetch, missing, [artifacts[artifact] for artifact in missing], repeat(LOCK.name))
        if missing:
            title = f"Downloading Kafka {kafka_version(jars)}"
            list(track(fetched, title, total=len(missing), console=console, transient=True))
    return [path_of(artifact) for artifact in artifacts]


def resolve(version: str, cache: Path) -> dict[str, str]:
    """The jars of that version of Kafka with its logging binding.

    The binding goes in a call of its own: in the same call it silently takes kafka-clients down to 3.8.0.

    Raises DownloadError when something cannot be had, or the two calls do not agree.
    """
    context = MavenContext(repo_cache=cache, resolver=PythonResolver())
    broker = _closure(context, f"{BROKER}:{version}")
    binding = _closure(context, f"{LOG_BINDING}:{_version(broker, LOG_API)}")
    if strangers := [name for name in binding if name not in broker and not name.startswith(LOG_BINDING)]:
        message = f"the logging binding wants other jars than Kafka {version} has: {', '.join(strangers)}"
        raise DownloadError(message)
    return dict(sorted((broker | binding).items()))


def write(jars: Mapping[str, str], lock: Path = LOCK) -> None:
    """Write the lock."""
    lines = ["# Written by `python -m simulator.kafka_jars VERSION`. SHA-256 of each jar by its coordinates.", "[jars]"]
    lines += [f'"{coordinates}" = "{sha256}"' for coordinates, sha256 in jars.items()]
    lock.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _closure(context: MavenContext, coordinates: str) -> dict[str, str]:
    try:
        roots, others = context.resolver.resolve([context.create_dependency(coordinates)])
        artifacts: list[Artifact] = [dependency.artifact for dependency in (*roots, *others)]
        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            paths = list(pool.map(_resolved, artifacts))
    except (OSError, RuntimeError) as error:
        message = f"{coordinates} cannot be resolved: {error}"
        raise DownloadError(message) from error
    names = [f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}" for artifact in artifacts]
    return {name: sha256_of(path) for name, path in zip(names, paths, strict=True)}


def _resolved(artifact: Artifact) -> Path:
    return artifact.resolve()


def _artifact(context: MavenContext, coordinates: str) -> Artifact:
    group, name, version = coordinates.split(":")
    return context.project(group, name).at_version(version).artifact()


def _version(jars: Mapping[str, str], project: str) -> str:
    return next(name.removeprefix(f"{project}:") for name in jars if name.startswith(f"{project}:"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        write(resolve(sys.argv[1], Path(scratch)))
