"""helm and kubeconform, built once from the Go modules that `tools/go.mod` names and `tools/go.sum` locks, and kept in `.holdfast/tools`.

Go keeps what it downloaded and compiled in caches of its own, so another clone on the same machine only links: seconds, not minutes.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.locks import waiting_for

if TYPE_CHECKING:
    from collections.abc import Callable

MODULE = Path(__file__).with_name("tools")
CACHE = Path(__file__).parents[2] / ".holdfast" / "tools"
BUILT_WITHIN_S = 1200.0
RUN_WITHIN_S = 60.0


class BuildError(Exception):
    """Go could not make the tools; the text is what Go said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """The two programs, as files."""

    helm: Path
    kubeconform: Path


def go() -> str | None:
    """Go, as the PATH has it."""
    return shutil.which("go")


def programs() -> dict[str, str]:
    """Which packages are built, from which version of their module: `{"helm.sh/helm/v4/cmd/helm": "v4.…"}`."""
    text = (MODULE / "go.mod").read_text(encoding="utf-8")
    versions = dict(re.findall(r"^\s+(\S+/\S+) (v\S+)", text, re.MULTILINE))
    packages = re.findall(r"^\s+(\S+/cmd/\S+)$", text, re.MULTILINE)
    return {package: next(version for module, version in versions.items() if package.startswith(module + "/")) for package in packages}


def ensure(go: str, say: Callable[[str], object], cache: Path = CACHE) -> Tools:
    """Both tools, built where they are missing; one process at a time. Raises BuildError."""
    locked = b"".join((MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))
    directory = cache / hashlib.sha256(locked).hexdigest()[:16]
    with waiting_for(cache / "lock"):
        if not directory.exists():
            names = " and ".join(f"{package.rpartition('/')[2]} {version}" for package, version in programs().items())
            say(f"Building {names} with Go; the first time on a machine this takes minutes …")
            _build(go, directory)
    return Tools(helm=directory / "helm", kubeconform=directory / "kubeconform")


def _build(go: str, directory: Path) -> None:
    """Into a directory beside it first: one that is there is whole."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    with tempfile.TemporaryDirectory(dir=directory.parent) as scratch:
        made = Path(scratch) / "bin"
        # Without optimising: a fifth less to wait for, and helm has nothing heavy to do here.
        command = [go, "build", "-trimpath", "-gcflags=all=-N -l", "-ldflags=-s -w", "-o", f"{made}/", *programs()]
        try:
            done = subprocess.run(command, cwd=MODULE, env=environment, capture_output=True, text=True, timeout=BUILT_WITHIN_S, check=False)
        except subprocess.TimeoutExpired as error:
            message = f"helm and kubeconform were not built within {BUILT_WITHIN_S:g} s; run the tests again, Go goes on where it was"
            raise BuildError(message) from error
        if done.returncode != 0:
            message = f"helm and kubeconform cannot be built; Go says:\n{done.stderr.strip()}"
            raise BuildError(message)
        made.rename(directory)


def run(*command: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One run of a tool, in a home of its own, so that nobody's repositories or plug-ins matter."""
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "PATH": "/usr/bin:/bin"}
        return subprocess.run(command, input=stdin, env=environment, capture_output=True, text=True, timeout=RUN_WITHIN_S, check=False)
