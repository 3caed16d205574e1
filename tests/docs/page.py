"""A page as a new user works through it: its files are written, its commands are run in order, and what it shows is compared with what comes.

A block ```` ```json NAME ```` is a file. In a block ```` ```console ```` a line that begins with `$ ` is a command, and the lines under it are
lines of its output, in their order; `…` stands for anything. A command whose output the page shows as trouble (`holdfast: …`) must fail, every
other must not.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TIMED_OUT = 124  # of timeout(1): the page says for how long something runs
COMMAND_WITHIN_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A command of a page, and what the page shows of its output."""

    command: str
    lines: tuple[str, ...]

    @property
    def fails(self) -> bool:
        """Whether the page shows trouble."""
        return any(line.startswith("holdfast: ") for line in self.lines)


def files(text: str) -> dict[str, str]:
    """The files that a page has its reader write."""
    return {name: body for _, name, body in _BLOCK.findall(text) if name}


def commands(text: str) -> Iterator[Shown]:
    """The commands of a page, in order."""
    for kind, _, body in _BLOCK.findall(text):
        if kind == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, *lines = part.splitlines()
                yield Shown(command=command, lines=tuple(lines))


def run(shown: Shown, *, directory: Path, environment: Mapping[str, str], within_s: float = COMMAND_WITHIN_S) -> str:
    """Type a command, which may take `within_s`; what is not as the page shows it, empty where nothing is."""
    done = subprocess.run(
        ["/bin/bash", "-c", shown.command],
        cwd=directory,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    output = done.stdout + done.stderr
    expected = {1} if shown.fails else {0, TIMED_OUT} if shown.command.startswith("timeout ") else {0}
    if done.returncode not in expected:
        return f"$ {shown.command}\nended with status {done.returncode}:\n{output}"
    came = iter(output.splitlines())
    for line in shown.lines:
        pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
        if not any(pattern.fullmatch(each.rstrip()) for each in came):
            return f"$ {shown.command}\nshows no line (or not in its place) like\n{line}\nbut\n{output}"
    return ""
