"""What a gate's owner gets: the wheel of holdfast-gate, built and installed into environments that hold nothing else.

How large the wheel is, what comes along with each extra, how large that is, and how long the import takes.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

_REPOSITORY = Path(__file__).parents[1]
#: What is asked for between the brackets, and what is imported then.
INSTALLATIONS = {
    "": "holdfast_gate",
    "agent": "holdfast_gate.agent.serve",
    "kafka": "holdfast_gate.kafka",
    "agent,kafka": "holdfast_gate.agent.serve, holdfast_gate.kafka",
}
IMPORTS = 9
TIMEOUT_S = 300.0
_TIME_IMPORT = (
    "import time; t, p = time.perf_counter(), time.process_time(); import {module};"
    "print(1000 * (time.perf_counter() - t), 1000 * (time.process_time() - p))"
)
_DISTRIBUTIONS = "from importlib import metadata; print(*(d.metadata['Name'] for d in metadata.distributions()))"


class SdkError(Exception):
    """The wheel cannot be built or installed; the message says what was run and what it said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """One way to install it: with `extras`; `brought` are the other distributions that come along."""

    extras: str
    brought: tuple[str, ...]
    installed_kb: int
    imported: str
    import_ms_median: float
    #: Of the processor: what a busy machine does not change.
    import_processor_ms_median: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """The wheel, and what installing it brings, by Python's version."""

    python: str
    wheel: str
    wheel_kb: float
    installations: tuple[Installation, ...]


def measure(*, python: str = sys.executable) -> Measured:
    """Build it, and install it in every way, for this Python. Raises SdkError."""
    with tempfile.TemporaryDirectory(prefix="holdfast-sdk-") as scratch:
        wheel = build(Path(scratch))
        return Measured(
            python=_run(python, "-c", "import platform; print(platform.python_version())").strip(),
            wheel=wheel.name,
            wheel_kb=round(wheel.stat().st_size / 1000, 1),
            installations=tuple(_installation(wheel, extras, python, Path(scratch) / f"venv-{n}") for n, extras in enumerate(INSTALLATIONS)),
        )


def build(directory: Path) -> Path:
    """The wheel, built into `directory`. Raises SdkError."""
    _run(_uv(), "build", "--quiet", "--wheel", "--out-dir", str(directory), str(_REPOSITORY / "sdk"))
    [wheel] = directory.glob("holdfast_gate-*.whl")
    return wheel


def install(wheel: Path, extras: str, python: str, venv: Path) -> str:
    """The Python of a new environment that holds the wheel and what it brings, and nothing of this one. Raises SdkError."""
    _run(_uv(), "venv", "--quiet", "--python", python, str(venv))
    wanted = f"holdfast-gate[{extras}] @ {wheel.as_uri()}" if extras else str(wheel)
    command = (_uv(), "pip", "install", "--quiet", "--python", str(venv), wanted)
    try:
        _run(*command, "--offline")  # what `make setup` has fetched will do
    except SdkError:
        _run(*command)
    return str(venv / "bin" / "python")


def brought(inside: str) -> tuple[str, ...]:
    """The other distributions in the environment of the Python `inside`."""
    return tuple(sorted(set(_run(inside, "-I", "-c", _DISTRIBUTIONS).split()) - {"holdfast-gate"}))


def _installation(wheel: Path, extras: str, python: str, venv: Path) -> Installation:
    inside = install(wheel, extras, python, venv)
    module = INSTALLATIONS[extras]
    took = [_run(inside, "-I", "-c", _TIME_IMPORT.format(module=module)).split() for _ in range(IMPORTS + 1)][1:]  # the first one also compiles
    size = sum(each.stat().st_size for each in (venv / "lib").rglob("*") if each.is_file() and each.suffix != ".pyc")
    return Installation(
        extras=extras,
        brought=brought(inside),
        installed_kb=round(size / 1000),
        imported=module,
        import_ms_median=round(statistics.median(float(each[0]) for each in took), 1),
        import_processor_ms_median=round(statistics.median(float(each[1]) for each in took), 1),
    )


def lines(measured: Measured) -> Iterator[str]:
    """For people."""
    yield f"{measured.wheel}: {measured.wheel_kb} kB, on Python {measured.python}"
    for each in measured.installations:
        name = f"holdfast-gate[{each.extras}]" if each.extras else "holdfast-gate"
        took = f"imports in {each.import_ms_median:6.1f} ms ({each.import_processor_ms_median:.1f} of processor)"
        yield f"{name:27} {took}, {each.installed_kb:7,} kB on the disk, brings {', '.join(each.brought)}"


def as_json(measured: Measured) -> str:
    """For machines."""
    return json.dumps(asdict(measured))


def _uv() -> str:
    ours = _REPOSITORY / ".tools" / "bin" / "uv"
    found = str(ours) if ours.exists() else shutil.which("uv")
    if found is None:
        message = "the wheel is built with uv: run `make setup`"
        raise SdkError(message)
    return found


def _run(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=TIMEOUT_S).stdout  # noqa: S603 - our own words
    except subprocess.CalledProcessError as error:
        message = f"{' '.join(command)}: {error.stderr.strip()}"
        raise SdkError(message) from error
    except (subprocess.TimeoutExpired, OSError) as error:
        message = f"{' '.join(command)}: {error}"
        raise SdkError(message) from error
