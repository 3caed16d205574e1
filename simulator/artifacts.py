"""Artifacts of Maven's that are known by their SHA-256: downloaded once, checked before every use."""

from __future__ import annotations

import hashlib
from pathlib import Path

from jgo.maven import Artifact

from simulator.errors import DownloadError

TRIES = 3


def fetch(artifact: Artifact, sha256: str, named_in: str) -> Path:
    """Download `artifact` below its context's cache; where it is.

    Raises DownloadError when it cannot be had, or has not the SHA-256 that `named_in` names for it.
    """
    path = path_of(artifact)
    for attempt in range(1, TRIES + 1):
        path.unlink(missing_ok=True)  # what an interrupted download left; the resolver would take it for whole
        try:
            artifact.resolve()
        except (OSError, RuntimeError) as error:  # OSError covers what the HTTP client raises
            if attempt == TRIES:
                message = f"{artifact} cannot be downloaded: {error}"
                raise DownloadError(message) from error
            continue
        if is_intact(artifact, sha256):
            return path
    path.unlink()
    message = f"{artifact} has not the SHA-256 that {named_in} names"
    raise DownloadError(message)


def is_intact(artifact: Artifact, sha256: str) -> bool:
    """Whether it is there, with just that content."""
    path = path_of(artifact)
    return path.exists() and sha256_of(path) == sha256


def path_of(artifact: Artifact) -> Path:
    """Where it is, or will be."""
    return artifact.context.repo_cache / artifact.component.path_prefix / artifact.filename


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
