"""Locks between processes, held in files: the kernel lets go of them when the holder ends, however it ends."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simulator.errors import DirectoryInUseError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def waiting_for(path: Path) -> Generator[None]:
    """Hold the lock, after whoever holds it now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def held(path: Path) -> Generator[None]:
    """Hold the lock.

    Raises DirectoryInUseError when another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"{path.parent} is in use by another process; `holdfast down` ends what was left running"
            raise DirectoryInUseError(message) from error
        yield
